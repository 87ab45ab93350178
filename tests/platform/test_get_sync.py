"""Kill test 2: whatever commits late or is deleted, a device that asks on arrives at the truth."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pg8000.native
import pytest

from functions.platform._rules import feed, keeping
from shared import cursors
from shared.auth import Actor
from shared.ids import new_id
from tests.factories.users import business, person
from tests.suite import Answer, Person, Suite

OPERATION = "GET /api/v1/sync"
_INSERT = (
    "INSERT INTO notifications.notification (id, user_id, type, subject_id, deduplication, "
    "language, title, body, parameters) "
    "VALUES (:id, :user_id, 'listing_expired', :id, gen_random_uuid()::text, 'en', 'T', 'B', '{}')"
)
_TOUCH = "UPDATE notifications.notification SET version = version + 1 WHERE id = :id"
_DELETE = "DELETE FROM notifications.notification WHERE id = :id"
_CHANGE = (
    "INSERT INTO platform.change (transaction, audience, entity, entity_id, operation, version) "
    "SELECT pg_current_xact_id(), :audience, 'listing', :entity_id, 'upsert', n "
    "FROM generate_series(1, :count) AS n"
)


class Device:
    """What a phone holds, kept up by asking for changes."""

    def __init__(self, suite: Suite, owner: Person, limit: int = 200) -> None:
        self._suite, self._owner, self._limit = suite, owner, limit
        self.cursor = self._ask(None)["cursor"]
        self.holds: dict[UUID, int] = {}

    def ask_on(self) -> None:
        more = True
        while more:
            answer = self._ask(self.cursor)
            self.cursor, more = answer["cursor"], answer["more"]
            for change in answer["changes"]:
                entity = UUID(change["entity_id"])
                if change["operation"] == "delete":
                    self.holds.pop(entity, None)
                else:
                    self.holds[entity] = change["version"]

    def _ask(self, cursor: str | None) -> Any:
        answer = ask(self._suite, self._owner, cursor, limit=self._limit)
        assert answer.status == 200, answer.body
        return answer.data


class NaiveDevice:
    """The same, by the largest id it has seen: what everybody writes first."""

    def __init__(self, suite: Suite) -> None:
        self._suite, self._last = suite, 0
        self.holds: dict[UUID, int] = {}

    def ask_on(self) -> None:
        found = self._suite.rows(
            "SELECT id, entity_id, operation, version FROM platform.change WHERE id > :last "
            "ORDER BY id",
            last=self._last,
        )
        for self._last, entity, operation, version in found:
            if operation == "delete":
                self.holds.pop(entity, None)
            else:
                self.holds[entity] = version


def ask(suite: Suite, somebody: Person, cursor: str | None = None, **more: Any) -> Answer:
    now = more.pop("now", None)
    return suite.call(OPERATION, somebody, query={"cursor": cursor, **more}, now=now)


@contextmanager
def _another_session(suite: Suite) -> Iterator[pg8000.native.Connection]:
    session = suite._database()
    try:
        yield session
    finally:
        session.close()


def _truth(suite: Suite) -> dict[UUID, int]:
    return dict(suite.rows("SELECT id, version FROM notifications.notification"))


def test_p3_a_row_that_commits_late_is_not_lost_and_a_deleted_one_goes(suite: Suite) -> None:
    reader = person(suite)
    device, naive = Device(suite, reader), NaiveDevice(suite)
    early, late = new_id(), new_id()

    def both_ask() -> None:
        device.ask_on()
        naive.ask_on()

    with _another_session(suite) as first, _another_session(suite) as second:
        first.run("BEGIN")
        first.run(_INSERT, id=early, user_id=reader.user_id)
        both_ask()
        second.run(_INSERT, id=late, user_id=reader.user_id)
        both_ask()
        assert device.holds == {}  # it waits for the one that began before
        assert set(naive.holds) == {late}
        first.run("COMMIT")
        both_ask()
        assert device.holds == _truth(suite) == {early: 1, late: 1}
        assert early not in naive.holds  # lost for good: its id is below the last one seen
        second.run(_DELETE, id=late)
        both_ask()
    assert device.holds == _truth(suite) == {early: 1}
    assert naive.holds == {}


def test_what_was_rolled_back_never_comes(suite: Suite) -> None:
    reader = person(suite)
    device = Device(suite, reader)
    with _another_session(suite) as session:
        session.run("BEGIN")
        session.run(_INSERT, id=new_id(), user_id=reader.user_id)
        device.ask_on()
        session.run("ROLLBACK")
    device.ask_on()
    assert device.holds == {}


def test_many_writers_at_once_and_small_pages_lead_to_the_truth(suite: Suite) -> None:
    reader = person(suite)
    device = Device(suite, reader, limit=7)

    def write(seed: int) -> None:
        chance = random.Random(seed)
        mine: list[UUID] = []
        with _another_session(suite) as session:
            for _ in range(25):
                session.run("BEGIN")
                for _ in range(chance.randint(1, 3)):
                    done = chance.random()
                    if not mine or done < 0.5:
                        mine.append(new_id())
                        session.run(_INSERT, id=mine[-1], user_id=reader.user_id)
                    elif done < 0.8:
                        session.run(_TOUCH, id=chance.choice(mine))
                    else:
                        session.run(_DELETE, id=mine.pop())
                time.sleep(chance.random() * 0.02)
                session.run("COMMIT")

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        device.ask_on()
    device.ask_on()
    assert device.holds == _truth(suite)
    assert device.holds


def test_the_first_call_tells_where_to_begin_and_no_changes(suite: Suite) -> None:
    reader = person(suite)
    suite.rows(_INSERT, id=new_id(), user_id=reader.user_id)
    start = ask(suite, reader).data
    assert (start["changes"], start["reset"], start["more"]) == ([], True, False)
    assert ask(suite, reader, start["cursor"]).data["changes"] == []


def test_only_the_last_change_of_an_entity_is_told(suite: Suite) -> None:
    reader = person(suite)
    cursor = ask(suite, reader).data["cursor"]
    row = new_id()
    suite.rows(_INSERT, id=row, user_id=reader.user_id)
    for _ in range(5):
        suite.rows(_TOUCH, id=row)
    answer = ask(suite, reader, cursor)
    assert answer.data["changes"] == [
        {"entity": "notification", "entity_id": str(row), "operation": "upsert", "version": 6}
    ]
    assert answer.data["reset"] is False


def test_changes_of_ones_businesses_come_and_those_of_others_do_not(suite: Suite) -> None:
    owner, stranger = person(suite, roles=["business"]), person(suite)
    shop = business(suite, owner)
    owners, strangers = ask(suite, owner).data["cursor"], ask(suite, stranger).data["cursor"]
    listing, other = new_id(), new_id()
    suite.rows(_CHANGE, audience=shop["id"], entity_id=listing, count=1)
    suite.rows(_CHANGE, audience=new_id(), entity_id=other, count=1)
    suite.rows(_INSERT, id=other, user_id=stranger.user_id)
    told = ask(suite, owner, owners).data["changes"]
    assert [(each["entity"], each["entity_id"]) for each in told] == [("listing", str(listing))]
    told = ask(suite, stranger, strangers).data["changes"]
    assert [(each["entity"], each["entity_id"]) for each in told] == [("notification", str(other))]


def test_pages_end_where_the_limit_says_even_within_a_transaction(suite: Suite) -> None:
    reader = person(suite)
    cursor = ask(suite, reader).data["cursor"]
    rows = [new_id() for _ in range(5)]
    with _another_session(suite) as session:
        session.run("BEGIN")
        for row in rows:
            session.run(_INSERT, id=row, user_id=reader.user_id)
        session.run("COMMIT")
    told: list[str] = []
    pages = []
    more = True
    while more:
        data = ask(suite, reader, cursor, limit=2).data
        told += [each["entity_id"] for each in data["changes"]]
        pages.append(len(data["changes"]))
        cursor, more = data["cursor"], data["more"]
    assert told == list(map(str, rows))
    assert pages == [2, 2, 1]


def _refused(answer: Answer) -> None:
    assert (answer.status, answer.codes) == (409, [("RESYNC_REQUIRED", "cursor")])


def test_a_cursor_older_than_what_is_kept_starts_anew(suite: Suite) -> None:
    reader = person(suite)
    start = datetime.now(UTC).replace(microsecond=0)
    cursor = ask(suite, reader, now=start).data["cursor"]
    assert ask(suite, reader, cursor, now=start + keeping.CURSORS_KEPT).status == 200
    _refused(ask(suite, reader, cursor, now=start + keeping.CURSORS_KEPT + timedelta(seconds=1)))


def test_a_cursor_in_the_middle_is_as_old_as_the_change_it_stopped_at(suite: Suite) -> None:
    reader = person(suite)
    cursor = ask(suite, reader).data["cursor"]
    for _ in range(3):
        suite.rows(_INSERT, id=new_id(), user_id=reader.user_id)
    suite.rows("UPDATE platform.change SET changed_at = changed_at - interval '28 days'")
    middle = ask(suite, reader, cursor, limit=2).data["cursor"]
    later = datetime.now(UTC) + timedelta(days=2)
    _refused(ask(suite, reader, middle, now=later))


@pytest.mark.parametrize("change", ["joined", "left"])
def test_whoever_joins_or_leaves_a_business_starts_anew(suite: Suite, change: str) -> None:
    owner, agent = person(suite, roles=["business"]), person(suite, roles=["business"])
    shop = business(suite, owner)
    join = (
        "INSERT INTO users.membership (business_id, user_id, role) VALUES (:shop, :agent, 'agent')"
    )
    leave = "DELETE FROM users.membership WHERE business_id = :shop AND user_id = :agent"
    who = {"shop": shop["id"], "agent": agent.user_id}
    if change == "left":
        suite.rows(join, **who)
    cursor = ask(suite, agent).data["cursor"]
    suite.rows(join if change == "joined" else leave, **who)
    _refused(ask(suite, agent, cursor))
    assert ask(suite, agent).status == 200


def test_a_cursor_of_restored_data_starts_anew(suite: Suite) -> None:
    reader = person(suite)
    assert reader.user_id is not None
    actor = Actor(uid=reader.uid, user_id=reader.user_id, roles=frozenset())
    now = datetime.now(UTC)
    cursor = ask(suite, reader).data["cursor"]
    _, _, epoch, _, _ = cursors.decode(f"get_sync:{reader.user_id}", cursor)
    _refused(ask(suite, reader, feed.cursor_of(actor, "700", 0, "7.00000001", now)))
    _refused(ask(suite, reader, feed.cursor_of(actor, str(2**63), 0, str(epoch), now)))
    assert ask(suite, reader, feed.cursor_of(actor, "3", 0, str(epoch), now)).status == 200


def test_a_cursor_of_another_is_no_cursor(suite: Suite) -> None:
    reader, other = person(suite), person(suite)
    refused = ask(suite, reader, ask(suite, other).data["cursor"])
    assert (refused.status, refused.codes) == (422, [("INVALID_CURSOR", "cursor")])


@pytest.mark.parametrize("limit", [0, 201])
def test_the_limit_has_its_bounds(suite: Suite, limit: int) -> None:
    refused = ask(suite, person(suite), limit=limit)
    assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", "limit")])
