"""What teams do among a hundred thousand conversations of a thousand businesses goes by indexes."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pg8000.native import literal

from shared.manifest import queries
from shared.manifest.discovery import ROOT
from tests.conftest import empty
from tests.suite import Suite

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
BUSINESS, CUSTOMER, TALK = UUID(int=1_007), UUID(int=900_777), UUID(int=500_777)

_ID = "lpad(to_hex({}), 32, '0')::uuid"

_FILL = (
    f"""INSERT INTO messaging.agent (business_id, user_id, skills, state, here_until)
    SELECT {_ID.format("1000 + b")}, {_ID.format("100000 + b * 10 + n")}, '{{returns}}',
        CASE WHEN b < 20 THEN 'online' ELSE 'offline' END,
        CASE WHEN b < 20 THEN '2026-11-27 09:00Z'::timestamptz + b * interval '10 seconds' END
    FROM generate_series(1, 1000) AS b, generate_series(0, 9) AS n""",  # noqa: S608  # ours
    f"""INSERT INTO messaging.support_case (conversation_id, business_id, customer_id, state,
        waiting_since, agent_id, resolved_at)
    SELECT {_ID.format("500000 + n")}, {_ID.format("1000 + n % 1000")}, {_ID.format("900000 + n")},
        CASE WHEN n % 100 < 2 THEN 'waiting' WHEN n % 100 < 5 THEN 'assigned' ELSE 'resolved' END,
        '2026-11-01'::timestamptz + n * interval '1 second',
        CASE WHEN n % 100 IN (2, 3, 4) THEN {_ID.format("100000 + n % 1000 * 10")} END,
        CASE WHEN n % 100 >= 5 THEN '2026-11-02'::timestamptz END
    FROM generate_series(1, 100000) AS n""",  # noqa: S608  # ours
    f"""INSERT INTO messaging.support_clock (conversation_id, kind, business_id, round,
        target_seconds, spent_seconds, started_at, due_at, step, next_at)
    SELECT {_ID.format("500000 + n")}, 'resolution', {_ID.format("1000 + n % 1000")}, 1, 600, 0,
        running.since, running.since, 0, running.since
    FROM generate_series(1, 100000) AS n CROSS JOIN LATERAL (SELECT CASE WHEN n % 100 < 5 THEN
        '2026-11-27 09:00Z'::timestamptz + (n - 200) * interval '1 second' END AS since
    ) AS running""",  # noqa: S608  # ours
)

STATEMENTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "teams of which somebody is gone": (
        "teams.lock_lapsed_teams",
        {"now": NOW.replace(second=20), "limit": 20},
        "agent_here_until",
    ),
    "clocks at which somebody is told": (
        "clocks.lock_due_clocks",
        {"now": NOW, "limit": 100},
        "support_clock_next_at",
    ),
    "the clocks of a conversation": ("clocks.clocks", {"id": TALK}, "support_clock_pkey"),
    "how far one has got": ("support.case", {"id": TALK}, "support_case_pkey"),
    "the teams of somebody": (
        "leaving.teams_of",
        {"user_id": CUSTOMER, "limit": 100},
        "agent_user_id",
    ),
    "what somebody waits for": (
        "leaving.teams_of",
        {"user_id": CUSTOMER, "limit": 100},
        "support_case_customer_id",
    ),
}


@pytest.fixture(scope="module")
def desks(_suite: Suite) -> Iterator[Suite]:
    """Return a suite with a thousand businesses that have ten agents and a hundred cases each."""
    empty(_suite)
    _suite.rows("SET session_replication_role = replica")
    for each in _FILL:
        _suite.rows(each)
    _suite.rows("RESET session_replication_role")
    for table in ("agent", "support_case", "support_clock"):
        _suite.rows(f"ANALYZE messaging.{table}")  # ours
    yield _suite
    empty(_suite)


@pytest.mark.parametrize("what", STATEMENTS)
def test_it_goes_by_its_index(desks: Suite, what: str) -> None:
    statement, given, index = STATEMENTS[what]
    _, text, order = queries.statements(ROOT)[f"functions.messaging._statements.{statement}"]
    bound = re.sub(r"\$(\d+)", lambda match: _literal(given[order[int(match[1]) - 1]]), text)
    desks.rows("BEGIN; SET LOCAL ROLE job_messaging")
    try:
        (plan,) = desks.rows(f"EXPLAIN (FORMAT JSON) {bound}")
    finally:
        desks.rows("ROLLBACK")
    found = plan[0] if isinstance(plan[0], str) else json.dumps(plan[0])
    assert f'"{index}"' in found
    assert "Seq Scan" not in re.sub(r'"Seq Scan", [^}]*"Relation Name": "team"', "", found)


def test_a_team_looks_at_its_own_alone(desks: Suite) -> None:
    """By the blocks that are read: its agents and what waits for them, and nothing resolved."""
    desks.rows("BEGIN")
    try:
        (plan,) = desks.rows(
            "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) "
            "SELECT * FROM messaging.drain_team(:team, :now)",
            team=BUSINESS,
            now=NOW,
        )
    finally:
        desks.rows("ROLLBACK")
    said: Any = json.loads(plan[0]) if isinstance(plan[0], str) else plan[0]
    blocks = said[0]["Plan"]["Shared Hit Blocks"] + said[0]["Plan"]["Shared Read Blocks"]
    pages = desks.value("SELECT relpages FROM pg_class WHERE relname = 'support_case'")
    assert pages > 1_000
    assert blocks < pages


def _literal(value: Any) -> str:  # any value of a parameter
    return str(literal(value if isinstance(value, int) else str(value)))
