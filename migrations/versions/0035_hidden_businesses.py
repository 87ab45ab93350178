"""What a block hides on the market is found by the businesses of whoever looks."""

from migrations.sql import apply

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
