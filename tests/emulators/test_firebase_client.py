"""Firebase's own client in Node: it sees its own documents change, and is refused what is not."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from types import SimpleNamespace
from typing import Any
from uuid import uuid4
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from local.emulators.firebase import NODE
from local.emulators.process import Emulator
from local.identity import PROJECT, Signer
from local.router import Router
from local.sign_in import AuthEmulator
from shared.cloud import documents, wire
from shared.manifest import projections
from shared.manifest.discovery import entries
from shared.manifest.routes import routes
from shared.settings import settings
from tests import web
from tests.factories import loopback
from tests.factories.notifications import notified
from tests.factories.users import person
from tests.suite import Person, Suite

CLIENT = Path(__file__).with_name("client.mjs")
PASSWORD = uuid4().hex
SECONDS = 60


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection in its thread, which then leaves nothing open behind."""
        super().process_request_thread(request, client_address)
        wire.hang_up()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _front_door(auth: str, signer: Signer) -> Iterator[str]:
    """Serve the suite as `make run CLOUD=emulators` does; return the address.

    No function takes the emulator's own tokens, which are not signed: the front door asks the
    emulator whose they are.
    """
    nothing_else: Any = SimpleNamespace(serves=lambda _: False)
    exchange = AuthEmulator(auth, signer).exchange
    router = Router(routes(), entries(), nothing_else, nothing_else, exchange)
    server = make_server("127.0.0.1", 0, router, _Server, _Quiet)
    with loopback.running(server) as url:
        yield url


@pytest.fixture
def firebase(
    suite: Suite,
    signer: Signer,
    firestore: Emulator,
    auth: Emulator,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[dict[str, str]]:
    """Have the suite write to the emulator; return where an app finds everything."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore.host)
    settings.cache_clear()
    documents._breaker.reset()
    _wipe(firestore.host)
    with _front_door(auth.url, signer) as api:
        yield {"api": api, "auth": auth.url, "firestore": firestore.host, "project": PROJECT}
    monkeypatch.undo()
    settings.cache_clear()
    documents._google.cache_clear()


def _signed_up(auth: str, uid: str) -> str:
    """Make a sign-in of that id; return its address."""
    email = f"{uid}@example.org"
    web.post(
        f"{auth}/identitytoolkit.googleapis.com/v1/projects/{PROJECT}/accounts",
        headers={"Authorization": "Bearer owner"},
        json={"localId": uid, "email": email, "password": PASSWORD},
        timeout=30,
    ).raise_for_status()
    return email


def _seen(suite: Suite, firebase: dict[str, str], who: Person, **more: str) -> dict[str, Any]:
    """Run the app of somebody, with tasks carried meanwhile; return what it saw."""
    told = {
        **firebase,
        "node": f"{NODE}/",
        "email": _signed_up(firebase["auth"], who.uid),
        "password": PASSWORD,
        **more,
    }
    finished = threading.Event()

    def carry() -> None:
        while not finished.wait(0.1):
            suite.deliver()

    carrier = threading.Thread(target=carry)
    carrier.start()
    try:
        app = subprocess.run(
            ["node", str(CLIENT), json.dumps(told)],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    finally:
        finished.set()
        carrier.join()
    assert app.returncode == 0, app.stderr
    lines = [json.loads(line) for line in app.stdout.splitlines()]
    return {name: value for line in lines for name, value in line.items()}


def test_p8_an_app_sees_its_own_documents_change_and_no_others(
    suite: Suite, firebase: dict[str, str]
) -> None:
    """Signed in by Firebase, listening, with our API called in between."""
    ada, obi = (person(suite, uid=uid) for uid in ("app-ada", "app-obi"))
    notified(suite, ada, 4)
    for who in (ada, obi):
        (one,) = notified(suite, who)
        path = f"PATCH /api/v1/notifications/{one}"
        assert suite.call(path, who, body={"read": True}).status == 200
    documents.put("conversations/ours", 1, {"members": [ada.uid, obi.uid]})
    documents.put("conversations/theirs", 1, {"members": [obi.uid, "app-eve"]})
    documents.put("conversations/theirs/messages/1", 1, {"text": "not for Ada"})
    suite.deliver()

    seen = _seen(suite, firebase, ada, other=obi.uid)

    assert seen["signed_in"] == ada.uid
    assert (seen["before"]["unread"], seen["answered"], seen["after"]["unread"]) == (4, 200, 3)
    assert seen["after"]["version"] > seen["before"]["version"]
    (read,) = (card for card in seen["after"]["newest"] if card["id"] == seen["read"])
    assert read["read_at"] is not None
    assert seen["ours"]["members"] == [ada.uid, obi.uid]
    assert seen["conversations"] == ["ours"]
    assert seen["typing"] == "done"
    assert set(seen["refused"].values()) == {"permission-denied"}


def test_a_firestore_that_was_wiped_is_built_anew(suite: Suite, firebase: dict[str, str]) -> None:
    """From PostgreSQL: each document says what it said."""
    people = [person(suite) for _ in range(3)]
    for who in people:
        first, *_ = notified(suite, who, 4)
        path = f"PATCH /api/v1/notifications/{first}"
        assert suite.call(path, who, body={"read": True}).status == 200
    suite.deliver()
    before = [_said(who) for who in people]
    _wipe(firebase["firestore"])
    assert [documents.get(f"inboxes/{who.uid}") for who in people] == [None] * 3
    ((entry, kind),) = (each for each in projections.known() if each[1].collection == "inboxes")
    assert len([*projections.rebuild(entry, kind)]) == 1
    suite.deliver()
    assert [_said(who) for who in people] == before


def _said(who: Person) -> dict[str, Any]:
    said = documents.get(f"inboxes/{who.uid}")
    assert said is not None
    assert said.pop("version") >= 1
    return said


def _wipe(host: str) -> None:
    place = f"http://{host}/emulator/v1/projects/{PROJECT}/databases/(default)/documents"
    web.delete(place, timeout=30).raise_for_status()
