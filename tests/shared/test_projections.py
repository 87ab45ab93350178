"""Documents follow their rows: at most a write a second, never backwards, nothing lost."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from pydantic import BaseModel

from local.postgres import Server
from schemas.platform import Turn
from shared import projections
from shared.cloud import wire
from shared.cloud.documents import DocumentsError
from shared.db import Connection, connect, pool
from shared.projections import Projection
from tests.factories.documents import Kept, keeping
from tests.suite import Suite

ROLE = "job_notifications"
ADD = "UPDATE notifications.probe SET n = n + 1"


class Count(BaseModel):
    n: int


KIND = Projection("counts", "task_count", lambda *_: [("k", "id")])


def read(db: Connection, key: str) -> Count | None:
    n = db.value("SELECT n FROM notifications.probe")
    return None if n < 0 else Count(n=n)


@pytest.fixture
def kept(suite: Suite, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    with probe(suite, server, monkeypatch) as documents:
        yield documents


@contextmanager
def probe(suite: Suite, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """Keep the documents, and beside them a row that says what is to be shown."""
    suite.rows(
        "CREATE TABLE notifications.probe AS SELECT 0 AS n; "
        f"GRANT ALL ON TABLE notifications.probe TO {ROLE}"
    )
    try:
        with keeping(server, monkeypatch) as documents:
            yield documents
    finally:
        suite.rows("DROP TABLE notifications.probe")


def add(times: int = 1) -> None:
    """Change what is shown, each time in a transaction that says so."""
    for _ in range(times):
        with pool(ROLE).transaction() as (db, _):
            db.done(ADD)
            projections.changed(db, KIND, "k", "id")


def waiting(suite: Suite) -> list[Turn]:
    """Take the tasks that were stored and not taken yet, in order."""
    taken = suite.rows(
        "UPDATE platform.outbox SET sent_at = clock_timestamp() WHERE sent_at IS NULL "
        "RETURNING seq, type, body"
    )
    assert {kind for _, kind, _ in taken} <= {KIND.task}
    return [Turn.model_validate_json(body) for _, _, body in sorted(taken)]


def carry(turn: Turn) -> None:
    with pool(ROLE).transaction() as (db, _):
        projections.write(db, KIND, turn, read)


def settle(suite: Suite) -> None:
    while turns := waiting(suite):
        for turn in turns:
            carry(turn)


def test_p3_a_thousand_changes_are_one_write(suite: Suite, kept: Kept) -> None:
    """From many callers at once, too."""
    with ThreadPoolExecutor(3) as crew:
        list(crew.map(add, [333, 333, 334]))
    (turn,) = waiting(suite)
    carry(turn)
    assert kept.writes == [("counts/id", 1000)]
    assert kept.all("counts") == {"id": {"n": 1000, "version": 1000}}
    assert waiting(suite) == []


def test_p3_a_write_is_due_a_second_after_what_caused_it(suite: Suite, kept: Kept) -> None:
    """The first after the change, the next after the write that it follows."""
    add()
    (turn,) = waiting(suite)
    with pool(ROLE).transaction() as (db, _):
        projections.write(db, KIND, turn, _while_it_changes)
    ends = "SELECT due_at - created_at FROM platform.outbox ORDER BY seq"
    waits = [wait for (wait,) in suite.rows(ends)]
    assert len(waits) == 2
    for wait in waits:
        assert abs(wait - projections.PACE) < timedelta(seconds=0.3)


def _while_it_changes(db: Connection, key: str) -> Count | None:
    add()
    return read(db, key)


def test_p3_what_changes_while_it_is_read_is_written_next(suite: Suite, kept: Kept) -> None:
    """Whether it commits before the turn ends or is still under way then."""
    add()
    (turn,) = waiting(suite)
    late = connect(ROLE)
    said = f"'task_count', 'k', 'id', '{uuid4()}', false"
    change = f"begin; {ADD}; SELECT platform.change_projection({said})"

    def read_then_change(db: Connection, key: str) -> Count | None:
        found = read(db, key)
        late.script(change)
        return found

    def end() -> None:
        with pool(ROLE).transaction() as (db, _):
            projections.write(db, KIND, turn, read_then_change)
        wire.hang_up()

    ending = threading.Thread(target=end)
    ending.start()
    ending.join(0.5)
    assert ending.is_alive(), "the turn ended without waiting for the change"
    late.script("commit")
    late.close()
    ending.join(5)
    assert kept.all("counts")["id"] == {"n": 1, "version": 1}
    settle(suite)
    assert kept.all("counts")["id"] == {"n": 2, "version": 2}


def test_p3_a_change_that_is_not_committed_is_none(suite: Suite, kept: Kept) -> None:
    with pytest.raises(ZeroDivisionError), pool(ROLE).transaction() as (db, _):
        projections.changed(db, KIND, "k", "id")
        _ = 1 // 0
    assert waiting(suite) == []
    assert suite.rows("SELECT * FROM platform.projection") == []


def test_p4_what_comes_late_or_twice_writes_nothing(suite: Suite, kept: Kept) -> None:
    """A turn that is over stays over."""
    add()
    (first,) = waiting(suite)
    carry(first)
    add()
    carry(first)
    (second,) = waiting(suite)
    carry(second)
    carry(second)
    carry(first)
    assert kept.writes == [("counts/id", 1), ("counts/id", 2)]
    assert waiting(suite) == []


def test_p3_a_firestore_that_is_away_loses_nothing(suite: Suite, kept: Kept) -> None:
    """The callers notice nothing, the task fails and is tried again."""
    add()
    (turn,) = waiting(suite)
    kept.away = True
    with pytest.raises(DocumentsError):
        carry(turn)
    add(2)
    assert waiting(suite) == []
    kept.away = False
    carry(turn)
    assert kept.all("counts") == {"id": {"n": 3, "version": 3}}


def test_what_is_to_be_no_more_is_deleted_and_forgotten(suite: Suite, kept: Kept) -> None:
    """And whoever says later that it changed does not bring it back, unless it is to be again."""
    add()
    settle(suite)
    suite.rows("UPDATE notifications.probe SET n = -1")
    with pool(ROLE).transaction() as (db, _):
        projections.changed(db, KIND, "k")
    settle(suite)
    assert kept.all("counts") == {}
    assert suite.rows("SELECT * FROM platform.projection") == []
    with pool(ROLE).transaction() as (db, _):
        projections.changed(db, KIND, "k")
    assert waiting(suite) == []
    suite.rows("UPDATE notifications.probe SET n = 6")
    add()
    settle(suite)
    assert kept.all("counts") == {"id": {"n": 7, "version": 1}}


def test_to_write_anew_takes_the_turn(suite: Suite, kept: Kept) -> None:
    """From a task that is lost, or that an operator replays a month later."""
    add()
    (lost,) = waiting(suite)
    with pool(ROLE).transaction() as (db, _):
        assert projections.rebuild(db, KIND, None, 10) == ["k"]
    (turn,) = waiting(suite)
    carry(lost)
    assert kept.writes == []
    carry(turn)
    carry(lost)
    assert kept.writes == [("counts/id", 2)]


def test_p3_p4_however_it_comes_the_document_is_as_the_rows_in_the_end(
    suite: Suite, kept: Kept
) -> None:
    """Changes and tasks at once, tasks late, twice, in any order, some of them failing."""
    order = random.Random(4)
    changing = threading.Event()

    def change() -> None:
        add(150)

    def work(seed: int) -> None:
        chance = random.Random(seed)
        seen: list[Turn] = []
        while not changing.is_set():
            kept.away = chance.random() < 0.2
            with lock:
                seen += waiting(suite)
            for turn in chance.sample(seen, min(3, len(seen))):
                try:
                    carry(turn)
                except DocumentsError:
                    continue
        failed.extend(seen)
        wire.hang_up()

    lock, failed = threading.Lock(), list[Turn]()
    with ThreadPoolExecutor(4) as crew:
        workers = [crew.submit(work, seed) for seed in range(2)]
        for each in [crew.submit(change) for _ in range(2)]:
            each.result(60)
        changing.set()
        for each in workers:
            each.result(60)
    kept.away = False
    order.shuffle(failed)
    for turn in failed:
        carry(turn)
    settle(suite)
    assert kept.all("counts") == {"id": {"n": 300, "version": 300}}
    versions = [version for _, version in kept.writes]
    assert versions == sorted(set(versions))
