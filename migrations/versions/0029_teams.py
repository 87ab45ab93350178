"""The people of a business take support conversations from one queue."""

from migrations.sql import apply

revision = "0029"
down_revision = "0027"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
