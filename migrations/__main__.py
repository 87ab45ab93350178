"""`python -m migrations URL`: migrate a database and load its reference data."""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

from migrations.reference import load


def migrate(url: str) -> None:
    """Bring the database at `url` (connecting as `migrator`) to the newest schema and data."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "head")
    load.load(url)


if __name__ == "__main__":
    migrate(sys.argv[1])
