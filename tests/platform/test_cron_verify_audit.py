"""Whoever rewrites the audit log is found out, superusers as well."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.platform.cron_verify_audit import BATCH
from tests.factories.users import person
from tests.suite import Person, Suite

JOB = "cron_verify_audit"
READ = "GET /api/v1/admin/audit"
DAY = datetime(2026, 11, 24, 9, 41, tzinfo=UTC)
HOUR = timedelta(hours=1)
_BRIBE = "UPDATE platform.audit_entry SET reason = 'BRIBED' WHERE seq = 3"
_HASH = "UPDATE platform.audit_entry AS e SET hash = platform.audit_hash(e) WHERE seq = 3"
_REMOVE = "DELETE FROM platform.audit_entry WHERE seq = 3"
_MOVE = "UPDATE platform.audit_entry SET seq = seq - 1 WHERE seq = {}"
_ADD = """INSERT INTO platform.audit_entry SELECT chain, 6, gen_random_uuid(), clock_timestamp(),
    actor_id, role, on_behalf_of, operation, target_type, target_id, before, after, reason,
    request_id, previous, hash FROM platform.audit_entry WHERE seq = 5"""
_CUT = "DELETE FROM platform.audit_entry WHERE seq > 3"
_CUT_HEAD = """UPDATE platform.audit_chain SET entries = 3,
    hash = (SELECT hash FROM platform.audit_entry WHERE seq = 3)"""
_LINK = """UPDATE platform.audit_entry AS e SET previous = b.hash FROM platform.audit_entry AS b
    WHERE e.seq = {} AND b.seq = e.seq - 1"""


@pytest.fixture
def amina(suite: Suite) -> Person:
    return person(suite, roles=["admin"])


def _write(suite: Suite, who: Person, count: int) -> None:
    for _ in range(count):
        assert suite.call(READ, who).status == 200


def _tamper(suite: Suite, *statements: str) -> None:
    """Write as a superuser who puts the triggers to sleep."""
    suite.rows("SET session_replication_role = replica")
    try:
        for each in statements:
            suite.rows(each)
    finally:
        suite.rows("RESET session_replication_role")


def _found(suite: Suite) -> list[int]:
    assert all(each["data"]["chain"] == "admin" for each in suite.events("AuditChainBroken"))
    return [each["data"]["seq"] for each in suite.events("AuditChainBroken")]


def _lines(capsys: pytest.CaptureFixture[str], message: str) -> list[dict[str, Any]]:
    lines = map(json.loads, capsys.readouterr().out.splitlines())
    return [each for each in lines if each["message"] == message]


def test_p22_a_whole_log_is_verified_once_and_what_is_new_each_time(
    suite: Suite, amina: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(suite, amina, 5)
    assert suite.tick(JOB, DAY) == 5
    assert suite.tick(JOB, DAY) == 0
    _write(suite, amina, 2)
    assert suite.tick(JOB, DAY + HOUR) == 2
    assert _found(suite) == []
    (first, second) = _lines(capsys, "audit verified")
    assert (first["chain"], first["seq"], second["seq"]) == ("admin", 5, 7)
    head = suite.value("SELECT encode(hash, 'hex') FROM platform.audit_chain")
    assert second["hash"] == head


def test_p22_each_day_begins_anew(suite: Suite, amina: Person) -> None:
    """What was verified yesterday may have been rewritten since."""
    _write(suite, amina, 3)
    assert suite.tick(JOB, DAY) == 3
    assert suite.tick(JOB, DAY + timedelta(days=1)) == 3


def test_a_long_chain_is_walked_in_batches(suite: Suite, amina: Person) -> None:
    suite.rows("SELECT set_config('app.user_id', CAST(:id AS text), false)", id=str(amina.user_id))
    suite.rows(
        "SELECT platform.append_audit('admin', gen_random_uuid(), 'admin', NULL, 'probe', NULL, "
        "NULL, NULL, NULL, NULL, gen_random_uuid()) FROM generate_series(1, :count)",
        count=2 * BATCH + 7,
    )
    suite.rows("SELECT set_config('app.user_id', '', false)")
    assert suite.tick(JOB, DAY) == 2 * BATCH + 7
    assert _found(suite) == []


_TAMPERED: dict[str, tuple[list[str], int]] = {
    "edited": ([_BRIBE], 3),
    "edited and hashed": ([_BRIBE, _HASH], 4),
    "dated otherwise": (
        ["UPDATE platform.audit_entry SET at = at + interval '1 microsecond' WHERE seq = 2"],
        2,
    ),
    "swapped": (
        [
            "UPDATE platform.audit_entry SET seq = -seq WHERE seq IN (2, 3)",
            "UPDATE platform.audit_entry SET seq = 5 + seq WHERE seq < 0",
        ],
        2,
    ),
    "first removed": (["DELETE FROM platform.audit_entry WHERE seq = 1"], 2),
    "one removed": ([_REMOVE], 4),
    "removed and renumbered": ([_REMOVE, _MOVE.format(4), _MOVE.format(5)], 3),
    "last removed": (["DELETE FROM platform.audit_entry WHERE seq = 5"], 5),
    "all removed": (["DELETE FROM platform.audit_entry"], 1),
    "head forged": (["UPDATE platform.audit_chain SET entries = 4"], 6),
    "added past the head": ([_ADD], 6),
}
"""What is done to five entries → the first that does not follow from the one before it."""


@pytest.mark.parametrize("how", _TAMPERED)
@pytest.mark.parametrize("seen", [False, True])
def test_p22_tampering_is_found(
    suite: Suite,
    amina: Person,
    capsys: pytest.CaptureFixture[str],
    how: str,
    seen: bool,
) -> None:
    """At the latest by the lap of the next day; said once a day, logged each time."""
    statements, seq = _TAMPERED[how]
    _write(suite, amina, 5)
    if seen:
        assert suite.tick(JOB, DAY) == 5
    _tamper(suite, *statements)
    assert _found(suite) == []
    suite.tick(JOB, DAY + timedelta(days=1))
    assert _found(suite) == [seq]
    assert [each["seq"] for each in _lines(capsys, "the audit log is broken")] == [seq]
    suite.tick(JOB, DAY + timedelta(days=1) + HOUR)
    assert _found(suite) == [seq]
    suite.tick(JOB, DAY + timedelta(days=2))
    assert _found(suite) == [seq, seq]


def test_p22_a_tail_that_was_seen_is_missed_though_the_head_was_forged(
    suite: Suite, amina: Person
) -> None:
    """And before it was seen it is not: only the log lines of later runs could tell."""
    _write(suite, amina, 5)
    _tamper(suite, _CUT, _CUT_HEAD)
    suite.tick(JOB, DAY)
    assert _found(suite) == []
    _write(suite, amina, 2)
    suite.tick(JOB, DAY + HOUR)
    _tamper(suite, _CUT, _CUT_HEAD)
    suite.tick(JOB, DAY + 2 * HOUR)
    assert _found(suite) == [5]


def test_p22_a_past_that_was_rewritten_from_its_beginning_is_found(
    suite: Suite, amina: Person
) -> None:
    """Every hash fits the next: the entry that a run has seen is another one now."""
    _write(suite, amina, 3)
    suite.tick(JOB, DAY)
    for seq in (1, 2, 3):
        _tamper(
            suite, _BRIBE.replace("3", "1"), _LINK.format(seq), _HASH.replace("= 3", f"= {seq}")
        )
    _tamper(suite, _CUT_HEAD)
    suite.tick(JOB, DAY + HOUR)
    assert _found(suite) == [3]


def test_a_second_run_leaves_the_walk_to_the_first(suite: Suite, amina: Person) -> None:
    _write(suite, amina, 1)
    suite.rows("BEGIN")
    try:
        suite.rows("SELECT pg_advisory_xact_lock(hashtextextended('platform.audit', 0))")
        assert suite.tick(JOB, DAY) == 0
    finally:
        suite.rows("ROLLBACK")
    assert suite.tick(JOB, DAY + timedelta(hours=1)) == 1
