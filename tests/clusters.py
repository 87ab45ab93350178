"""PostgreSQL with the whole schema, made once and copied to whoever starts one.

To make and migrate a cluster takes ten times as long as to copy its files. Tests of migrations, and
one of a first start, make their own.
"""

import fcntl
import subprocess
from pathlib import Path

from local import database, postgres

HASTY = {"fsync": "off", "full_page_writes": "off"}
"""Only a machine that stops loses what is not on the disk; where one does, the tests end too."""

_home: Path | None = None


def keep_in(directory: Path) -> None:
    """Say where the one that is copied is kept; all workers of a run share it."""
    global _home  # noqa: PLW0603  # one process, one run
    _home = directory


def copy_to(directory: Path) -> Path:
    """Put a cluster that is stopped, migrated and without a row of anybody where none is yet.

    Outside a run of the tests nothing is kept: `prepare` makes it.
    """
    if _home is None:
        return directory
    made, draft = _home / "migrated", _home / "draft"
    with (_home / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            server = postgres.start(draft, settings=HASTY)
            try:
                database.prepare(server, draft)
            finally:
                server.stop()
            server.log_file.unlink()
            draft.rename(made)
    directory.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(("cp", "-a", made, directory), check=True)
    return directory
