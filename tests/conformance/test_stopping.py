"""An instance is told to stop in the middle of its work, and killed when it takes too long."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import postgres
from local.identity import Signer
from shared.ids import new_id
from tests import web
from tests.conformance.process import GRACE_SECONDS, Deployed, deployed
from tests.factories import users
from tests.factories.notifications import expired
from tests.faults import Way
from tests.running import soon
from tests.suite import Person, Suite

COMMIT = b"commit\0"
AT_ONCE = 8


@pytest.fixture
def way(server: postgres.Server) -> Iterator[Way]:
    """Return the way to the database on which a function can be held up."""
    made = Way(server.host, server.port)
    yield made
    made.close()


def reached_by(way: Way) -> dict[str, str]:
    """Return the environment of a function that takes this way."""
    return {**os.environ, "DB_HOST": "127.0.0.1", "DB_PORT": str(way.port)}


def rename(suite: Suite, made: Deployed, person: Person, name: str) -> httpx.Response:
    """Give somebody another name."""
    headers = {"Authorization": f"Bearer {suite.token(person)}", "If-Match": "1"}
    path = f"{made.url}/api/v1/users/me"
    return web.patch(path, json={"given_name": name}, headers=headers, timeout=20)


def name_of(suite: Suite, person: Person) -> Any:
    return suite.value("SELECT given_name FROM users.account WHERE id = :id", id=person.user_id)


def ended(made: Deployed) -> bool:
    return made.process.poll() is not None


def test_a_request_in_flight_is_answered_and_kept_and_new_ones_are_refused(
    suite: Suite, signer: Signer, way: Way, tmp_path: Path
) -> None:
    person, late = users.person(suite), users.person(suite)
    with (
        deployed("update_me", tmp_path / "log", reached_by(way)) as made,
        ThreadPoolExecutor(2) as crew,
    ):
        commit = way.fail(COMMIT, "stop")
        asked = crew.submit(rename, suite, made, person, "Chidinma")
        assert commit.reached.wait(20)
        made.stop()
        assert soon(lambda: not made.serves(), 5)
        refused = crew.submit(rename, suite, made, late, "Chidinma")
        assert not asked.done()
        commit.go.set()
        answer = asked.result()
        assert soon(lambda: ended(made), GRACE_SECONDS)
        assert isinstance(refused.exception(), httpx.TransportError)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["given_name"] == name_of(suite, person) == "Chidinma"
    assert name_of(suite, late) == "Ngozi"
    assert made.process.returncode == 0


def test_a_job_ends_between_two_batches_in_time_and_what_it_did_is_kept(
    suite: Suite, signer: Signer, way: Way, tmp_path: Path
) -> None:
    """The next run goes on where it ended."""
    # So slowly not even half of them are gone when a run has taken all its time.
    many = 20_000
    suite.rows(
        "INSERT INTO platform.rate_limit (key, full_at) "
        "SELECT 'key-' || n, clock_timestamp() - interval '1 day' FROM generate_series(1, :n) AS n",
        n=many,
    )
    headers = {
        "Authorization": f"Bearer {signer.caller('scheduler')}",
        "X-CloudScheduler-ScheduleTime": datetime.now(UTC).isoformat(),
    }

    def left() -> int:
        found: int = suite.value("SELECT count(*) FROM platform.rate_limit")
        return found

    with (
        deployed("cron_purge_expired", tmp_path / "log", reached_by(way)) as made,
        ThreadPoolExecutor(1) as crew,
    ):
        way.delay_seconds = 0.05
        asked = crew.submit(httpx.post, made.url, headers=headers, timeout=90)
        assert soon(lambda: left() < many or asked.done(), 60), "no batch was done"
        assert not asked.done(), asked.result().text
        told = time.monotonic()
        made.stop()
        answer = asked.result()
        assert soon(lambda: ended(made), GRACE_SECONDS)
        assert time.monotonic() - told < GRACE_SECONDS
    assert answer.status_code == 503, answer.text
    assert answer.headers["retry-after"] == "1"
    remaining = left()
    assert 0 < remaining < many
    assert remaining % 1_000 == 0, "a batch was half done"
    with deployed("cron_purge_expired", tmp_path / "again") as again:
        answer = web.post(again.url, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"] == {"done": remaining}


@pytest.mark.parametrize(("cut_off_at", "kept"), [(b"notifications.notification", 0), (COMMIT, 1)])
def test_p4_an_event_that_is_cut_off_by_the_kill_is_delivered_again_and_has_its_effect_once(
    suite: Suite, signer: Signer, way: Way, tmp_path: Path, cut_off_at: bytes, kept: int
) -> None:
    """Nobody has its answer, stored or not, so Pub/Sub sends it to another instance."""
    shop = users.business(suite, users.person(suite, roles=("business",)))
    event = {
        "id": str(new_id()),
        "type": "ListingExpired",
        "data": expired(shop["id"]).model_dump(mode="json"),
    }
    target = "on_listing_expired_notify_owner"

    def told() -> list[int]:
        tables = ("notifications.notification", "platform.inbox")
        return [suite.value(f"SELECT count(*) FROM {each}") for each in tables]  # noqa: S608  # ours

    with deployed(target, tmp_path / "1", reached_by(way)) as made, ThreadPoolExecutor(1) as crew:
        held = way.fail(cut_off_at, "stop")
        pushed = crew.submit(made.push, signer, event)
        assert held.reached.wait(20)
        made.stop()
        assert soon(lambda: not made.serves(), 5)
        made.kill()
        assert isinstance(pushed.exception(), httpx.TransportError)
    held.go.set()  # what was on its way arrives after its sender is dead
    assert soon(lambda: told() == [kept, kept], 5)
    with deployed(target, tmp_path / "2") as another:
        for _ in range(2):
            answer = another.push(signer, event)
            assert answer.status_code == 204, answer.text
    assert told() == [1, 1]


def test_as_many_requests_are_at_work_at_once_as_there_are_threads(
    suite: Suite, signer: Signer, way: Way, tmp_path: Path
) -> None:
    """All of them stand before their commit; then each is answered with his own."""
    people = [users.person(suite) for _ in range(AT_ONCE)]
    more = {"THREADS": str(AT_ONCE), "DB_POOL": str(AT_ONCE)}
    with (
        deployed("update_me", tmp_path / "log", reached_by(way), **more) as made,
        ThreadPoolExecutor(AT_ONCE) as crew,
    ):
        commits = [way.fail(COMMIT, "stop") for _ in people]
        asked = [
            crew.submit(rename, suite, made, person, f"Name {number}")
            for number, person in enumerate(people)
        ]
        assert all(each.reached.wait(20) for each in commits)
        for each in commits:
            each.go.set()
        answers = [each.result() for each in asked]
    for number, (person, answer) in enumerate(zip(people, answers, strict=True)):
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["id"] == str(person.user_id)
        assert name_of(suite, person) == f"Name {number}"
