"""P11: a run of a job is its job and the time it was due; told often, or killed, it is one run."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from shared import _queries as kernel
from shared import outbox
from shared.answers import Batch
from shared.db import Connection
from shared.http import Response
from shared.triggers import cron
from tests.crash.harness import Harness
from tests.scenarios.acts import Act
from tests.shared.probes import NoteWritten, ask
from tests.suite import Suite

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
BATCHES = 3


@cron("0 12 * * *")
def cron_write_note(db: Connection) -> Batch:
    """Announce a note a batch, as many as there are batches: nothing tells it that it has."""
    there = int(db.value("SELECT count(*) FROM platform.outbox WHERE topic = 'probes'"))
    outbox.publish(db, NoteWritten(title=f"note {there}"))
    return Batch(1, more=(there + 1) % BATCHES != 0)


def run(
    suite: Suite,
    due: datetime = NOON,
    *,
    job: str = "cron-write-note",
    function: Callable[..., Batch] = cron_write_note,
) -> Response:
    """Tell a job to run, as Cloud Scheduler does."""
    return ask(
        function,
        "/",
        method="POST",
        authorization=f"Bearer {suite.signer.caller('scheduler')}",
        x_cloudscheduler_jobname=job,
        x_cloudscheduler_scheduletime=due.isoformat(),
    )


def done(answer: Response) -> int:
    """Return how much a run has done."""
    assert answer.status == 200, answer.body
    count: int = json.loads(answer.body)["data"]["done"]
    return count


def test_p11_a_tick_that_comes_twice_is_one_run(suite: Suite) -> None:
    """Of one job at one instant, in whatever zone that is written."""
    assert [done(run(suite)) for _ in range(3)] == [BATCHES, 0, 0]
    lagos = NOON.astimezone(timezone(timedelta(hours=1)))
    assert done(run(suite, lagos)) == 0
    assert done(run(suite, NOON + timedelta(days=1))) == BATCHES
    assert done(run(suite, job="cron-write-note-by-hand")) == BATCHES


def test_p11_ticks_at_once_are_one_run(suite: Suite) -> None:
    """They take turns, a batch at a time; what all have done together is the work of one."""
    together = threading.Barrier(6)

    def tick(_: int) -> int:
        together.wait()
        return done(run(suite))

    for day in range(5):
        suite.rows("TRUNCATE platform.outbox, platform.inbox")
        with ThreadPoolExecutor(6) as crowd:
            finished = list(crowd.map(tick, range(6)))
        assert sum(finished) == BATCHES, day
        titles = sorted(event["data"]["title"] for event in suite.events("NoteWritten"))
        assert titles == [f"note {number}" for number in range(BATCHES)]


def test_p11_a_run_that_broke_off_is_taken_up_where_it_stopped(suite: Suite) -> None:
    """By the retry of the scheduler; the batches that it had committed stand."""
    breaks = [False, True, False, False]

    @cron("0 12 * * *")
    def cron_break_off(db: Connection) -> Batch:
        """Fail in the second batch, once."""
        batch = cron_write_note(db)
        if breaks.pop(0):
            raise ZeroDivisionError
        return batch

    assert run(suite, function=cron_break_off).status == 500
    assert len(suite.events("NoteWritten")) == 1
    assert done(run(suite, function=cron_break_off)) == BATCHES - 1
    assert done(run(suite, function=cron_break_off)) == 0
    assert len(suite.events("NoteWritten")) == BATCHES


def _run_of_three_batches(suite: Suite) -> Act:
    return lambda: run(suite).status


def test_p1_p11_killed_at_any_moment_a_run_is_one_run(harness: Harness) -> None:
    """Asked again it does what is left; asked again when all was done, nothing."""
    assert list(harness.sweep(_run_of_three_batches)) == []


def _runs_are_forgotten(patch: pytest.MonkeyPatch, _: int) -> None:
    patch.setattr(kernel, "claim_event", lambda *_, **__: 1)


def _runs_are_noted_first(patch: pytest.MonkeyPatch, _: int) -> None:
    take = kernel.take_run

    def first(db: Any, *, job: str, run: Any) -> bool | None:
        to_do = take(db, job=job, run=run)
        kernel.claim_event(db, handler=job, event_id=run)
        return to_do

    patch.setattr(kernel, "take_run", first)


@pytest.mark.parametrize("mutant", [_runs_are_forgotten, _runs_are_noted_first])
def test_p1_p11_the_sweep_finds(harness: Harness, mutant: Any) -> None:
    """Each is an ordinary mistake, and some moment shows it."""
    assert any(harness.sweep(_run_of_three_batches, mutant))
