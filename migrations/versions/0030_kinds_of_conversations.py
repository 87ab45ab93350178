"""What conversations there are is asked of the rows that were there before."""

from migrations.sql import apply

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
