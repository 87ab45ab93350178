"""The two ways in which a database is kept: a dump, and a base backup with the log archived."""

import contextlib
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pg8000.native

from local import database, postgres
from local.postgres import PostgresError, programs

_READY_SECONDS = 120.0
_POLL_SECONDS = 0.05


@contextlib.contextmanager
def archiving(directory: Path) -> Iterator[postgres.Server]:
    """Serve a new cluster whose log is copied to `archive` beside it, segment by segment."""
    archive = directory.resolve() / "archive"
    server = postgres.start(
        directory,
        settings={
            "wal_level": "replica",
            "max_wal_senders": "4",
            "archive_mode": "on",
            "archive_command": f'test ! -f "{archive}/%f" && cp "%p" "{archive}/%f"',
        },
    )
    try:
        programs.directory(server, archive)
        yield server
    finally:
        server.stop("immediate")


def archive_of(source: postgres.Server) -> Path:
    """Return where the log of a server is kept."""
    return source.data_dir / "archive"


@contextlib.contextmanager
def restored(source: postgres.Server, dump: Path, directory: Path) -> Iterator[postgres.Server]:
    """Serve a new cluster made of nothing but a dump and the roles."""
    roles = [
        line
        for line in programs.run(source, "pg_dumpall", "--roles-only").splitlines()
        # The new cluster has its own superuser, with its own password.
        if not line.startswith(("CREATE ROLE postgres", "ALTER ROLE postgres", "\\"))
    ]
    server = postgres.start(directory)
    try:
        with closing(postgres.superuser_connection(server)) as db:
            db.run("\n".join(roles))
        programs.run(
            server,
            "pg_restore",
            "--create",
            "--jobs=2",
            "--exit-on-error",
            "--dbname=postgres",
            str(dump),
        )
        yield server
    finally:
        server.stop("immediate")


def dump(source: postgres.Server, path: Path) -> None:
    """Dump the suite's database into a directory."""
    programs.run(
        source,
        "pg_dump",
        "--format=directory",
        "--jobs=2",
        "--compress=gzip:1",
        f"--file={path}",
        f"--dbname={database.NAME}",
    )


def base_backup(source: postgres.Server, directory: Path) -> None:
    """Copy the cluster while it serves, to where another may serve it, and verify the copy."""
    programs.directory(source, directory)
    cluster = directory / "cluster"
    programs.run(source, "pg_basebackup", f"--pgdata={cluster}", "--checkpoint=fast")
    programs.run(source, "pg_verifybackup", str(cluster))
    shutil.copy2(source.data_dir / "superuser", directory / "superuser")


def archive_all(source: postgres.Server) -> None:
    """End the segment that is being written and wait until it is in the archive."""
    with closing(postgres.superuser_connection(source)) as db:
        ((segment,),) = db.run("SELECT pg_walfile_name(pg_switch_wal())") or [[""]]
        _wait(db, f"last_archived_wal >= '{segment}' FROM pg_stat_archiver", f"{segment} archived")


@contextlib.contextmanager
def recovered(directory: Path, archive: Path, until: datetime) -> Iterator[postgres.Server]:
    """Serve a base backup with the archived log replayed to the last commit before a moment."""
    (directory / "cluster" / "recovery.signal").touch()
    server = postgres.start(
        directory,
        settings={
            "restore_command": f'cp "{archive}/%f" "%p"',
            "recovery_target_time": until.isoformat(),
            "recovery_target_action": "promote",
            "hot_standby": "off",  # so that it answers when it has arrived, and not on the way
        },
    )
    try:
        with closing(postgres.superuser_connection(server)) as db:
            _wait(db, "NOT pg_is_in_recovery()", "recovery ended")
        yield server
    finally:
        server.stop("immediate")


def _wait(db: pg8000.native.Connection, what: str, said: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while db.run(f"SELECT {what}") != [[True]]:
        if time.monotonic() > deadline:
            raise PostgresError(f"after {_READY_SECONDS:.0f} s it is not yet so: {said}")
        time.sleep(_POLL_SECONDS)
