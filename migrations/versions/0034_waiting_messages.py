"""What was told of a conversation is found by it, to be taken back."""

from migrations.sql import apply

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
