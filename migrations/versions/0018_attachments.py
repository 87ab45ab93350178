"""Files go along with what people write."""

from migrations.sql import apply

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
