"""`python -m migrations [URL]`: migrate a database and load its reference data."""

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from migrations.reference import load

VERSIONS = Path(__file__).parent / "versions"

_BUSY = frozenset({"55P03", "40P01"})
"""A lock that others hold, a deadlock with them: nothing happened, so it may be tried again."""

_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, *[5.0] * 20)
"""Seconds between tries. Traffic flows in them, and whoever held the lock finishes."""

_logger = logging.getLogger(__name__)


def deployed(env: Mapping[str, str]) -> str:
    """Return the URL of the database at the socket that Cloud Run puts into `DB_HOST`."""
    return URL.create(
        "postgresql+pg8000",
        username="migrator",
        password=env["DB_PASSWORD"],
        database=env["DB_NAME"],
        query={"unix_sock": f"{env['DB_HOST']}/.s.PGSQL.{env.get('DB_PORT', '5432')}"},
    ).render_as_string(hide_password=False)


def migrate(url: str) -> None:
    """Bring the database at `url` (connecting as `migrator`) to the newest schema and data."""
    upgrade(url)
    patiently(lambda: load.load(url))


def upgrade(url: str, revision: str = "head", versions: Path = VERSIONS) -> None:
    """Bring the schema at `url` to a revision of those in `versions`.

    Each revision waits for a lock for a moment only, gives up what it has, and is tried again.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    patiently(lambda: command.upgrade(config, revision))


def patiently(work: Callable[[], object]) -> None:
    """Do `work`, again and again while others hold what it needs; at last raise what it raised."""
    for pause in _PAUSES:
        try:
            work()
        except DBAPIError as error:
            if _sqlstate(error) not in _BUSY:
                raise
            _logger.warning("others hold what this migration needs; again in %s s", pause)
            time.sleep(pause)
        else:
            return
    work()


def _sqlstate(error: DBAPIError) -> str | None:
    said = error.orig.args[0] if error.orig and error.orig.args else None
    found: str | None = said.get("C") if isinstance(said, dict) else None
    return found


if __name__ == "__main__":
    migrate(sys.argv[1] if sys.argv[1:] else deployed(os.environ))
