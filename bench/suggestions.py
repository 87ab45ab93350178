"""What suggestions cost among a million businesses, and how good they are in a known market.

The million is made in PostgreSQL, in a few statements: where people live, one to three trades each,
half with something on the market, a quarter asking for something. The requests go through the edge
of this process; each is the first of its day, which looks for partners, or a later one, which
reads what was shown. CPU is that of the backend and of this process.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import pg8000.native

from bench import inside, partners
from bench.inside import Cost
from bench.place import throwaway
from functions.bizconnect._statements._pairs import KEYS
from local import database, postgres
from local.identity import Signer
from shared.http import Request
from shared.settings import settings

SEEKERS = 200
DAYS = 3
NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
FUNCTION = "list_connection_suggestions"
PATH = "/api/v1/connections/suggestions"

_TOWNS = """
    CREATE TABLE town AS SELECT id, country, latitude, longitude,
        row_number() OVER (ORDER BY id)::integer AS n,
        sum(greatest(population, 300)) OVER (ORDER BY id)::float8 AS upto
    FROM platform.city WHERE country <> 'US'"""

_TRADES = """
    CREATE TABLE trade AS SELECT parent AS sector, array_agg(id ORDER BY position) AS leaves,
        row_number() OVER (ORDER BY parent)::integer AS n
    FROM listings.category WHERE parent IS NOT NULL GROUP BY parent"""

_CANDIDATES = f"""
    INSERT INTO bizconnect.candidate (business_id, slot, region, country, city_id, latitude,
        longitude, zone, language, categories, sectors, offers, requests, corridors, verification,
        responsiveness, due_at, keys)
    WITH upto AS MATERIALIZED (
        SELECT array_agg(upto ORDER BY n) AS a, max(upto) AS total FROM town),
    drawn AS MATERIALIZED (
        SELECT gen_random_uuid() AS id, width_bucket(random() * u.total, u.a) + 1 AS town,
            1 + floor(random() * 16)::integer AS sector, 1 + floor(random() * 16)::integer AS other,
            random() AS d1, random() AS d2, random() AS d3, random() AS d4, random() AS d5,
            random() AS d6, random() AS d7, random() AS d8, random() AS d9
        FROM generate_series(1, {{n}}), upto AS u),
    c AS (
        SELECT d.id AS business_id, hashtextextended(d.id::text, 1) AS slot, 'africa' AS region,
            w.country, w.id AS city_id, w.latitude + (d8 - 0.5) * 0.2 AS latitude,
            w.longitude + (d9 - 0.5) * 0.2 AS longitude, 'Africa/Lagos' AS zone, 'en' AS language,
            t.categories, ARRAY[s.sector] AS sectors,
            CASE WHEN d3 < 0.45 THEN t.categories[1:1 + (d4 > 0.5)::integer] ELSE '{{}}' END
                AS offers,
            CASE WHEN d5 < 0.25 THEN
                ARRAY[o.leaves[1 + floor(d6 * cardinality(o.leaves))::integer]] ELSE '{{}}' END
                AS requests,
            CASE WHEN d7 < 0.15 THEN ARRAY['afcfta', 'africa-us'] WHEN d7 < 0.6 THEN ARRAY['afcfta']
                WHEN d7 < 0.7 THEN ARRAY['africa-us'] ELSE '{{}}' END AS corridors,
            width_bucket(d6, ARRAY[0.4, 0.7, 0.92]::float8[])::smallint AS verification,
            0.2 + 0.6 * d4 AS responsiveness, timestamptz 'infinity' AS due_at
        FROM drawn AS d JOIN town AS w ON w.n = d.town JOIN trade AS s ON s.n = d.sector
        JOIN trade AS o ON o.n = d.other
        CROSS JOIN LATERAL (SELECT ARRAY(
            SELECT s.leaves[1 + (floor(d1 * 97)::integer + i * 3) % cardinality(s.leaves)]
            FROM generate_series(0, floor(d2 * 3)::integer) AS i) AS categories) AS t)
    SELECT c.*, {KEYS} FROM c"""

_KEYS = """
    INSERT INTO bizconnect.candidate_key (key, slot)
    SELECT unnest(keys), slot FROM bizconnect.candidate ORDER BY 1, 2"""

_SEEKERS = f"""
    CREATE TABLE seeker AS SELECT business_id FROM bizconnect.candidate
    WHERE offers <> '{{}}' ORDER BY hashtextextended(slot::text, 5) LIMIT {SEEKERS}"""

# What strangers see of them, without what only other pages need.
_CARDS = """
    INSERT INTO users.public_business (id, slug, name, verification, country, city_id, categories,
        search, card, detail, created_at)
    SELECT business_id, business_id::text, 'Business', 'none', country, city_id, categories, '',
        json_build_object('id', business_id, 'slug', business_id, 'name', 'A business of the bench',
            'categories', categories, 'country', country,
            'city', json_build_object('id', city_id, 'name', 'City'), 'verification', 'none'),
        '', now()
    FROM bizconnect.candidate"""

_LISTINGS = """
    INSERT INTO listings.public_listing (id, business_id, type, sector, category, country, city_id,
        verified, attributes, search, place, published_at, expires_at, card, detail)
    SELECT gen_random_uuid(), c.business_id, l.type, '', l.category, c.country, c.city_id, false,
        '{"organic": true}', '', '(0,0,0)', :now, 'infinity', '', ''
    FROM bizconnect.candidate AS c CROSS JOIN LATERAL (SELECT 'offer', unnest(c.offers)
        UNION ALL SELECT 'request', unnest(c.requests)) AS l (type, category)"""

# Each has met a hundred others, and was shown twenty on each of the last thirteen days.
_HISTORY = """
    INSERT INTO bizconnect.connection (id, requester_id, receiver_id, market, state, requested_at,
        expires_at, accepted_at)
    SELECT gen_random_uuid(), s.business_id, o.business_id, 'afcfta', 'accepted', :now, :now, :now
    FROM seeker AS s CROSS JOIN LATERAL (
        SELECT c.business_id FROM bizconnect.candidate AS c
        WHERE c.slot > hashtextextended(s.business_id::text, 3) ORDER BY c.slot LIMIT 100) AS o
    WHERE o.business_id <> s.business_id ON CONFLICT DO NOTHING"""

_SHOWN = """
    INSERT INTO bizconnect.impression (business_id, day, position, suggested_id, score, explored,
        weights, reasons, shown_at)
    SELECT s.business_id, CAST(:now AS timestamptz)::date - d, o.n, o.business_id, 0.5, false, 1,
        '[]', :now
    FROM seeker AS s CROSS JOIN generate_series(1, 13) AS d CROSS JOIN LATERAL (
        SELECT c.business_id, row_number() OVER (ORDER BY c.slot) AS n
        FROM bizconnect.candidate AS c
        WHERE c.slot > hashtextextended(s.business_id::text, d) ORDER BY c.slot LIMIT 20) AS o
    WHERE o.business_id <> s.business_id ON CONFLICT DO NOTHING"""

_PEOPLE = """
    WITH account AS (
        INSERT INTO users.account (id, uid, roles, given_name, family_name, country, language, zone,
            phone, phone_raw, phone_verified)
        SELECT business_id, 'seeker-' || business_id, '{business}', 'A', 'B', 'NG', 'en',
            'Africa/Lagos', '', '', false FROM seeker)
    INSERT INTO users.membership (business_id, user_id, role)
    SELECT business_id, business_id, 'owner' FROM seeker"""


def fill(db: pg8000.native.Connection, businesses: int) -> None:
    """Make the market and the businesses that look for partners, as an administrator."""
    db.run("SET session_replication_role = replica")
    indexes = db.run(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = ANY (ARRAY['users.public_business', 'listings.public_listing',"
        " 'bizconnect.candidate_key', 'bizconnect.candidate']::regclass[]) AND NOT indisprimary"
    )
    for name, _ in indexes:
        db.run(f"DROP INDEX {name}")
    db.run("ALTER TABLE bizconnect.candidate_key DROP CONSTRAINT candidate_key_pkey")
    for statement, given in (
        ("SELECT setseed(0.42)", {}),
        (_TOWNS, {}),
        (_TRADES, {}),
        (_CANDIDATES.replace("{n}", str(businesses)), {}),
        (_KEYS, {}),
        ("ALTER TABLE bizconnect.candidate_key ADD PRIMARY KEY (key, slot)", {}),
        (_CARDS, {}),
        (_LISTINGS, {"now": NOW}),
        *((each, {}) for _, each in indexes if "gin" not in each and "gist" not in each),
        (_SEEKERS, {}),
        (_HISTORY, {"now": NOW}),
        (_SHOWN, {"now": NOW}),
        (_PEOPLE, {}),
    ):
        started = time.perf_counter()
        db.run(statement, **given)
        print(
            f"  {time.perf_counter() - started:6.1f} s  {' '.join(statement.split())[:60]}",
            flush=True,
        )
    for table in (
        "bizconnect.candidate",
        "bizconnect.candidate_key",
        "bizconnect.connection",
        "bizconnect.impression",
        "users.public_business",
        "listings.public_listing",
    ):
        db.run(f"VACUUM ANALYZE {table}")
    db.run("RESET session_replication_role")


def ask(business_id: UUID, token: str, now: datetime) -> Cost:
    """Ask for a page through the edge; a bad answer ends the run."""
    query = urlencode({"business_id": str(business_id), "limit": 20})
    headers = {"authorization": f"Bearer {token}"}
    return inside.cost(FUNCTION, Request("GET", PATH, query, headers, b""), now)


def measure(db: pg8000.native.Connection, signer: Signer) -> None:
    """Ask for each business on several days, first and again, and print the table."""
    seekers = [row[0] for row in db.run("SELECT business_id FROM seeker ORDER BY 1")]
    tokens = {each: signer.person(f"seeker-{each}") for each in seekers}
    first: list[Cost] = []
    again: list[Cost] = []
    for day in range(DAYS + 1):
        now = NOW + timedelta(days=day)
        for each in seekers:
            found = ask(each, tokens[each], now)
            if day:  # the first day warms what a busy server has warm
                first.append(found)
                again.append(ask(each, tokens[each], now))
    print(
        f"{'page of 20':<22}{'wall p50':>10}{'p95':>8}{'backend CPU p50':>17}{'p95':>8}"
        f"{'here CPU p50':>14}"
    )
    for name, costs in (("first of the day", first), ("again that day", again)):
        cells = [
            (inside.at(each, 0.5), inside.at(each, 0.95))
            for each in (
                [getattr(cost, what) for cost in costs] for what in ("wall", "backend", "here")
            )
        ]
        (wall, backend, here) = cells
        print(
            f"{name:<22}{wall[0]:>10.1f}{wall[1]:>8.1f}{backend[0]:>17.1f}{backend[1]:>8.1f}"
            f"{here[0]:>14.1f}"
        )


def sizes(db: pg8000.native.Connection) -> None:
    """Print what the read model takes."""
    for name, size in db.run(
        "SELECT relname, pg_size_pretty(pg_total_relation_size(oid)) FROM pg_class "
        "WHERE oid IN ('bizconnect.candidate'::regclass, 'bizconnect.candidate_key'::regclass)"
    ):
        print(f"{name:<22}{size:>10}")


def quality(server: postgres.Server, directory: Path) -> None:
    """Print how many good partners are found in made-up markets."""
    print(f"\n{'recall@20':<12}{'matcher':>9}{'distance':>10}{'random':>9}")
    for seed in (1, 2, 3):
        name = f"partners{seed}"
        database.prepare(server, directory, name)
        market = partners.Market(20_000, 100, seed)
        with postgres.superuser_connection(server, name) as db:
            partners.load(db, market)
            found = partners.recalls(db, market)
        print(
            f"market {seed:<5}{found['matcher']:>9.3f}{found['distance']:>10.3f}"
            f"{found['random']:>9.3f}"
        )


def main(businesses: int) -> None:
    """Fill a throw-away server, measure and print."""
    with throwaway("suggestions") as place:
        os.environ.update(place.prepare())
        settings.cache_clear()
        with postgres.superuser_connection(place.server, database.NAME) as db:
            print(f"{businesses:,} businesses")
            fill(db, businesses)
            sizes(db)
            measure(db, place.signer)
        quality(place.server, place.directory)
