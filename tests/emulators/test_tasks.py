"""Cloud Tasks: stored once, called when due, with the right token, again until it is answered.

The same promises of our own REST call and of Google's client, both at the service of `make run`;
what only the service promises is asked for by Google's client.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from google.api_core.exceptions import BadRequest, Conflict, NotFound
from google.cloud.tasks_v2 import CloudTasksClient, Task
from google.protobuf.duration_pb2 import Duration

from local import ports
from local.identity import PROJECT, Signer
from local.postgres import Server
from local.router import Router
from local.store import Store
from schemas.shape import Shape
from shared import outbox, tokens
from shared.cloud import bus, tasks, wire
from shared.cloud.breaker import FAILURES, OpenError
from shared.cloud.bus import Message
from shared.db import Connection, pool
from shared.ids import new_id
from shared.settings import settings
from shared.triggers import task
from tests.factories import loopback
from tests.factories.cloud import Functions, emptied, served, standing, states
from tests.running import soon
from tests.shared.probes import Note, NoteWritten, entry_of
from tests.suite import Suite

UNDER = f"projects/{PROJECT}/locations/europe-west1"
QUEUE = f"{UNDER}/queues/parcels"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Parcel(Shape):
    number: int


@dataclass
class Service:
    """The queue `parcels`, and whom its tasks call."""

    db: Store
    functions: Functions
    google: CloudTasksClient

    def done(self) -> bool:
        return soon(lambda: "waiting" not in states(self.db))


@pytest.fixture
def service(server: Server, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with (
        standing() as functions,
        emptied(server) as db,
        served(db, signer, functions.url, {}) as host,
    ):
        monkeypatch.setenv("CLOUD_TASKS_EMULATOR_HOST", host)
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", "127.0.0.1:1")
        monkeypatch.setenv("FUNCTION_URL", f"{functions.url}/{{name}}")
        settings.cache_clear()
        tasks._only_client.cache_clear()
        google = tasks._client()
        config = {"max_attempts": 3, "min_backoff": Duration(nanos=50_000_000)}
        queue = {"name": QUEUE, "retry_config": config}
        google.create_queue(request={"parent": UNDER, "queue": queue})
        yield Service(db, functions, google)
        google.transport.close()  # type: ignore[no-untyped-call]  # has no types
    tasks._only_client.cache_clear()
    wire.hang_up()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture(params=["rest", "google"])
def either(
    request: pytest.FixtureRequest, service: Service, monkeypatch: pytest.MonkeyPatch
) -> Service:
    if request.param == "rest":
        monkeypatch.setenv("PUBSUB_URL", f"http://{settings().tasks_emulator}")
        settings.cache_clear()
    return service


def parcel(*, due: datetime | None = None, queue: str = "parcels") -> Message:
    """Return a task of the outbox."""
    return Message(new_id(), "task", queue, "task_carry_parcel", None, due, '{"number": 7}', TRACE)


def test_a_task_calls_its_function_as_the_account_of_tasks(either: Service) -> None:
    sent = parcel()
    assert bus.send([sent])
    assert either.done()
    (seen,) = either.functions.seen
    headers = seen["headers"]
    assert (seen["target"], seen["body"]) == ("task_carry_parcel", {"number": 7})
    assert headers["content-type"] == "application/json"
    assert headers["traceparent"] == TRACE
    assert headers["x-cloudtasks-queuename"] == "parcels"
    assert headers["x-cloudtasks-taskname"] == sent.id.hex
    assert headers["x-cloudtasks-taskretrycount"] == "0"
    token = headers["authorization"].removeprefix("Bearer ")
    tokens.forget()
    tokens.verify_caller(token, "tasks", "task_carry_parcel")  # for its own address


def test_p3_a_task_that_is_sent_twice_is_one_task(either: Service) -> None:
    """Also when the first is long done: its name stays taken."""
    sent = parcel()
    for _ in range(2):
        assert bus.send([sent])
    assert either.done()
    assert bus.send([sent])
    assert bus.send([parcel()])
    assert either.done()
    assert len(either.functions.seen) == 2


def test_a_task_waits_for_its_time(either: Service) -> None:
    due = datetime.now(UTC) + timedelta(seconds=1)
    assert bus.send([parcel(due=due)])
    assert soon(lambda: len(either.functions.seen) == 1)
    assert datetime.now(UTC) >= due


def test_a_queue_that_is_not_there_is_an_error(either: Service) -> None:
    """The row stays in the outbox, and its name in the log of the relay."""
    with pytest.raises((wire.RefusedError, NotFound)):
        bus.send([parcel(queue="nobody-made-it")])


def test_another_conflict_is_an_error(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only that the name is taken means that the task is stored."""
    host = service.functions.url.removeprefix("http://")
    service.functions.answer = lambda _: (409, {})
    monkeypatch.setenv("CLOUD_TASKS_EMULATOR_HOST", host)
    settings.cache_clear()
    tasks._only_client.cache_clear()
    with pytest.raises(Conflict):
        bus.send([parcel()])


def test_p16_a_service_that_does_not_answer_is_left_alone(
    either: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = f"127.0.0.1:{ports.free()}"
    monkeypatch.setenv("CLOUD_TASKS_EMULATOR_HOST", nowhere)
    if settings().pubsub_url:
        monkeypatch.setenv("PUBSUB_URL", f"http://{nowhere}")
    settings.cache_clear()
    tasks._only_client.cache_clear()
    for _ in range(FAILURES):
        with pytest.raises(Exception, match=r"(?i)refused|exceeded"):
            bus.send([parcel()])
    begun = time.monotonic()
    with pytest.raises(OpenError):
        bus.send([parcel()])
    assert time.monotonic() - begun < 0.1
    tasks._breaker.reset()


def test_a_failed_task_comes_again_and_says_how_often(service: Service) -> None:
    """As often as its queue allows, and never after that."""
    service.functions.answer = lambda _: (500, {})
    assert bus.send([parcel()])
    assert service.done()
    said = [
        (each["headers"]["x-cloudtasks-taskretrycount"], each["headers"].get(name))
        for each in service.functions.seen
        for name in ["x-cloudtasks-taskpreviousresponse"]
    ]
    assert said == [("0", None), ("1", "500"), ("2", "500")]
    assert states(service.db) == {"dead": 1}


def test_retry_after_is_waited_for(service: Service) -> None:
    service.functions.answer = lambda request: (
        (429, {"Retry-After": "1"})
        if request["headers"]["x-cloudtasks-taskretrycount"] == "0"
        else (204, {})
    )
    assert bus.send([parcel()])
    assert service.done()
    first, second = (each["at"] for each in service.functions.seen)
    assert second - first >= 1


def test_queues_and_tasks_in_googles_words(service: Service) -> None:
    """Made, listed, changed, refused, deleted: what Google's client reads back is what it sent."""
    google = service.google

    def create(task: dict[str, Any]) -> Task:
        return google.create_task(request={"parent": QUEUE, "task": task})

    assert google.get_queue(name=QUEUE).retry_config.max_attempts == 3
    with pytest.raises(Conflict):
        google.create_queue(request={"parent": UNDER, "queue": {"name": QUEUE}})
    changed = {"name": QUEUE, "retry_config": {"max_attempts": 5}}
    google.update_queue(request={"queue": changed})
    assert [each.retry_config.max_attempts for each in google.list_queues(parent=UNDER)] == [5]
    due = datetime.now(UTC) + timedelta(hours=1)
    request = {
        "url": f"{service.functions.url}/task-carry-parcel",
        "oidc_token": {"service_account_email": f"tasks@{PROJECT}.iam.gserviceaccount.com"},
    }
    name = f"{QUEUE}/tasks/{uuid4().hex}"
    given = {"name": name, "schedule_time": due, "http_request": request}
    assert create(given).name == name
    with pytest.raises(Conflict):
        create(given)
    assert google.get_task(name=name).schedule_time == due
    unnamed = create({"schedule_time": due, "http_request": request})
    assert {each.name for each in google.list_tasks(parent=QUEUE)} == {name, unnamed.name}
    google.delete_task(name=name)
    with pytest.raises(NotFound):
        google.get_task(name=name)
    with pytest.raises(Conflict):
        create(given)
    with pytest.raises(BadRequest):
        elsewhere = {**request, "url": "http://elsewhere.example/"}
        create({"http_request": elsewhere})
    google.delete_queue(name=QUEUE)
    with pytest.raises(NotFound):
        google.get_queue(name=QUEUE)
    assert service.functions.seen == []


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@task(queue="parcels", attempts=3)
def task_write_note(task: Note, db: Connection) -> None:
    """Write a note that cannot be written."""
    outbox.publish(db, NoteWritten(title=task.title))
    raise ZeroDivisionError


def test_a_task_that_never_works_is_kept_for_an_operator(
    suite: Suite, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the outbox, by Google's client, to the function at its address, three times."""
    entry = entry_of(task_write_note)
    front = WSGIServer(("127.0.0.1", 0), _Quiet)
    no_other: Any = SimpleNamespace(serves=lambda _: False)
    front.set_app(Router([], {entry.name: entry}, no_other, no_other))
    with loopback.running(front) as url:
        monkeypatch.setenv("FUNCTION_URL", f"{url}/_functions/{{name}}")
        settings.cache_clear()
        with pool("svc_platform").transaction() as (db, _):
            row = outbox.enqueue(db, entry.name, "parcels", Note(title="broken"))
            messages: list[Message] = db.outgoing
        outbox.hand_over("svc_platform", messages)
        assert service.done()
    assert states(service.db) == {"delivered": 1}
    kept = suite.rows("SELECT id, queue, function, body, attempts FROM platform.failed_task")
    assert [(*each[:3], json.loads(each[3]), each[4]) for each in kept] == [
        (
            row,
            "parcels",
            "task_write_note",
            {"title": "broken", "amount": 0, "tags": [], "nested": None},
            3,
        )
    ]
    assert suite.events("NoteWritten") == []
