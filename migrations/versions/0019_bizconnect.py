"""BizConnect: businesses ask each other for a connection."""

from migrations.sql import apply

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
