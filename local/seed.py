"""Fills a database with demo businesses and listings, by COPY and in a few statements.

What strangers see is made by the statements that functions run, so that seeded rows and rows made
one by one cannot differ.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import Any

import pg8000.native

from functions.bizconnect._queries import candidates
from functions.listings._statements._fragments import put_public
from functions.users._queries import accounts, directory
from functions.users._rules import words_of
from local.demo.generate import DemoBusiness, DemoListing, businesses, listings
from migrations.reference import rows
from shared.db import Connection
from shared.text import fold

FEWEST_BUSINESSES = 50
LISTINGS_A_BUSINESS = 25

_ANSWER_SECONDS = 3_600.0
"""Indexes over a market are built in one statement, which answers when it is done."""

_LINES_A_WRITE = 500
_LISTINGS_A_STATEMENT = 20_000
_CANDIDATES_A_STATEMENT = 1_000

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Progress = Callable[[int], object]


def seed(
    connection: pg8000.native.Connection,
    n: int,
    *,
    seed: int = 1,
    progress: Progress = id,
    now: datetime | None = None,
) -> None:
    """Load `n` listings and their businesses as an administrator; `progress` hears how many."""
    now = now or datetime.now(UTC)
    count = max(FEWEST_BUSINESSES, n // LISTINGS_A_BUSINESS)
    taken = {slug for (slug,) in connection.run("SELECT slug FROM users.business") or ()}
    made = [
        # Another seed invents some of the same names.
        each._replace(slug=f"{each.slug[:49]}-{seed}") if each.slug in taken else each
        for each in businesses(count, seed)
    ]
    connection.run("BEGIN")
    _load_businesses(connection, made)
    # Into a GIN index rows go one word at a time; built at the end it takes a tenth of that. But
    # where there is a market already somebody may be reading it.
    indexes = connection.run(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'listings' "
        "AND tablename = 'public_listing' AND indexname <> 'public_listing_pkey' "
        "AND NOT EXISTS (SELECT FROM listings.public_listing)"
    )
    for name, _ in indexes:
        connection.run(f"DROP INDEX listings.{name}")
    _load_listings(connection, listings(n, made, seed, now), progress)
    for _, definition in indexes:
        connection.run(definition)
    _load_candidates(connection, made, now)
    connection.run("COMMIT")
    for table in ("users.account", "users.business", "users.membership", "users.public_business"):
        connection.run(f"VACUUM ANALYZE {table}")
    for table in ("listings.listing", "listings.public_listing", "bizconnect.candidate"):
        connection.run(f"VACUUM ANALYZE {table}")


def _load_businesses(connection: pg8000.native.Connection, made: Sequence[DemoBusiness]) -> None:
    _copy(
        connection,
        "users.account (id, uid, roles, given_name, family_name, country, language, zone, phone, "
        "phone_raw, phone_verified)",
        (
            (
                each.owner_id,
                f"demo-{each.owner_id}",
                ["business"],
                *_owner_name(each),
                each.country,
                each.language,
                each.zone,
                each.phone,
                each.phone,
                False,
            )
            for each in made
        ),
    )
    _copy(
        connection,
        "users.business (id, slug, name, description, categories, country, city_id, latitude, "
        "longitude, zone, language, corridors, phone, verification)",
        (
            (
                each.id,
                each.slug,
                each.name,
                each.description,
                list(each.categories),
                each.country,
                each.city_id,
                each.latitude,
                each.longitude,
                each.zone,
                each.language,
                list(each.corridors),
                each.phone,
                each.verification,
            )
            for each in made
        ),
    )
    _copy(
        connection,
        "users.membership (business_id, user_id, role)",
        ((each.id, each.owner_id, "owner") for each in made),
    )
    # The statements of the users service, so that its read models are as it writes them.
    db = Connection(connection, _ANSWER_SECONDS)
    trades, cities = _category_names(), _city_names()
    for each in made:
        accounts.put_profile(db, id=each.owner_id)
        words = words_of(
            each.name,
            each.description,
            cities[each.city_id][0],
            *(name for category in each.categories for name in trades[category]),
        )
        directory.put_public_business(db, id=each.id, words=words)


def _load_listings(
    connection: pg8000.native.Connection, made: Iterator[DemoListing], progress: Progress
) -> None:
    columns = (
        "id, business_id, author_id, type, state, title, description, language, category, "
        "attributes, attributes_version, price_kind, price_minor, price_max_minor, currency, "
        "price_unit, country, city_id, latitude, longitude, reach, folded_title, folded_text, "
        "duration_hours, published_at, expires_at, created_at, updated_at"
    )
    names = {category: " ".join(map(fold, each)) for category, each in _category_names().items()}
    versions = {row.id: row.version for row in rows.categories()}
    cities = _city_names()
    connection.run(
        "CREATE TEMPORARY TABLE seeded (LIKE listings.listing INCLUDING DEFAULTS) ON COMMIT DROP"
    )
    done = 0
    while batch := list(islice(made, _LISTINGS_A_STATEMENT)):
        connection.run("TRUNCATE seeded")
        lines = (
            (
                each.id,
                each.business.id,
                each.business.owner_id,
                each.type,
                "published",
                each.title,
                each.description,
                each.language,
                each.category,
                json.dumps(each.attributes),
                versions[each.category],
                each.price_kind,
                each.price_minor,
                each.price_max_minor,
                each.currency,
                each.unit if each.price_kind == "per_unit" else None,
                each.country,
                each.city_id,
                each.latitude,
                each.longitude,
                "city",
                fold(each.title),
                f"{fold(each.description)} {names[each.category]} {cities[each.city_id][1]}",
                each.duration_hours,
                each.published_at,
                each.expires_at,
                each.published_at,
                each.published_at,
            )
            for each in batch
        )
        _copy(connection, f"seeded ({columns})", lines)
        connection.run("INSERT INTO listings.listing SELECT * FROM seeded")
        connection.run(put_public("seeded"))
        connection.run(
            "INSERT INTO listings.transition (listing_id, business_id, to_state, actor_id, at) "
            "SELECT id, business_id, 'published', author_id, published_at FROM seeded"
        )
        done += len(batch)
        progress(done)


def _load_candidates(
    connection: pg8000.native.Connection, made: Sequence[DemoBusiness], now: datetime
) -> None:
    """Let businesses be found by those that look for partners."""
    db = Connection(connection, _ANSWER_SECONDS)
    waiting = iter(made)
    while batch := [each.id for each in islice(waiting, _CANDIDATES_A_STATEMENT)]:
        candidates.put_candidates(db, business_ids=batch, now=now)


def _owner_name(business: DemoBusiness) -> tuple[str, str]:
    return business.name.split()[0], "Demo"


@cache
def _category_names() -> dict[str, list[str]]:
    return {row.id: sorted(set(row.names.values())) for row in rows.categories()}


@cache
def _city_names() -> dict[int, tuple[str, str]]:
    return {row.id: (row.name, row.folded_name) for row in rows.cities()}


def _copy(
    connection: pg8000.native.Connection, target: str, lines: Iterable[Sequence[object]]
) -> None:
    connection.run(f"COPY {target} FROM STDIN", stream=_written(lines))


def _written(lines: Iterable[Sequence[object]]) -> Iterator[str]:
    iterator = iter(lines)
    while block := list(islice(iterator, _LINES_A_WRITE)):
        yield "".join(["\t".join(map(_text, line)) + "\n" for line in block])


def _text(value: Any) -> str:  # noqa: ANN401  # what a column may hold
    if value is None:
        return r"\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, list):
        return "{" + ",".join(f'"{item}"' for item in value) + "}"
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)
