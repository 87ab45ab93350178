"""Whoever is brought into a business while he is erased is waited for in one order."""

from migrations.sql import apply

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
