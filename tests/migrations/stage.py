"""Databases at any revision, with rows of the first release in them, and what is done to them.

Nothing here knows a revision by its name: what is checked is checked of every one there is.
"""

import json
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pg8000.native
from alembic.config import Config
from alembic.script import ScriptDirectory
from pg8000.exceptions import DatabaseError

from local import database, postgres
from local.drill.facts import steady
from local.postgres import programs
from migrations.__main__ import VERSIONS, upgrade
from tests.running import soon

ROWS = Path(__file__).with_name("rows_of_0001.json")
"""A row or more of every table that the first release fills."""

PLANTED = "planted"

LONGEST_WAIT = "1s"
"""What a reader or a writer may wait for a lock while a revision is applied."""

HELD_SECONDS = 1.5
"""How long somebody reads on while a migrator waits for him: longer than others may wait for it."""


@cache
def revisions() -> list[str]:
    """Return the revisions, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    walked = ScriptDirectory.from_config(config).walk_revisions()
    return [each.revision for each in walked][::-1]


class Database:
    """One database of the worker's server."""

    def __init__(self, server: postgres.Server, name: str, url: str) -> None:
        self.server, self.name, self.url = server, name, url

    @contextmanager
    def connected(self) -> Iterator[pg8000.native.Connection]:
        """Connect as the superuser."""
        with closing(postgres.superuser_connection(self.server, self.name)) as db:
            yield db

    def ask(self, sql: str, **values: object) -> list[list[Any]]:
        """Run a query as the superuser."""
        with self.connected() as db:
            return db.run(sql, **values) or []

    def tables(self) -> list[str]:
        """Return the tables of all services."""
        found = self.ask(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN "
            "('pg_catalog', 'information_schema', 'public', 'migrations', 'trap') ORDER BY 1"
        )
        return [table for (table,) in found]

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has."""
        return {table: self.ask(f"SELECT count(*) FROM {table}")[0][0] for table in self.tables()}

    def dump(self) -> tuple[str, ...]:
        """Return the schema as pg_dump writes it, as far as that says the same of the same."""
        return steady(
            programs.run(self.server, "pg_dump", "--schema-only", f"--dbname={self.name}")
        )

    def fill(self) -> None:
        """Put in the rows of the first release."""
        with self.connected() as db:
            db.run("SET session_replication_role = replica")  # in any order, without triggers
            for table, rows in json.loads(ROWS.read_text(encoding="utf-8")).items():
                found = db.run(
                    "SELECT attname, attidentity FROM pg_attribute WHERE attrelid = "
                    "CAST(:table AS regclass) AND attnum > 0 AND attgenerated = ''",
                    table=table,
                )
                columns = ", ".join(name for name, _ in found or ())
                db.run(
                    f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} "
                    f"FROM jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb))",
                    rows=json.dumps(rows),
                )
                for name in (name for name, identity in found or () if identity):
                    db.run(
                        f"SELECT setval(pg_get_serial_sequence(:table, :name), max({name})) "
                        f"FROM {table}",
                        table=table,
                        name=name,
                    )


class Stage:
    """Makes databases on a server of the tests, which are gone when it is."""

    def __init__(self, server: postgres.Server) -> None:
        self.server = server
        self._made = 0
        self._kept: dict[str, Database] = {}

    def empty(self, template: str = "template1") -> Database:
        """Return a new database, empty or a copy."""
        name = f"stage_{os.getpid()}_{self._made}"
        self._made += 1
        with closing(postgres.superuser_connection(self.server)) as db:
            # A copy of the files takes half the time of a copy by the log.
            db.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        database.administer(self.server, name)
        url = database.url(self.server, self.server.data_dir, name)
        return Database(self.server, name, url)

    def before(self, revision: str) -> Database:
        """Return a new database just before a revision, with the rows of the first release."""
        if revision == revisions()[0]:
            return self.empty()
        known = [*revisions(), PLANTED]
        return self.empty(self.at(known[known.index(revision) - 1]).name)

    def at(self, revision: str) -> Database:
        """Return the database at a revision; others are copied from it, so nobody changes it."""
        if revision not in self._kept:
            kept = self.before(revision)
            upgrade(kept.url, revision)
            if revision == revisions()[0]:
                kept.fill()
            self._kept[revision] = kept
        return self._kept[revision]


_PAUSE_SECONDS = 0.05
"""Between two rounds of a prober through all tables: what is under test needs the machine too."""


def lost(before: dict[str, int], now: dict[str, int]) -> set[str]:
    """Return the tables that are still there with fewer rows."""
    return {table for table in before.keys() & now.keys() if now[table] < before[table]}


def plant(directory: Path, sql: str) -> Path:
    """Return a directory with all revisions and one more, called `planted`, after the last."""
    versions = directory / "versions"
    shutil.copytree(VERSIONS, versions, ignore=shutil.ignore_patterns("__pycache__"))
    (versions / "planted.sql").write_text(sql)
    (versions / "planted.py").write_text(
        "from migrations.sql import apply\n"
        f"revision, down_revision = {PLANTED!r}, {revisions()[-1]!r}\n"
        "def upgrade() -> None:\n    apply(__file__)\n"
    )
    return versions


def kill_at_every_statement(
    target: Database, revision: str, versions: Path = VERSIONS, *, step: int = 1
) -> tuple[int, str | None]:
    """Kill migrators that apply a revision, each after more statements, until one comes through.

    Each begins on what the one before has left. Returns how many were killed, and what the last
    one said if it failed instead.
    """
    with target.connected() as db:
        _set_trap(db)
        killed = 0
        while True:
            db.run("SELECT setval('trap.passed', 1, false)")
            db.run("UPDATE trap.fatal SET at = :at", at=1 + killed * step)
            db.run("SELECT pg_advisory_lock(1)")
            child, report = _fork(target.url, revision, versions)
            ended: list[int] = []

            def caught(child: int = child, ended: list[int] = ended) -> bool:
                if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                    ended.append(child)
                return bool(ended) or bool(db.run(_TRAPPED))

            assert soon(caught, 60), "the migrator neither ends nor falls into the trap"
            if ended:
                break
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(report)
            killed += 1
            db.run("SELECT pg_advisory_unlock(1)")
            assert soon(lambda: not db.run(_MIGRATING), 60), "its connection goes on without it"
        os.waitpid(child, 0)
        with os.fdopen(report) as said:
            failed = said.read()
        db.run("SELECT pg_advisory_unlock(1)")
        _clear_trap(db)
    return killed, failed or None


_MIGRATING = (
    "SELECT pid FROM pg_stat_activity WHERE usename = 'migrator' AND datname = current_database()"
)
_WAITING = f"{_MIGRATING} AND wait_event_type = 'Lock'"
_TRAPPED = f"{_WAITING} AND wait_event = 'advisory'"


def _set_trap(db: pg8000.native.Connection) -> None:
    """Stop a migrator after so many statements; it counts those that were rolled back too."""
    db.run("CREATE SCHEMA trap")
    db.run("CREATE SEQUENCE trap.passed")
    db.run("CREATE TABLE trap.fatal AS SELECT 0 AS at")
    body = """AS $$ BEGIN
        IF session_user = 'migrator' AND nextval('trap.passed') = (SELECT at FROM trap.fatal) THEN
            PERFORM pg_advisory_xact_lock_shared(1);
        END IF;
        {} END $$"""
    pinned = "LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = 0"
    db.run(f"CREATE FUNCTION trap.spring() RETURNS event_trigger {pinned} {body.format('')}")
    db.run(f"CREATE FUNCTION trap.note() RETURNS trigger {pinned} {body.format('RETURN NULL;')}")
    if db.run("SELECT to_regclass('migrations.alembic_version')") != [[None]]:
        db.run(
            "CREATE TRIGGER trap AFTER UPDATE ON migrations.alembic_version "
            "EXECUTE FUNCTION trap.note()"
        )
    db.run("CREATE EVENT TRIGGER trap ON ddl_command_end EXECUTE FUNCTION trap.spring()")


def _clear_trap(db: pg8000.native.Connection) -> None:
    db.run("DROP EVENT TRIGGER trap")
    db.run("SET client_min_messages = error")
    db.run("DROP SCHEMA trap CASCADE")


def _fork(url: str, revision: str, versions: Path) -> tuple[int, int]:
    """Apply a revision in a child; return it, and where it says what went wrong."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            upgrade(url, revision, versions)
        except BaseException as error:  # noqa: BLE001  # the parent is told, and judges
            os.write(writing, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    return child, reading


def waits_under_traffic(
    target: Database, revision: str, versions: Path = VERSIONS
) -> tuple[set[str], int]:
    """Apply a revision while every table is read and written, and somebody reads them for long.

    Returns who waited longer than he may, and how many probes were let through meanwhile.
    """
    tables = target.tables()
    late: set[str] = set()
    passed: list[str] = []
    held, over = threading.Event(), threading.Event()

    def probe(statement: str) -> None:
        with target.connected() as db:
            db.run(f"SET lock_timeout = '{LONGEST_WAIT}'")
            # The audit log refuses a DELETE of nothing, too: it is the lock that is asked for.
            db.run("SET session_replication_role = replica")
            last = False
            while not last:
                last = over.wait(_PAUSE_SECONDS)
                for table in tables:
                    try:
                        db.run(statement.format(table))
                        passed.append(table)
                    except DatabaseError as error:
                        if error.args[0]["C"] != "55P03":
                            raise
                        late.add(statement.format(table))

    def hold() -> None:
        with target.connected() as db:
            db.run("BEGIN")
            for table in tables:
                db.run(f"LOCK TABLE {table} IN ACCESS SHARE MODE")
            held.set()
            soon(lambda: over.is_set() or bool(target.ask(_WAITING)), 60)
            over.wait(HELD_SECONDS)
            db.run("COMMIT")

    probes = ("SELECT FROM {} LIMIT 1", "DELETE FROM {} WHERE false")
    crowd = [threading.Thread(target=probe, args=(statement,)) for statement in probes]
    crowd.append(threading.Thread(target=hold))
    for each in crowd:
        each.start()
    try:
        assert held.wait(30)
        upgrade(target.url, revision, versions)
    finally:
        over.set()
        for each in crowd:
            each.join()
    return late, len(passed)
