"""Loads the reference rows into a migrated database; the same rows again change nothing."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from migrations.database import engine
from migrations.reference import rows

_BATCH = 1_000


def load(url: str) -> None:
    """Bring currencies, countries, cities and categories up to date, in one transaction."""
    made = engine(url)
    with made.begin() as db:
        db.exec_driver_sql("SET ROLE own_platform")
        _upsert(db, "platform.currency", ("code", "exponent", "name"), rows.currencies())
        _upsert(
            db,
            "platform.country",
            ("code", "name", "currency", "calling_code", "languages", "zones"),
            ((*row[:4], list(row[4]), list(row[5])) for row in rows.countries()),
        )
        _upsert(
            db,
            "platform.city",
            (
                "id",
                "country",
                "name",
                "folded_name",
                "alternate_names",
                "latitude",
                "longitude",
                "population",
                "zone",
            ),
            ((*row[:4], list(row[4]), *row[5:]) for row in rows.cities()),
        )
        db.exec_driver_sql("SET ROLE own_listings")
        _upsert(
            db,
            "listings.category",
            ("id", "parent", "position", "names", "version", "attributes"),
            sorted(
                (
                    (
                        row.id,
                        row.parent,
                        row.position,
                        json.dumps(row.names),
                        row.version,
                        json.dumps(row.attributes),
                    )
                    for row in rows.categories()
                ),
                key=lambda row: row[1] is not None,
            ),
        )
        db.exec_driver_sql("RESET ROLE")
    made.dispose()


def _upsert(
    db: Connection, table: str, columns: Sequence[str], values: Iterable[Sequence[Any]]
) -> None:
    marks = f"({', '.join(['%s'] * len(columns))})"
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
    listed = ", ".join(columns)
    every = list(values)
    for start in range(0, len(every), _BATCH):
        batch = every[start : start + _BATCH]
        statement = (
            f"INSERT INTO {table} ({listed}) VALUES {', '.join([marks] * len(batch))} "  # noqa: S608  # our own names
            f"ON CONFLICT ({columns[0]}) DO UPDATE SET {changes} "
            f"WHERE ({', '.join(f'{table}.{name}' for name in columns[1:])}) "
            f"IS DISTINCT FROM ({', '.join(f'excluded.{name}' for name in columns[1:])})"
        )
        db.exec_driver_sql(statement, tuple(value for row in batch for value in row))
