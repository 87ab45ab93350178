"""What erasure looks for is found by an index."""

from migrations.sql import apply

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
