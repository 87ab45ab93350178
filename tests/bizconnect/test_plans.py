"""Every read of connections goes by an index, on a table of a realistic size."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pg8000.native
import pytest

from shared import pages
from shared.manifest import queries
from shared.manifest.discovery import ROOT
from tests.conftest import empty
from tests.suite import Suite

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)

_BUSINESSES = """INSERT INTO users.business (id, slug, name, description, categories, country,
        city_id, latitude, longitude, zone, language, corridors)
    SELECT CAST(md5('b' || n) AS uuid), 'firm-' || n, 'Firm ' || n, '', '{fabrics}', 'NG', 2332459,
        6.4, 3.4, 'Africa/Lagos', 'en', '{}' FROM generate_series(0, 1999) AS n"""
_PUBLIC = """INSERT INTO users.public_business (id, slug, name, verification, country, city_id,
        categories, search, card, detail, created_at)
    SELECT id, slug, name, verification, country, city_id, categories, '', '{}', '{}', created_at
    FROM users.business"""
_CONNECTIONS = """INSERT INTO bizconnect.connection (id, requester_id, receiver_id, market, state,
        requested_at, expires_at, accepted_at, blocked_by)
    SELECT CAST(md5('c' || n) AS uuid), CAST(md5('b' || n % 2000) AS uuid),
        CAST(md5('b' || (n + 1 + n / 2000) % 2000) AS uuid), 'afcfta',
        CASE WHEN n % 20 = 0 THEN 'pending' WHEN n % 19 = 0 THEN 'blocked' ELSE 'accepted' END,
        CAST(:now AS timestamptz) - make_interval(mins => n),
        CAST(:now AS timestamptz) - make_interval(mins => n) + interval '30 days',
        CASE WHEN n % 20 <> 0 THEN CAST(:now AS timestamptz) END,
        CASE WHEN n % 20 <> 0 AND n % 19 = 0 THEN CAST(md5('b' || n % 2000) AS uuid) END
    FROM generate_series(0, 39999) AS n"""
_TABLES = "users.business, users.public_business, bizconnect.connection"
"""Forty thousand connections of two thousand businesses, each with twenty others each way."""


@pytest.fixture(scope="module")
def market(_suite: Suite) -> Iterator[Suite]:
    """Return a market of businesses that know each other."""
    empty(_suite)
    for statement in (_BUSINESSES, _PUBLIC):
        _suite.rows(statement)
    _suite.rows("SET session_replication_role = replica")
    _suite.rows(_CONNECTIONS, now=NOW)
    _suite.rows("RESET session_replication_role")
    _suite.rows(f"ANALYZE {_TABLES}")
    yield _suite
    empty(_suite)
    _suite.rows(f"ANALYZE {_TABLES}")


def _plan(suite: Suite, role: str, name: str, given: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return the tables that are read from end to end, and the indexes that are used."""
    _, text, order = queries.statements(ROOT)[f"functions.bizconnect._statements.{name}"]
    bound = re.sub(r"\$(\d+)", lambda found: _literal(given.get(order[int(found[1]) - 1])), text)
    suite.rows(f"BEGIN; SET LOCAL ROLE {role}; SET LOCAL search_path = bizconnect, public")
    try:
        for setting in ("app.businesses", "app.managed"):
            suite.rows("SELECT set_config(:name, :own, true)", name=setting, own=str(MINE))
        plan = suite.rows(f"EXPLAIN (FORMAT JSON) {bound}")[0][0]
    finally:
        suite.rows("ROLLBACK")
    walked: set[str] = set()
    used: set[str] = set()

    def look(node: dict[str, Any]) -> None:
        if node["Node Type"] == "Seq Scan":
            walked.add(node["Relation Name"])
        if "Index Name" in node:
            used.add(node["Index Name"])
        for each in node.get("Plans", []):
            look(each)

    look((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
    return walked & {"connection", "business", "public_business"}, used


def _literal(value: Any) -> str:  # any value of a parameter
    if isinstance(value, list):
        return "'{" + ",".join(map(str, value)) + "}'"
    plain = isinstance(value, (bool, int)) or value is None
    return str(pg8000.native.literal(value if plain else str(value)))


MINE = UUID("a3d6b0d9-7c0b-3f5e-8f0b-2d8c0f4b6f3f")
PAIR = {"business_id": MINE, "other_id": UUID(int=7), "now": NOW}
PAGE = {
    "businesses": [MINE],
    "after_key": pages.NEWEST[0],
    "after_id": pages.NEWEST[1],
    "now": NOW,
    "limit": 20,
}
BOTH = {"connection_requester", "connection_receiver"}


@pytest.mark.parametrize(
    ("role", "name", "given", "indexes"),
    [
        ("svc", "requests.facts", PAIR, {"business_pkey", "public_business_pkey"}),
        ("svc", "requests.connection_between", PAIR, {"connection_pair"}),
        ("svc", "own.page_of_own", PAGE, {*BOTH, "public_business_pkey"}),
        ("svc", "own.page_of_own", {**PAGE, "status": "pending", "market": "afcfta"}, BOTH),
        (
            "svc",
            "own.connection",
            {"id": MINE, "businesses": [MINE], "now": NOW},
            {"connection_pkey"},
        ),
        (
            "svc",
            "steps.lock_connection",
            {"id": MINE, "businesses": [MINE], "as_receiver": True, "now": NOW},
            {"connection_pkey"},
        ),
        ("svc", "figures.markets", {"businesses": [MINE], "now": NOW}, BOTH),
        ("svc", "figures.metrics", {"businesses": [MINE], "since": NOW, "now": NOW}, BOTH),
        ("job", "upkeep.expire_due", {"now": NOW, "limit": 500}, {"connection_due"}),
        ("job", "upkeep.delete_connections", {"business_id": MINE, "limit": 500}, BOTH),
        ("job", "exports.export_part", {"business_ids": [MINE]}, BOTH),
    ],
)
def test_what_is_read_goes_by_its_index(
    market: Suite, role: str, name: str, given: dict[str, Any], indexes: set[str]
) -> None:
    """Under row-level security too."""
    walked, used = _plan(market, f"{role}_bizconnect", name, given)
    assert walked == set()
    assert used >= indexes


@pytest.mark.parametrize("side", ["requester", "receiver"])
def test_what_a_block_hides_is_found_by_an_index(market: Suite, side: str) -> None:
    """As the function looks for it, whatever else the businesses have; EXPLAIN stops before it."""
    plan = market.rows(
        f"EXPLAIN SELECT FROM bizconnect.connection AS c WHERE c.{side}_id "
        "= ANY (CAST(:mine AS uuid[])) AND c.state = 'blocked'",
        mine=[MINE],
    )
    text = " ".join(line for (line,) in plan)
    assert "Seq Scan" not in text
    assert f"connection_blocked_{side}" in text


def test_what_waits_for_a_business_is_counted_by_an_index(market: Suite) -> None:
    """As the function counts it, which EXPLAIN does not look into."""
    plan = market.rows(
        "EXPLAIN SELECT FROM bizconnect.connection AS c "
        "WHERE c.receiver_id = CAST(:receiver AS uuid) AND c.state = 'pending' "
        "AND c.expires_at > CAST(:now AS timestamptz) LIMIT 100",
        receiver=MINE,
        now=NOW,
    )
    text = " ".join(line for (line,) in plan)
    assert "Seq Scan" not in text
    assert "connection_waiting" in text or "connection_receiver" in text
