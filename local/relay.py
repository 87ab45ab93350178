"""Between Google's Pub/Sub emulator and the functions: what it publishes is owed to its handlers.

The emulator could push by itself, but without a token, without the ordering key, whatever the
filter says. So each handler's subscription is pulled and its filter applied here, and what passes
is kept with all else that is owed: the dispatcher pushes it as Pub/Sub would, signed and in order.
"""

import base64
import pkgutil
import threading
from collections.abc import Callable
from typing import Any

import grpc
from google.api_core.exceptions import AlreadyExists, DeadlineExceeded
from google.pubsub_v1 import PublisherClient, ReceivedMessage, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

import schemas.events
from local import deliveries, filters
from local.deliveries import NewDelivery
from local.storage import TOPIC as STORAGE
from local.store import Store
from shared import log
from shared.entry import Entry
from shared.manifest import plan
from shared.manifest.discovery import deployed_name
from shared.settings import settings
from shared.triggers import OnEvent

PULL_SECONDS = 20
PULLED = 100
AGAIN_SECONDS = 1


class Relay:
    """Pulls every subscription, each in a thread of its own."""

    def __init__(
        self, host: str, store: Store, entries: dict[str, Entry], wake: Callable[[], None]
    ) -> None:
        """Relay from the emulator at `host`; its topics and subscriptions are as when deployed."""
        self._store = store
        self._wake = wake
        self._channel = channel = grpc.insecure_channel(host)
        self._topics = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        self._subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        self._project = f"projects/{settings().project}"
        self._handlers = [each for each in entries.values() if isinstance(each.trigger, OnEvent)]
        self._stopping = threading.Event()
        self.make()

    def make(self) -> None:
        """Make the topics and subscriptions that are not there."""
        topics = [module.name for module in pkgutil.iter_modules(schemas.events.__path__)]
        for topic in (*topics, STORAGE):
            _make(self._topics.create_topic, name=f"{self._project}/topics/{topic}")
        for entry in self._handlers:
            wanted = plan.trigger_of(entry)
            request = {
                "name": self._subscription(entry),
                "topic": f"{self._project}/topics/{wanted['topic']}",
                "filter": wanted["filter"],
                "enable_message_ordering": True,
            }
            _make(self._subscriber.create_subscription, request=request)

    def run(self) -> None:
        """Pull until `stop` is called."""
        for entry in self._handlers:
            threading.Thread(target=self._pull, args=(entry,), daemon=True).start()

    def stop(self) -> None:
        """Pull no more. What is not acknowledged stays with the emulator."""
        self._stopping.set()
        self._channel.close()

    def _subscription(self, entry: Entry) -> str:
        return f"{self._project}/subscriptions/{deployed_name(entry)}"

    def _pull(self, entry: Entry) -> None:
        passes = filters.compiled(plan.trigger_of(entry)["filter"])
        while not self._stopping.is_set():
            try:
                self._take(entry, passes)
            except DeadlineExceeded:
                continue  # nothing was published meanwhile
            except Exception as error:  # noqa: BLE001  # the emulator or the database restarts
                if not self._stopping.is_set():
                    log.write("WARNING", f"{entry.name} not pulled", error=str(error)[:300])
                self._stopping.wait(AGAIN_SECONDS)

    def _take(self, entry: Entry, passes: filters.Filter) -> None:
        """Keep what is there for a handler, and only then acknowledge it."""
        name = self._subscription(entry)
        pulled = self._subscriber.pull(
            subscription=name, max_messages=PULLED, timeout=PULL_SECONDS, retry=None
        ).received_messages
        owed = [_owed(entry, each) for each in pulled if passes(dict(each.message.attributes))]
        if owed:
            deliveries.store(self._store, owed)
            self._wake()
        if pulled:
            ids = [each.ack_id for each in pulled]
            self._subscriber.acknowledge(subscription=name, ack_ids=ids)


def _owed(entry: Entry, received: ReceivedMessage) -> NewDelivery:
    """Return a message in the form in which Pub/Sub pushes it."""
    assert isinstance(entry.trigger, OnEvent)  # noqa: S101  # only such are pulled for
    message = received.message
    pushed: dict[str, Any] = {
        "attributes": dict(message.attributes),
        "messageId": message.message_id,
        "publishTime": message.publish_time.isoformat().replace("+00:00", "Z"),  # type: ignore[attr-defined]  # a datetime
    }
    if message.data:
        pushed["data"] = base64.b64encode(message.data).decode()
    if message.ordering_key:
        pushed["orderingKey"] = message.ordering_key
    return NewDelivery(
        kind="event",
        target=entry.name,
        message=pushed,
        attempts_allowed=entry.trigger.attempts,
        ordering_key=message.ordering_key or None,
    )


def _make(create: Callable[..., Any], **wanted: Any) -> None:  # noqa: ANN401  # as Google's client
    try:
        create(**wanted)
    except AlreadyExists:
        return
