"""The matcher reads little of a large market, and finds in a known one who suits whom."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pg8000.native
import pytest

from bench import partners, suggestions
from functions.bizconnect._queries import matching as queries
from functions.bizconnect._rules import matching as rules
from functions.bizconnect._rules.model import model
from local import database, postgres
from shared.db import Connection
from shared.manifest.discovery import ROOT
from shared.manifest.queries import statements

SIZE = 20_000
MARKET = partners.Market
_MODULES = "functions.bizconnect._statements."


@pytest.fixture(scope="module")
def wire(server: postgres.Server) -> Iterator[pg8000.native.Connection]:
    """Return a connection to a database of its own, with no businesses."""
    database.prepare(server, Path(server.data_dir), "matching")
    with postgres.superuser_connection(server, "matching") as db:
        yield db


@pytest.fixture(scope="module")
def large(wire: pg8000.native.Connection) -> pg8000.native.Connection:
    """Return a connection to a market of twenty thousand."""
    suggestions.fill(wire, SIZE)
    return wire


def _given(wire: pg8000.native.Connection, business_id: UUID) -> dict[str, Any]:
    """Return what a request would give the statement."""
    now = partners.NOW
    seeker = queries.seeker(Connection(wire, 60.0), business_id=business_id, now=now)
    assert seeker is not None
    gains, gives = rules.gains_of(seeker.sectors)
    look = rules.lookups(seeker, gains)
    return {
        "business_id": business_id,
        "now": now.isoformat(),
        "day": seeker.day,
        "seed": rules.seed_of(business_id, seeker.day),
        "weights": json.dumps(model()["weights"]),
        "keys": look.keys,
        "takes": ",".join(map(str, look.takes)),
        "offers": seeker.offers,
        "requests": seeker.requests,
        "gains": json.dumps(gains),
        "gives": json.dumps(gives),
        "alike": 3,
        "most": 20,
        "limit": 20,
    }


def _literal(value: Any) -> str:  # any value of a parameter
    if isinstance(value, list):
        return "'{" + ",".join(f'"{each}"' for each in value) + "}'"
    if isinstance(value, int):
        return str(value)
    return str(pg8000.native.literal(str(value)))


def _plan(wire: pg8000.native.Connection, name: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Run a statement as the service does; return the nodes of its plan."""
    _, text, order = statements(ROOT)[_MODULES + name]
    bound = re.sub(r"\$(\d+)", lambda found: _literal(given[order[int(found[1]) - 1]]), text)
    wire.run("BEGIN; SET LOCAL ROLE svc_bizconnect")
    try:
        wire.run("SELECT set_config('app.businesses', :b, true)", b=str(given["business_id"]))
        wire.run("SELECT set_config('app.managed', :b, true)", b=str(given["business_id"]))
        ((plans,),) = wire.run(f"EXPLAIN (ANALYZE, FORMAT JSON) {bound}")
    finally:
        wire.run("ROLLBACK")
    found: list[dict[str, Any]] = []

    def look(node: dict[str, Any]) -> None:
        found.append(node)
        for each in node.get("Plans", []):
            look(each)

    look((json.loads(plans) if isinstance(plans, str) else plans)[0]["Plan"])
    return found


@pytest.mark.parametrize(
    ("name", "indexes"),
    [
        (
            "matching.matches",
            {
                "candidate_key_pkey",
                "candidate_slot",
                "public_listing_business",
                "impression_pkey",
                "connection_requester",
                "connection_receiver",
            },
        ),
        ("suggestions.shown", {"impression_pkey", "connection_requester", "connection_receiver"}),
        ("matching.seeker", {"candidate_pkey", "public_listing_business"}),
    ],
)
def test_suggestions_are_found_by_index_and_few_are_read(
    large: pg8000.native.Connection, name: str, indexes: set[str]
) -> None:
    """No table is walked, and no more candidates are read than the weights allow."""
    ids = [row[0] for row in large.run("SELECT business_id FROM seeker ORDER BY 1 LIMIT 5")]
    for business_id in ids:
        nodes = _plan(large, name, _given(large, business_id))
        walked = {
            node["Relation Name"]
            for node in nodes
            if node["Node Type"] == "Seq Scan" and node["Actual Rows"] > 50
        }
        assert walked == set()
        assert indexes <= {node["Index Name"] for node in nodes if "Index Name" in node}
        read = sum(
            node["Actual Rows"] * node["Actual Loops"]
            for node in nodes
            if node.get("Index Name") == "candidate_key_pkey"
        )
        assert read <= model()["lookups"]["most"] + 200


def test_however_much_a_business_has_its_lookups_are_bounded(
    large: pg8000.native.Connection,
) -> None:
    """Twenty requests and offers share what one has for itself."""
    every = [row[0] for row in large.run("SELECT id FROM listings.category WHERE parent <> ''")]
    ((business_id,),) = large.run("SELECT business_id FROM seeker LIMIT 1")
    seeker = queries.seeker(Connection(large, 60.0), business_id=business_id, now=partners.NOW)
    assert seeker is not None
    full = seeker._replace(
        offers=every[:20],
        requests=every[20:40],
        categories=every[:5],
        corridors=["afcfta", "africa-us"],
    )
    look = rules.lookups(full, rules.gains_of(full.sectors)[0])
    assert sum(look.takes) <= model()["lookups"]["most"] + 2 * len(look.keys)
    assert len(look.keys) < 700
    assert min(look.takes) >= 1


def test_the_matcher_finds_planted_partners_that_distance_does_not(
    large: pg8000.native.Connection,
) -> None:
    """Recall among twenty shown, in a market with a fixed seed."""
    large.run("SET session_replication_role = replica")
    for table in ("candidate", "candidate_key", "impression", "connection"):
        large.run(f"TRUNCATE bizconnect.{table}")
    large.run("TRUNCATE listings.public_listing")
    large.run("RESET session_replication_role")
    market = MARKET(1_500, 15, seed=7)
    partners.load(large, market)
    found = partners.recalls(large, market)
    assert found["matcher"] > 0.5
    assert found["matcher"] > found["distance"] + 0.3
    assert found["random"] < 0.1
