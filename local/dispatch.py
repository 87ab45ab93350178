"""Delivers what is owed: pushes, tasks and ticks, at least once, as Google's services would."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from local import deliveries
from local.deliveries import Delivery
from local.identity import PROJECT, Signer
from local.mischief import NONE, Mischief
from local.outgoing import Backoff
from local.store import Store
from shared import log

WORKERS = 8
IDLE_SECONDS = 0.2
ANSWER_SECONDS = 65
PURGE_SECONDS = 600
OTHERS = "/_functions/"
"""Below it the router serves the functions that have no path."""

_LONGEST_ERROR = 1_000


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    text: str
    retry_after: float | None

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


@dataclass(eq=False)
class Dispatcher:
    """Claims what is due and delivers it, several at a time."""

    store: Store
    signer: Signer
    url: str
    backoff: Backoff = field(default_factory=Backoff)
    workers: int = WORKERS
    mischief: Mischief = NONE
    _stopping: threading.Event = field(default_factory=threading.Event)
    _more: threading.Event = field(default_factory=threading.Event)
    _wire: threading.local = field(default_factory=threading.local)
    _wires: list[http.client.HTTPConnection] = field(default_factory=list)

    def run(self) -> None:
        """Deliver until `stop` is called."""
        while not self._stopping.is_set() and not self._tried(deliveries.release_all):
            self._stopping.wait(IDLE_SECONDS)
        free = threading.Semaphore(self.workers)
        purged_at = time.monotonic()
        with ThreadPoolExecutor(self.workers, "deliver") as crew:
            while not self._stopping.is_set():
                claimed = self._claim(free)
                for each in claimed:
                    crew.submit(self._handle, each, free.release)
                if not claimed:
                    self._more.wait(IDLE_SECONDS)
                    self._more.clear()
                if time.monotonic() - purged_at > PURGE_SECONDS:
                    purged_at = time.monotonic()
                    self._tried(deliveries.purge)
        for wire in self._wires:
            wire.close()

    def wake(self) -> None:
        """Look at once: something was stored."""
        self._more.set()

    def stop(self) -> None:
        """Claim no more. What is under way and not settled is delivered again next time."""
        self._stopping.set()
        self._more.set()

    def _tried(self, work: Callable[[Store], None]) -> bool:
        """Do something to the store; False when the database does not answer now."""
        try:
            work(self.store)
        except Exception as error:  # noqa: BLE001  # the database restarts: deliveries go on after it
            log.write("WARNING", "the store does not answer", error=str(error)[:300])
            return False
        return True

    def _claim(self, free: threading.Semaphore) -> list[Delivery]:
        count = 0
        while count < self.workers and free.acquire(blocking=False):
            count += 1
        claimed: list[Delivery] = []
        try:
            if count:
                claimed = deliveries.claim(self.store, count)
        except Exception as error:  # noqa: BLE001  # the database restarts: ask again
            log.write("WARNING", "nothing claimed", error=str(error)[:300])
        for _ in range(count - len(claimed)):
            free.release()
        return claimed

    def _handle(self, delivery: Delivery, done: Callable[[], None]) -> None:
        try:
            self._deliver(delivery)
        except Exception as error:  # noqa: BLE001  # not settled: due again when its lease ends
            log.write("WARNING", f"{delivery.target} not settled", error=str(error)[:300])
        finally:
            done()
            self._more.set()

    def _deliver(self, delivery: Delivery) -> None:
        try:
            answer = self._post(delivery)
        except ConnectionRefusedError:
            deliveries.fail(self.store, delivery, "nobody answers", 1.0, counted=False)
            return
        except (OSError, http.client.HTTPException) as error:
            answer = _Answer(0, f"{type(error).__name__}: {error}", None)
        if answer.good and self.mischief.loses():
            deliveries.fail(self.store, delivery, "the answer is lost", 0.0, counted=False)
            return
        if answer.good:
            deliveries.succeed(self.store, delivery)
            return
        own = delivery.message.get("backoff")
        backoff = Backoff(**own) if own else self.backoff
        delay = backoff.after(delivery.attempt) * random.uniform(0.9, 1.0)
        # A job that answers 503 with Retry-After has more to do than one run may take.
        goes_on = delivery.kind == "tick" and answer.status == 503
        deliveries.fail(
            self.store,
            delivery,
            f"{answer.status} {answer.text}"[:_LONGEST_ERROR],
            delay if answer.retry_after is None else max(delay, answer.retry_after),
            counted=not (goes_on and answer.retry_after is not None),
        )

    def _post(self, delivery: Delivery) -> _Answer:
        url, headers, body = self._request(delivery)
        address = urlsplit(url)
        for fresh in (False, True):
            wire = self._connection(address.netloc, fresh=fresh)
            try:
                wire.request("POST", address.path, body, headers)
                received = wire.getresponse()
                text = received.read().decode("utf-8", "replace")
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # The server closed a kept connection; once more on a new one is still "at least".
                if fresh:
                    raise
                continue
            except (OSError, http.client.HTTPException):
                wire.close()
                raise
            return _Answer(received.status, text, _seconds(received.getheader("Retry-After")))
        raise AssertionError

    def _request(self, delivery: Delivery) -> tuple[str, dict[str, str], str]:
        """Return where a delivery goes, and what: with the token of its own account for there."""
        headers, body = request_of(delivery)
        target = delivery.message.get("target")
        if target is None:
            url = f"{self.url}{OTHERS}{delivery.target.replace('_', '-')}"
            token = self.signer.caller("push", url)
        else:
            url = target["url"]
            token = self.signer.caller(target["account"], target["audience"])
        headers["Authorization"] = f"Bearer {token}"
        return url, headers, body

    def _connection(self, host: str, *, fresh: bool) -> http.client.HTTPConnection:
        """Return this thread's kept connection; a closed one opens itself again."""
        kept: dict[str, http.client.HTTPConnection] = self._wire.__dict__
        if host not in kept:
            kept[host] = http.client.HTTPConnection(host, timeout=ANSWER_SECONDS)
            self._wires.append(kept[host])
        if fresh:
            kept[host].close()
        return kept[host]


def request_of(delivery: Delivery) -> tuple[dict[str, str], str]:
    """Return headers and body of the request, in the form of the service that would send it."""
    headers = {"Content-Type": "application/json"}
    if delivery.kind == "event":
        subscription = f"projects/{PROJECT}/subscriptions/{delivery.target.replace('_', '-')}"
        envelope = {
            "message": delivery.message,
            "subscription": subscription,
            "deliveryAttempt": delivery.attempt,
        }
        return headers, json.dumps(envelope)
    sent = delivery.message["target"]
    headers |= sent["headers"]
    if delivery.kind == "task":
        queue, _, task = (delivery.name or "").rpartition("/tasks/")
        headers |= {
            "X-CloudTasks-QueueName": queue.rpartition("/")[2],
            "X-CloudTasks-TaskName": task,
            "X-CloudTasks-TaskRetryCount": str(delivery.attempt - 1),
            "X-CloudTasks-TaskExecutionCount": str(delivery.attempt - 1),
            "X-CloudTasks-TaskETA": str(delivery.due_at.timestamp()),
        }
        if delivery.last_error:
            headers["X-CloudTasks-TaskPreviousResponse"] = delivery.last_error.partition(" ")[0]
        return headers, sent["body"]
    headers |= {
        "X-CloudScheduler": "true",
        "X-CloudScheduler-JobName": delivery.message["job"],
        "X-CloudScheduler-ScheduleTime": delivery.message["due"],
    }
    return headers, sent["body"]


def _seconds(header: str | None) -> float | None:
    with suppress(TypeError, ValueError):
        return float(header or "")
    return None
