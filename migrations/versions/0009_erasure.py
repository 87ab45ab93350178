"""A person asks to be erased, may think again, and is forgotten by every service."""

from migrations.sql import apply

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
