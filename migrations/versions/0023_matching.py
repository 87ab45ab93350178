"""Businesses are suggested to each other."""

from migrations.sql import apply

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
