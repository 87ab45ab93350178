"""What people were told of a connection is found when one of its businesses is forgotten."""

from migrations.sql import apply

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
