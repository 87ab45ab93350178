from datetime import UTC, datetime, timedelta

import pytest

from functions.platform._rules import keeping
from functions.platform.cron_purge_expired import BATCH
from tests.factories.users import person
from tests.suite import Suite

JOB = "cron_purge_expired"
NOW = datetime(2026, 11, 22, 9, 17, tzinfo=UTC)
_KEPT = {
    "outbox": keeping.SENT_KEPT,
    "inbox": keeping.INBOX_KEPT,
    "idempotency_key": keeping.KEYS_KEPT,
    "change": keeping.CHANGES_KEPT,
    "rate_limit": timedelta(0),
}


def _store(suite: Suite, table: str, instants: list[datetime]) -> None:
    columns, values = {
        "outbox": ("id, kind, topic, type, body, sent_at", "id, 'event', 't', 'T', '', at"),
        "inbox": ("handler, event_id, handled_at", "'h', id, at"),
        "idempotency_key": (
            "actor, operation, key, request_hash, created_at",
            "'a', 'o', id::text, '', at",
        ),
        "change": (
            "transaction, audience, entity, entity_id, operation, version, changed_at",
            "pg_current_xact_id(), id, 'listing', id, 'upsert', 1, at",
        ),
        "rate_limit": ("key, full_at", "id::text, at"),
    }[table]
    suite.rows(
        f"INSERT INTO platform.{table} ({columns}) SELECT {values} FROM "  # noqa: S608  # ours
        "(SELECT gen_random_uuid() AS id, at FROM unnest(CAST(:instants AS timestamptz[])) AS at)",
        instants=instants,
    )


def _count(suite: Suite, table: str) -> object:
    return suite.value(f"SELECT count(*) FROM platform.{table}")  # noqa: S608  # ours


def test_the_keys_of_an_outbox_are_kept_for_a_month(suite: Suite) -> None:
    for age in (keeping.KEYS_KEPT, keeping.OFFLINE_KEPT):
        _store(suite, "idempotency_key", [NOW - age - timedelta(seconds=1)])
        suite.rows("UPDATE platform.idempotency_key SET key = 'sync:' || key")
    assert suite.tick(JOB, NOW) == 1


@pytest.mark.parametrize("table", list(_KEPT))
def test_what_is_older_goes_and_what_is_younger_stays(suite: Suite, table: str) -> None:
    edge = NOW - _KEPT[table]
    second = timedelta(seconds=1)
    _store(suite, table, [edge - timedelta(days=40), edge - second, edge, edge + second])
    assert suite.tick(JOB, NOW) == 2
    noted = 1 if table == "inbox" else 0  # that the run is done
    assert _count(suite, table) == 2 + noted
    assert suite.tick(JOB, NOW + 2 * second) == 2


def test_what_was_never_sent_is_never_dropped(suite: Suite) -> None:
    suite.rows(
        "INSERT INTO platform.outbox (id, kind, topic, type, body, created_at) "
        "VALUES (gen_random_uuid(), 'event', 't', 'T', '{}', '2020-01-01T00:00Z')"
    )
    assert suite.tick(JOB, NOW) == 0


def test_a_backlog_goes_batch_by_batch_in_one_run(suite: Suite) -> None:
    old = NOW - keeping.INBOX_KEPT - timedelta(days=1)
    _store(suite, "inbox", [old + timedelta(seconds=n) for n in range(2 * BATCH + 7)])
    assert suite.tick(JOB, NOW) == 2 * BATCH + 7


def test_a_second_run_leaves_the_work_to_the_first(suite: Suite) -> None:
    _store(suite, "inbox", [NOW - keeping.INBOX_KEPT - timedelta(days=1)])
    suite.rows("BEGIN")
    try:
        suite.rows("SELECT pg_advisory_xact_lock(hashtextextended('platform.purge', 0))")
        assert suite.tick(JOB, NOW) == 0
    finally:
        suite.rows("ROLLBACK")
    assert suite.tick(JOB, NOW + timedelta(days=1)) == 1


def test_a_bucket_that_is_still_filling_keeps_its_limit(suite: Suite) -> None:
    person(suite)
    before = suite.value("SELECT full_at FROM platform.rate_limit")
    suite.tick(JOB)
    assert suite.value("SELECT full_at FROM platform.rate_limit") == before


def test_a_cursor_is_refused_before_its_changes_are_dropped() -> None:
    assert keeping.CURSORS_KEPT < keeping.CHANGES_KEPT
