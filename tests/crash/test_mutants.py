"""A harness that never found anything proves nothing: it is shown the faults that it is for."""

from collections.abc import Iterator
from typing import Any

import pytest

import tests.platform.test_cron_relay_outbox as relay
import tests.platform.test_get_sync as sync
import tests.shared.test_projections as projections
from local.postgres import Server
from shared import _queries as kernel
from shared import edge, jobs, outbox
from shared.cloud import bus
from shared.db import pool
from shared.http import Response
from shared.manifest.discovery import entries
from tests.crash.harness import Harness, answer
from tests.factories.bus import Bus, listening
from tests.scenarios import ACTS
from tests.suite import Suite


def _inbox_in_its_own_transaction(patch: pytest.MonkeyPatch, _: int) -> None:
    claim = kernel.claim_event

    def apart(_db: object, *, handler: str, event_id: Any) -> int:
        with pool(entries()[handler].db_role).transaction() as (other, _):
            return claim(other, handler=handler, event_id=event_id)

    patch.setattr(kernel, "claim_event", apart)


def _acknowledged_before_the_work(patch: pytest.MonkeyPatch, report: int) -> None:
    serve = jobs._event

    def early(call: edge.Call) -> Response:
        answer(report, 204)
        return serve(call)

    patch.setattr(jobs, "_event", early)


def _published_before_the_commit(patch: pytest.MonkeyPatch, _: int) -> None:
    patch.setattr(outbox, "_store", lambda _db, message: bus.send([message]))


@pytest.mark.parametrize(
    ("name", "mutant"),
    [
        ("on_listing_submitted_open_review", _inbox_in_its_own_transaction),
        ("on_listing_published_notify_owner", _acknowledged_before_the_work),
        ("create_listing", _published_before_the_commit),
    ],
)
def test_p1_p3_p4_the_sweep_finds(harness: Harness, name: str, mutant: Any) -> None:
    """Each is an ordinary mistake, and each loses or doubles something at some moment."""
    assert any(harness.sweep(ACTS[name], mutant))


@pytest.fixture
def accepting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    with listening(monkeypatch) as server:
        yield server


def test_p3_relays_that_do_not_lock_are_found(
    suite: Suite, accepting: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them send everything twice."""
    text = kernel._LOCK_UNSENT.replace("(SELECT mine FROM turn) AND", "")
    unlocked = text.replace("FOR UPDATE SKIP LOCKED", "")
    assert len(unlocked) < len(text) < len(kernel._LOCK_UNSENT)
    monkeypatch.setattr(kernel, "_LOCK_UNSENT", unlocked)
    with pytest.raises(AssertionError):
        relay.test_p3_two_relays_at_once_send_each_row_once_and_keep_the_order(suite, accepting)


def test_p3_a_cursor_by_id_is_found(suite: Suite) -> None:
    """It passes over what began earlier and commits later."""
    text = suite.value("SELECT pg_get_functiondef('platform.changes_of'::regproc)")
    by_id = text.replace("(c.transaction, c.id) > (after_transaction, after_id)", "c.id > after_id")
    by_id = by_id.replace("ORDER BY c.transaction, c.id", "ORDER BY c.id")
    horizon = "AND c.transaction < pg_snapshot_xmin(pg_current_snapshot())"
    mutant = by_id.replace(horizon, "")
    assert len(mutant) < len(by_id) < len(text)
    suite.rows(mutant)
    try:
        with pytest.raises(AssertionError):
            sync.test_p3_a_row_that_commits_late_is_not_lost_and_a_deleted_one_goes(suite)
    finally:
        suite.rows(text)


def test_p3_a_turn_that_ends_without_looking_is_found(
    suite: Suite, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changed while the document was written would never be shown."""
    ends = "'platform.end_turn(text, text, uuid, bigint, boolean, uuid)'::regprocedure"
    text = suite.value(f"SELECT pg_get_functiondef({ends})")
    mutant = text.replace("p.version > written", "false")
    assert mutant != text
    suite.rows(mutant)
    try:
        with projections.probe(suite, server, monkeypatch) as kept, pytest.raises(AssertionError):
            projections.test_p3_what_changes_while_it_is_read_is_written_next(suite, kept)
    finally:
        suite.rows(text)
