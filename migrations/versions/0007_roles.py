"""Roles are changed by administrators."""

from migrations.sql import apply

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
