"""Connections end by the clock and with a business; a quota is read without taking."""

from migrations.sql import apply

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
