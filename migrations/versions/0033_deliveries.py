"""What was said is brought to people's phones, and told of where that is not enough."""

from migrations.sql import apply

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
