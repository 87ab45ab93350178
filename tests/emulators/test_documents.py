"""The seam to Firestore: one contract, kept by each way to reach it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from uuid import uuid4

import pytest

from local import documents as embedded
from local import store
from local.postgres import Server
from local.store import Store
from shared.cloud import documents, patience, wire
from shared.cloud.breaker import OpenError
from shared.cloud.documents import DocumentsError
from shared.settings import settings
from tests import web
from tests.factories import loopback

WHOLE = {
    "text": "ọjà, 市場, سوق",
    "number": 2**40,
    "fraction": 0.25,
    "yes": True,
    "nothing": None,
    "at": datetime(2026, 11, 22, 9, 30, 0, 123_456, tzinfo=UTC),
    "list": [{"id": "a", "read": False}, {"id": "b", "read": None}],
    "empty": {"list": [], "map": {}},
}


@pytest.fixture(scope="module")
def kept(server: Server) -> Iterator[Store]:
    """Return the store of the embedded documents."""
    settings.cache_clear()
    store.prepare(server, settings().db_name, settings().db_password or "")
    made = Store.of(settings(), size=4)
    yield made
    made.close()


@pytest.fixture
def ours(kept: Store) -> Iterator[str]:
    """Return the address of the embedded documents."""
    with loopback.serving(lambda path, body: embedded.answer(kept, path, body) or (404, {})) as url:
        yield url
        wire.hang_up()


@pytest.fixture(params=["embedded", "rest", "google"])
def reached(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Reach documents as `make run` does, the emulator by REST, and by Google's client."""
    if request.param == "embedded":
        monkeypatch.setenv("DOCUMENTS_URL", request.getfixturevalue("ours"))
    else:
        emulator = request.getfixturevalue("firestore")
        _warm(emulator.url)
        if request.param == "rest":
            monkeypatch.setenv("DOCUMENTS_URL", emulator.url)
        else:
            monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator.host)
    with _configured(monkeypatch):
        yield f"probes/{uuid4()}"


def test_a_document_is_what_was_put(reached: str) -> None:
    """Whole: a later one leaves no field of an earlier one behind."""
    assert documents.get(reached) is None
    assert documents.put(reached, 1, {"gone": True})
    assert documents.put(reached, 2, WHOLE)
    assert documents.get(reached) == {**WHOLE, "version": 2}


def test_a_version_never_goes_back(reached: str) -> None:
    """What comes late or twice changes nothing, and says so."""
    assert documents.put(reached, 7, {"state": "new"})
    assert not documents.put(reached, 7, {"state": "twice"})
    assert not documents.put(reached, 3, {"state": "late"})
    assert documents.get(reached) == {"state": "new", "version": 7}


def test_writers_at_once_leave_the_newest(reached: str) -> None:
    """In whatever order they come."""
    together = threading.Barrier(4)

    def write(version: int) -> None:
        together.wait(10)
        try:
            documents.put(reached, version, {"of": version})
        except DocumentsError:  # as the task is tried again
            documents.put(reached, version, {"of": version})
        finally:
            wire.hang_up()  # it is this thread's own

    with ThreadPoolExecutor(4) as crew:
        list(crew.map(write, [3, 1, 4, 2]))
    assert documents.get(reached) == {"of": 4, "version": 4}


def test_a_document_is_deleted_and_may_come_again(reached: str) -> None:
    documents.put(reached, 5, {"a": 1})
    for _ in range(2):
        documents.delete(reached)
        assert documents.get(reached) is None
    assert documents.put(reached, 1, {"a": 2})
    assert documents.get(reached) == {"a": 2, "version": 1}


def test_what_was_deleted_under_a_writer_stays_deleted(
    reached: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He has read a document that is gone when he writes: somebody is forgotten."""
    documents.put(reached, 1, {"a": 1})
    firestore = documents._firestore()
    assert firestore is not None
    find = type(firestore).find

    def slow(self: object, name: str) -> object:
        found = find(self, name)  # type: ignore[arg-type]  # of whichever kind
        if found:
            documents.delete(reached)
        return found

    with monkeypatch.context() as slowed:
        slowed.setattr(type(firestore), "find", slow)
        assert not documents.put(reached, 2, {"a": 2})
    assert documents.get(reached) is None


def test_a_path_below_another_document_is_its_own(reached: str) -> None:
    documents.put(f"{reached}/parts/one", 1, {"a": 1})
    assert documents.get(reached) is None
    assert documents.get(f"{reached}/parts/one") == {"a": 1, "version": 1}


@pytest.mark.parametrize("variable", ["DOCUMENTS_URL", "FIRESTORE_EMULATOR_HOST"])
def test_a_firestore_that_is_silent_costs_its_deadline_a_few_times(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nobody waits any more, until one tries again."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv(variable, f"http://{address}" if variable.endswith("URL") else address)
        for each in (wire, patience):
            monkeypatch.setattr(each, "DEADLINE_SECONDS", 0.2)
        with _configured(monkeypatch):
            for _ in range(documents._breaker.failures):
                with pytest.raises(DocumentsError, match="does not answer"):
                    documents.put("probes/silent", 1, {})
            begun = time.monotonic()
            with pytest.raises(OpenError):
                documents.delete("probes/silent")
            assert time.monotonic() - begun < 0.1


def test_with_no_firestore_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests and one-off commands run without."""
    with _configured(monkeypatch):
        assert documents.put("probes/nowhere", 1, {}) is False
        assert documents.get("probes/nowhere") is None
        documents.delete("probes/nowhere")


def test_what_a_document_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="UUID"):
        documents.encoded({"id": uuid4()})


def test_whoever_watches_sees_each_change(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there, what is put, what is deleted; and nothing of another collection."""
    monkeypatch.setattr(embedded, "LOOK_SECONDS", 0.01)
    kept.rows("TRUNCATE local.document")
    place = "projects/p/databases/(default)/documents"

    def write(what: dict[str, object]) -> None:
        assert embedded.answer(kept, f"/v1/{place}:commit", {"writes": [what]})

    def put(path: str, text: str) -> None:
        document = {"name": f"{place}/{path}", **documents.encoded({"text": text})}
        write({"update": document, "currentDocument": {"exists": False}})

    put("inboxes/ada", "first")
    put("others/ada", "hidden")
    events = embedded.watch(kept, "inboxes")
    steps: list[Callable[[], None]] = [
        lambda: put("inboxes/obi", "his"),
        lambda: write({"delete": f"{place}/inboxes/ada"}),
        lambda: put("inboxes/ada", "again"),
    ]
    told = [next(events).decode()]
    for step in steps:
        step()
        told.append(next(events).decode())
    assert [each.splitlines()[0] for each in told] == [
        "event: put",
        "event: put",
        "event: delete",
        "event: put",
    ]
    assert all(
        text in each for text, each in zip(["first", "his", "ada", "again"], told, strict=True)
    )
    assert "hidden" not in "".join(told)
    assert len(list(islice(embedded.watch(kept, "inboxes/obi"), 1))) == 1


def _warm(url: str) -> None:
    """Let an emulator that has just started load what it needs, longer than we wait for Google."""
    place = f"{url}/v1/projects/warm/databases/(default)/documents/up/once"
    owner = {"Authorization": "Bearer owner"}
    web.patch(place, headers=owner, json={"fields": {}}, timeout=60).raise_for_status()


@contextmanager
def _configured(environment: pytest.MonkeyPatch) -> Iterator[None]:
    """Read the environment anew, and leave nothing of it behind."""
    settings.cache_clear()
    documents._breaker.reset()
    try:
        yield
    finally:
        environment.undo()
        settings.cache_clear()
        documents._breaker.reset()
        documents._google.cache_clear()
        wire.hang_up()
