"""`make restore-drill`: a backup is worth what has been restored from it.

A database is generated, dumped and restored into another cluster. It is also copied while it
serves, with its log archived; a bad DELETE is committed, and the copy is brought to the moment
before. What was restored must be what was there: every row, schema, grant and role; its indexes
must hold every row of their tables, its audit log must chain, its grants must pass the lint.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from local import database, figures, postgres
from local.drill import copies, facts
from local.drill.facts import Facts
from local.seed import seed

T = TypeVar("T")

LISTINGS_SINCE = 500
"""Listings that are written after the base backup: only the log has them."""

_OTHER_LISTINGS = 1_000_003
"""Their seed; a small one is in the slugs that the first market has numbered."""

AUDITED = 100
"""Entries in the audit log."""

WRONG = "DELETE FROM listings.public_listing"
"""What somebody has run, and meant to add WHERE to."""


@dataclass(eq=False)
class Watch:
    """Prints what was done, how large it is then and how long it took, and remembers it."""

    rows: dict[str, str] = field(default_factory=dict)

    def timed(self, what: str, work: Callable[[], T], size: Callable[[T], int] | None = None) -> T:
        """Do some work; return what it returned."""
        begun = time.monotonic()
        done = work()
        seconds = time.monotonic() - begun
        shown = f"{size(done) / 1e6:.0f} MB" if size else ""
        print(f"{what:40}{shown:>10}{seconds:>10.1f}", flush=True)
        self.rows[what] = f"{shown}, {seconds:.1f} s" if shown else f"{seconds:.1f} s"
        return done

    def counted(self, what: str, count: str) -> None:
        """Note something that is no time."""
        print(f"{what}: {count}")
        self.rows[what] = count


@dataclass(frozen=True, slots=True)
class Played:
    """What was there before the wrong statement, and the servers on which it must be again."""

    before: Facts
    restored: postgres.Server
    recovered: postgres.Server


def main(listings: int, kept: Path | None = None) -> int:
    """Play the drill in a directory that is removed afterwards; return 1 on any difference.

    Its figures are written to `kept`.
    """
    watch = Watch()
    directory = Path(tempfile.mkdtemp(prefix="pushnchat-drill-"))
    directory.chmod(0o755)  # the account that PostgreSQL runs as passes through it
    try:
        with ExitStack() as stack:
            print(f"{'':40}{'size':>10}{'seconds':>10}")
            found = report(play(stack, directory, listings, watch), watch)
        if kept:
            figures.write(kept, figures.taken(watch.rows, listings=listings))
        return found
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def play(stack: ExitStack, directory: Path, listings: int, watch: Watch) -> Played:
    """Back up, lose and restore so many listings; the servers run until `stack` is closed."""
    source = stack.enter_context(copies.archiving(directory / "source"))
    dump, copy = source.data_dir / "dump", directory / "recovered"
    watch.timed("generate", lambda: generate(source, listings), lambda _: _database(source))
    watch.timed("base backup", lambda: copies.base_backup(source, copy), lambda _: _files(copy))
    watch.timed(
        "write more",
        lambda: _load(source, LISTINGS_SINCE, _OTHER_LISTINGS),
        lambda _: _database(source),
    )
    before = watch.timed("read every row", lambda: facts.take(source))
    watch.timed("dump", lambda: copies.dump(source, dump), lambda _: _files(dump))
    moment = _lose(source)
    if not facts.differences(before, facts.take(source)):
        raise postgres.PostgresError(f"nothing was lost by {WRONG}")
    archive = copies.archive_of(source)
    watch.timed("archive the log", lambda: copies.archive_all(source), lambda _: _files(archive))
    restored = watch.timed(
        "restore the dump",
        lambda: stack.enter_context(copies.restored(source, dump, directory / "restored")),
        _database,
    )
    recovered = watch.timed(
        "recover to before the wrong statement",
        lambda: stack.enter_context(copies.recovered(copy, archive, moment)),
        _database,
    )
    return Played(before, restored, recovered)


def report(played: Played, watch: Watch) -> int:
    """Compare what was restored with what was there; print it, return 1 on any difference."""
    found: list[str] = []
    for name, server in (("restored", played.restored), ("recovered", played.recovered)):
        after = watch.timed(f"{name}: read every row", partial(facts.take, server))
        wrong, indexes = watch.timed(
            f"{name}: check indexes, grants, chains", partial(facts.faults, server)
        )
        wrong += facts.differences(played.before, after)
        watch.counted(name, f"{len(wrong)} differences, {after.count} rows, {indexes} indexes")
        found += [f"{name}: {each}" for each in wrong]
    for each in found:
        print(each, file=sys.stderr)
    return int(bool(found))


def generate(source: postgres.Server, listings: int) -> None:
    """Make the suite's database and fill it."""
    database.prepare(source, source.data_dir)
    _load(source, listings, 1)
    with closing(postgres.superuser_connection(source, database.NAME)) as db:
        db.run("SELECT set_config('app.user_id', gen_random_uuid()::text, false)")
        for _ in range(AUDITED):
            db.run(
                "SELECT platform.append_audit('drill', gen_random_uuid(), 'admin', NULL, 'drill', "
                "'listing', gen_random_uuid(), NULL, NULL, 'DRILL', CAST(:request AS uuid))",
                request=str(uuid4()),
            )


def _load(source: postgres.Server, listings: int, number: int) -> None:
    with closing(postgres.superuser_connection(source, database.NAME)) as db:
        seed(db, listings, seed=number)


def _lose(source: postgres.Server) -> datetime:
    """Run the wrong statement; return the moment before."""
    with closing(postgres.superuser_connection(source, database.NAME)) as db:
        ((moment,),) = db.run("SELECT clock_timestamp()") or [[None]]
        db.run(WRONG)
    found: datetime = moment
    return found


def _database(server: postgres.Server) -> int:
    with closing(postgres.superuser_connection(server, database.NAME)) as db:
        ((size,),) = db.run("SELECT pg_database_size(current_database())") or [[0]]
    return int(size)


def _files(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())
