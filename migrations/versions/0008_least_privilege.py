"""Every table is behind row-level security, and every role has what its statements need."""

from migrations.sql import apply

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
