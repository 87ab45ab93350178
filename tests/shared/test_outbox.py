"""P3: what is committed is handed over at least once; what is not committed never."""

import base64
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier
from typing import Any

import pytest

from shared import outbox
from shared.auth import Actor
from shared.cloud import bus, wire
from shared.db import Connection, pool
from shared.errors import ConflictError
from shared.roles import SIGNED_IN
from shared.settings import settings
from shared.triggers import post
from tests.factories import loopback
from tests.shared.probes import Note, NoteWritten, ask
from tests.suite import Suite


class _Bus(ThreadingHTTPServer):
    """Google's REST form of publish and create task; answers what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.status = 200


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Bus

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append((self.path, json.loads(raw)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def pubsub(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Bus]:
    """Return a bus that the suite is configured for."""
    server = _Bus()
    with loopback.running(server) as url:
        monkeypatch.setenv("PUBSUB_URL", url)
        settings.cache_clear()
        yield server
        wire.hang_up()
    monkeypatch.undo()
    settings.cache_clear()


def _hang_up(together: Barrier) -> None:
    together.wait()
    wire.hang_up()


class NoteKept(NoteWritten):
    """An event whose first word is its key."""

    def ordering_key(self) -> str:
        return self.title.split()[0]


def _write(count: int = 1) -> list[bus.Message]:
    return _announce(*(NoteWritten(title=f"note {number}") for number in range(count)))


def _announce(*events: NoteWritten) -> list[bus.Message]:
    """Store events in one transaction; return what is handed over after it."""
    with pool("svc_platform").transaction() as (db, _):
        for event in events:
            outbox.publish(db, event)
        messages: list[bus.Message] = db.outgoing
    return messages


def _told(messages: list[bus.Message]) -> list[str]:
    return [json.loads(each.body)["data"]["title"] for each in messages]


def test_what_is_handed_over_is_marked(suite: Suite, pubsub: _Bus) -> None:
    """The bus has the envelope and its attributes; the rows say so."""
    messages = _write(2)
    outbox.hand_over("svc_platform", messages)
    assert [path for path, _ in pubsub.received] == [
        "/v1/projects/pushnchat-local/topics/probes:publish"
    ] * 2
    published = pubsub.received[0][1]["messages"][0]
    envelope = json.loads(base64.b64decode(published["data"]))
    assert envelope["data"] == {"title": "note 0"}
    assert published["attributes"]["type"] == "NoteWritten"
    assert published["attributes"]["id"] == envelope["id"]
    assert suite.value("SELECT count(*) FROM platform.outbox WHERE sent_at IS NOT NULL") == 2


def test_p3_a_bus_that_is_down_loses_nothing(suite: Suite, pubsub: _Bus) -> None:
    """The answer stands, the rows wait for the relay."""
    pubsub.status = 503
    outbox.hand_over("svc_platform", _write())
    pubsub.server_close()
    outbox.hand_over("svc_platform", _write())
    assert suite.value("SELECT count(*) FROM platform.outbox WHERE sent_at IS NULL") == 2


def test_without_a_bus_the_rows_wait(suite: Suite) -> None:
    """Nothing is marked that nobody took."""
    outbox.hand_over("svc_platform", _write())
    assert suite.value("SELECT count(*) FROM platform.outbox WHERE sent_at IS NULL") == 1


def test_a_task_is_named_by_its_row(suite: Suite, pubsub: _Bus) -> None:
    """So that handing it over twice makes one task; a name that is taken counts as stored."""
    due = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    with pool("svc_platform").transaction() as (db, _):
        task_id = outbox.enqueue(db, "task_write_note", "notes", Note(title="later"), due_at=due)
        messages: list[bus.Message] = db.outgoing
    pubsub.status = 409
    outbox.hand_over("svc_platform", messages)
    path, request = pubsub.received[0]
    assert path == "/v2/projects/pushnchat-local/locations/europe-west1/queues/notes/tasks"
    assert request["task"]["name"].endswith(f"/queues/notes/tasks/{task_id.hex}")
    assert request["task"]["scheduleTime"] == "2026-12-01T09:30:00Z"
    assert json.loads(base64.b64decode(request["task"]["httpRequest"]["body"]))["title"] == "later"
    assert suite.value("SELECT count(*) FROM platform.outbox WHERE sent_at IS NOT NULL") == 1


def test_p3_a_rolled_back_event_never_was(suite: Suite) -> None:
    """Neither stored nor sent."""
    with pytest.raises(ZeroDivisionError), pool("svc_platform").transaction() as (db, _):
        outbox.publish(db, NoteWritten(title="no"))
        raise ZeroDivisionError
    assert suite.events() == []


def test_p3_an_event_does_not_overtake_an_earlier_one_of_its_key(
    suite: Suite, pubsub: _Bus
) -> None:
    """What follows an event that the bus has not got is left to the relay; other keys go."""
    pubsub.status = 503
    outbox.hand_over("svc_platform", _announce(NoteKept(title="a 1"), NoteKept(title="c 1")))
    pubsub.status = 200
    for events in (["a 2", "b 1"], ["b 2"], ["a 3"], ["c 2", "c 3"]):
        messages = _announce(*(NoteKept(title=each) for each in events))
        outbox.hand_over("svc_platform", messages)
    suite.tick("cron_relay_outbox", datetime.now(UTC) + timedelta(minutes=1))
    outbox.hand_over("svc_platform", _announce(NoteKept(title="a 4"), NoteKept(title="a 5")))
    seen = [
        json.loads(base64.b64decode(request["messages"][0]["data"]))["data"]["title"]
        for _, request in pubsub.received
    ]
    # The bus refused what it saw first.
    assert seen[0] == "a 1"
    assert seen[1:] == ["b 1", "b 2", "a 1", "c 1", "a 2", "a 3", "c 2", "c 3", "a 4", "a 5"]
    assert suite.value("SELECT count(*) FROM platform.outbox WHERE sent_at IS NULL") == 0


def test_p3_one_key_on_two_topics_is_two_keys(suite: Suite, pubsub: _Bus) -> None:
    """Their order is nobody's promise; and an event in answer to another need not wait for it."""
    _announce(NoteKept(title="a 1"))
    suite.rows("UPDATE platform.outbox SET topic = 'elsewhere'")
    assert _told(_announce(NoteKept(title="a 2"))) == ["a 2"]
    assert _told(_announce(NoteKept(title="a 3"))) == []


def test_p3_many_at_once_hand_over_their_own_events_only(suite: Suite, pubsub: _Bus) -> None:
    """A connection goes from one request to the next; what it announced does not."""

    @post("/notes", roles=SIGNED_IN)
    def write_note(body: Note, actor: Actor, db: Connection) -> Note:
        """Write."""
        outbox.publish(db, NoteWritten(title=body.title))
        db.value("SELECT pg_sleep(0.003)")
        if body.title.startswith("refused"):
            raise ConflictError("No.")
        return body

    bearer = f"Bearer {suite.signer.person('ngozi')}"

    def write(number: int) -> int:
        title = f"{'refused' if number % 2 else 'kept'} {number}"
        body = json.dumps({"title": title}).encode()
        headers = {"authorization": bearer, "content_type": "application/json"}
        status = 503
        for _ in range(20):  # A busy machine may lend nobody a connection, and nothing is written.
            if status == 503:
                status = ask(write_note, method="POST", body=body, **headers).status
        return status

    # Threads take turns as often as they can, so that one is caught between commit and hand-over.
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    with ThreadPoolExecutor(12) as crowd:
        statuses = list(crowd.map(write, range(240)))
        together = Barrier(12)  # one for each thread, which has a kept-alive connection of its own
        list(crowd.map(lambda _: _hang_up(together), range(12)))
    sys.setswitchinterval(usual)
    assert (statuses.count(200), statuses.count(409)) == (120, 120)
    sent = [
        json.loads(base64.b64decode(request["messages"][0]["data"]))
        for _, request in pubsub.received
    ]
    stored = {event["id"] for event in suite.events("NoteWritten")}
    assert sorted(each["id"] for each in sent) == sorted(stored)
    assert suite.value("SELECT count(*) FROM platform.outbox WHERE sent_at IS NULL") == 0
