"""Every read of listings goes by an index, on tables of a realistic size."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pg8000.native
import pytest

from functions.search import _rules as search_rules
from local import database, postgres
from local.seed import seed
from shared import pages, words
from shared.manifest import queries
from shared.manifest.discovery import ROOT
from shared.text import fold

LISTINGS = 20_000
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LAGOS = {"latitude": 6.4541, "longitude": 3.3947, "radius_m": 50_000.0}
START = {"now": NOW, "limit": 20}
NEWEST = {"after_key": pages.NEWEST[0], "after_id": pages.NEWEST[1]}
LEAST = {"after_key": pages.LEAST[0], "after_id": pages.LEAST[1]}
UNFILTERED = dict.fromkeys(
    [
        "type",
        "category",
        "country",
        "city_id",
        "currency",
        "price_min",
        "price_max",
        "verified",
        "words",
    ]
) | {"keys": [], "values": []}


@pytest.fixture(scope="module")
def market(server: postgres.Server) -> Iterator[pg8000.native.Connection]:
    """Return a connection to a market of its own."""
    database.prepare(server, Path(server.data_dir), "plans")
    with postgres.superuser_connection(server, "plans") as db:
        seed(db, LISTINGS, now=NOW)
        yield db


def _literal(value: Any) -> str:  # any value of a parameter
    if isinstance(value, datetime):
        return f"'{value.isoformat()}'"
    if isinstance(value, list):
        return "'{" + ",".join(str(each) for each in value) + "}'"
    if isinstance(value, (int, float)) or value is None:
        return str(pg8000.native.literal(value))
    return str(pg8000.native.literal(str(value)))


def _plan(
    db: pg8000.native.Connection, role: str, statement: str, given: dict[str, Any]
) -> tuple[set[str], set[str]]:
    """Return the tables that are read from end to end, and the indexes that are used."""
    _, text, order = queries.statements(ROOT)[statement]
    bound = re.sub(r"\$(\d+)", lambda match: _literal(given[order[int(match[1]) - 1]]), text)
    service = role.partition("_")[2]
    db.run(f"BEGIN; SET LOCAL ROLE {role}; SET LOCAL search_path = {service}, public")
    try:
        db.run("SELECT set_config('app.businesses', :ids, true)", ids=given.get("own", ""))
        ((plans,),) = db.run(f"EXPLAIN (FORMAT JSON) {bound}")
    finally:
        db.run("ROLLBACK")
    found = json.loads(plans) if isinstance(plans, str) else plans
    walked: set[str] = set()
    used: set[str] = set()

    def look(node: dict[str, Any]) -> None:
        if node["Node Type"] == "Seq Scan":
            walked.add(node["Relation Name"])
        if "Index Name" in node:
            used.add(node["Index Name"])
        for each in node.get("Plans", []):
            look(each)

    look(found[0]["Plan"])
    return walked & {"listing", "public_listing", "transition", "reminder"}, used


@pytest.mark.parametrize(
    ("statement", "given", "index"),
    [
        ("page_by_newest", NEWEST, "newest"),
        ("page_by_newest", {**NEWEST, "country": "NG"}, "country"),
        ("page_by_newest", {**NEWEST, "category": "fresh-fruit"}, "category"),
        ("page_by_newest", {**NEWEST, "category": "agriculture"}, "sector"),
        (
            "page_by_newest",
            {**NEWEST, "country": "NG", "category": "fresh-fruit"},
            "country_category",
        ),
        (
            "page_by_newest",
            {**NEWEST, "country": "NG", "category": "agriculture"},
            "country_sector",
        ),
        ("page_by_newest", {**NEWEST, "city_id": 2332459}, "city"),
        (
            "page_by_newest",
            {**NEWEST, "city_id": 2332459, "category": "fresh-fruit"},
            "city_category",
        ),
        ("page_by_newest", {**NEWEST, "words": words.with_all(["mango", "kent"])}, "search"),
        ("page_by_price", {**LEAST, "currency": "NGN"}, "price"),
        ("page_by_price", {**LEAST, "currency": "NGN", "category": "cars"}, "price_category"),
        ("page_by_price", {**LEAST, "currency": "NGN", "category": "vehicles"}, "price_sector"),
        ("page_by_distance", {**LEAST, **LAGOS}, "place"),
        ("page_of_nearby", {**LEAST, **LAGOS}, "place"),
        ("public_listing", {"id": UUID(int=7)}, "pkey"),
    ],
)
def test_what_strangers_read_goes_by_its_index(
    market: pg8000.native.Connection, statement: str, given: dict[str, Any], index: str
) -> None:
    """Each list has the index that gives its order."""
    walked, used = _plan(
        market,
        "svc_listings",
        f"functions.listings._statements.market.{statement}",
        {**UNFILTERED, **START, **given},
    )
    assert not walked
    assert f"public_listing_{index}" in used


@pytest.mark.parametrize("asked", ["mango", "in sale", "dried mango export quality lagos"])
def test_a_search_goes_by_its_index_however_common_the_words(
    market: pg8000.native.Connection, asked: str
) -> None:
    """One index, whatever is asked."""
    place = search_rules.place_of(*search_rules.FIRST, NOW)
    title = words.in_title(words.words_in(fold(asked)), ["=country:NG"], NOW)
    given: dict[str, Any] = {"in_titles": True, **START}
    for name in ("title", "text"):
        given |= {f"{name}_{each}": getattr(title, each) for each in ("hour", "day", "all")}
        given |= {f"{name}_before": place.before, f"{name}_before_id": place.before_id}
    statement = "functions.search._statements.page_of_matches"
    assert _plan(market, "svc_search", statement, given) == (set(), {"public_listing_search"})


def test_own_listings_go_by_business(market: pg8000.native.Connection) -> None:
    """Under row-level security too."""
    own = [id_ for (id_,) in market.run("SELECT id::text FROM users.business LIMIT 3")]
    walked, used = _plan(
        market,
        "svc_listings",
        "functions.listings._statements.own.page_of_own",
        {"businesses": own, "own": ",".join(own), "state": None, **START, **NEWEST},
    )
    assert (walked, "listing_business" in used) == (set(), True)


@pytest.mark.parametrize(
    ("statement", "given", "index"),
    [
        ("expire_due", {"now": NOW, "limit": 500}, "listing_due"),
        ("remind_due", {"now": NOW + timedelta(hours=90), "limit": 500}, "listing_due"),
        (
            "refresh_cards",
            {"business_id": UUID(int=1), "after": UUID(int=0), "limit": 500},
            "listing_business",
        ),
    ],
)
def test_jobs_go_by_an_index(
    market: pg8000.native.Connection, statement: str, given: dict[str, Any], index: str
) -> None:
    """What is due is found without reading what is not."""
    walked, used = _plan(
        market, "job_listings", f"functions.listings._statements.upkeep.{statement}", given
    )
    assert not walked
    assert index in used
