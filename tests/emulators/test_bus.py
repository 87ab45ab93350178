"""Pub/Sub: what `send` returns from is stored, arrives with all of itself, and in its key's order.

The same promises of the bus of `make run` and of Google's client at Google's emulator.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import grpc
import pytest
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from local import ports
from local.emulators.process import Emulator
from local.identity import PROJECT, Signer
from local.postgres import Server
from local.relay import Relay
from schemas.events.users import UserOnboarded
from shared.cloud import bus, wire
from shared.cloud.breaker import FAILURES, OpenError
from shared.cloud.bus import Message
from shared.entry import compile_entry
from shared.envelopes import event_of
from shared.http import Request
from shared.ids import new_id
from shared.settings import settings
from shared.triggers import on_event
from tests.factories.cloud import Functions, emptied, served, standing
from tests.running import soon

TOPIC = f"projects/{PROJECT}/topics/users"
SUBSCRIPTION = f"projects/{PROJECT}/subscriptions/on-user-onboarded-wave"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@on_event(attempts=5)
def on_user_onboarded_wave(event: UserOnboarded) -> None:
    """Wave."""


@dataclass
class Way:
    """A way from `send` to a handler."""

    functions: Functions
    break_: Callable[[], None]
    """Have the bus refuse what is published on `users`."""
    mend: Callable[[], None]

    def arrived(self) -> list[Any]:
        """Return the events that were pushed, as the edge reads them."""
        return [event_of(Request("POST", "/", body=each["raw"])) for each in self.functions.seen]

    def told(self) -> list[int]:
        return [each.data["number"] for each in self.arrived()]


@pytest.fixture(params=["embedded", "google", "relayed"])
def way(
    request: pytest.FixtureRequest,
    server: Server,
    signer: Signer,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Way]:
    with standing() as functions:
        if request.param == "embedded":
            yield from _embedded(functions, server, signer, monkeypatch)
        elif request.param == "google":
            yield from _google(functions, request.getfixturevalue("pubsub"), monkeypatch)
        else:
            pubsub = request.getfixturevalue("pubsub")
            yield from _relayed(functions, pubsub, server, signer, monkeypatch)
    wire.hang_up()
    monkeypatch.undo()
    settings.cache_clear()
    bus._breaker.reset()


def _embedded(
    functions: Functions, server: Server, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Way]:
    handler = compile_entry(on_user_onboarded_wave)
    with (
        emptied(server) as db,
        served(db, signer, functions.url, {handler.name: handler}) as host,
    ):
        monkeypatch.setenv("PUBSUB_URL", f"http://{host}")
        settings.cache_clear()

        def break_() -> None:
            db.rows("ALTER TABLE local.delivery RENAME TO broken")

        def mend() -> None:
            db.rows("ALTER TABLE local.broken RENAME TO delivery")

        yield Way(functions, break_, mend)


def _google(
    functions: Functions, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Way]:
    """Push by the emulator itself."""
    with _pubsub(emulator, monkeypatch) as (topics, subscriptions):
        subscription = {
            "name": SUBSCRIPTION,
            "topic": TOPIC,
            "enable_message_ordering": True,
            "push_config": {"push_endpoint": f"{functions.url}/on-user-onboarded-wave"},
        }

        def mend() -> None:
            topics.create_topic(name=TOPIC)
            subscriptions.create_subscription(request=subscription)

        def break_() -> None:
            subscriptions.delete_subscription(subscription=SUBSCRIPTION)
            topics.delete_topic(topic=TOPIC)

        mend()
        yield Way(functions, break_, mend)
        break_()


def _relayed(
    functions: Functions,
    emulator: Emulator,
    server: Server,
    signer: Signer,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Way]:
    """Pulled from the emulator, filtered, and pushed as Pub/Sub would: `CLOUD=emulators`."""
    handler = compile_entry(on_user_onboarded_wave)
    handlers = {handler.name: handler}
    with (
        emptied(server) as db,
        served(db, signer, functions.url, handlers),
        _pubsub(emulator, monkeypatch) as (topics, subscriptions),
    ):
        relay = Relay(emulator.host, db, handlers, lambda: None)
        relay.run()

        def break_() -> None:
            subscriptions.delete_subscription(subscription=SUBSCRIPTION)
            topics.delete_topic(topic=TOPIC)

        yield Way(functions, break_, relay.make)
        relay.stop()
        for topic in topics.list_topics(project=f"projects/{PROJECT}"):
            topics.delete_topic(topic=topic.name)
        subscriptions.delete_subscription(subscription=SUBSCRIPTION)


@contextmanager
def _pubsub(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[PublisherClient, SubscriberClient]]:
    """Lead the suite to the emulator; return who makes topics and subscriptions there."""
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", emulator.host)
    settings.cache_clear()
    bus._only_publisher.cache_clear()
    channel = grpc.insecure_channel(emulator.host)
    yield (
        PublisherClient(transport=PublisherGrpcTransport(channel=channel)),
        SubscriberClient(transport=SubscriberGrpcTransport(channel=channel)),
    )
    channel.close()
    bus._only_publisher.cache_clear()


def event(number: int, key: str | None = None, traceparent: str | None = None) -> Message:
    """Return a row of the outbox."""
    made = new_id()
    body = f'{{"id": "{made}", "type": "UserOnboarded", "data": {{"number": {number}}}}}'
    return Message(made, "event", "users", "UserOnboarded", key, None, body, traceparent)


def test_what_is_sent_arrives_with_all_of_itself(way: Way) -> None:
    sent = event(7, key="ngozi", traceparent=TRACE)
    assert bus.send([sent])
    assert soon(lambda: len(way.functions.seen) == 1)
    (arrived,) = way.arrived()
    assert (arrived.id, arrived.data, arrived.traceparent) == (sent.id, {"number": 7}, TRACE)
    attributes = way.functions.seen[0]["body"]["message"]["attributes"]
    assert attributes == {"type": "UserOnboarded", "id": str(sent.id), "traceparent": TRACE}


def test_events_of_a_key_arrive_in_their_order(way: Way) -> None:
    """Though they are sent together with others, and though the handler fails at first."""
    failed: list[int] = []

    def answer(request: dict[str, Any]) -> tuple[int, dict[str, str]]:
        number = event_of(Request("POST", "/", body=request["raw"])).data["number"]
        if number == 1 and not failed:
            failed.append(number)
            return 503, {}
        return 204, {}

    way.functions.answer = answer
    assert bus.send([event(n, key="even" if n % 2 == 0 else "odd") for n in range(10)])
    assert bus.send([event(n, key="even" if n % 2 == 0 else "odd") for n in range(10, 20)])
    assert soon(lambda: set(way.told()) == set(range(20)))
    told = way.told()
    assert [n for n in told if n % 2 == 0] == list(range(0, 20, 2))
    assert [n for n in told if n % 2] == [1, *range(1, 20, 2)]


def test_another_type_on_the_topic_is_not_for_this_handler(
    way: Way, request: pytest.FixtureRequest
) -> None:
    """By its filter, which the emulator's own push ignores: so nobody here relies on that."""
    assert bus.send([replace(event(1), type="UserErased"), event(2)])
    assert soon(lambda: 2 in way.told())
    pushed_by_the_emulator = "google" in request.node.name
    assert (1 in way.told()) is pushed_by_the_emulator


def test_p3_a_key_goes_on_after_an_error(way: Way) -> None:
    """What was refused was not stored; the key is not paused by it, nor what is sent again lost."""
    way.break_()
    first = event(1, key="ngozi")
    with pytest.raises(Exception, match=r"404|503|not found"):
        bus.send([first])
    way.mend()
    assert bus.send([first])
    assert bus.send([event(2, key="ngozi")])
    assert soon(lambda: len(way.functions.seen) >= 2)
    assert way.told() == [1, 2]


@pytest.mark.parametrize("variable", ["PUBSUB_URL", "PUBSUB_EMULATOR_HOST"])
def test_p16_a_bus_that_does_not_answer_is_left_alone(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It costs a few callers a moment, and the others nothing."""
    nowhere = f"127.0.0.1:{ports.free()}"
    monkeypatch.setenv(variable, f"http://{nowhere}" if variable.endswith("URL") else nowhere)
    settings.cache_clear()
    bus._only_publisher.cache_clear()
    try:
        for _ in range(FAILURES):
            with pytest.raises(Exception, match=r"(?i)refused|unavailable|exceeded"):
                bus.send([event(1)])
        begun = time.monotonic()
        with pytest.raises(OpenError):
            bus.send([event(1)])
        assert time.monotonic() - begun < 0.1
    finally:
        bus._breaker.reset()
        bus._only_publisher.cache_clear()
        monkeypatch.undo()
        settings.cache_clear()
