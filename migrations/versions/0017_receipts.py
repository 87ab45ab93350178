"""What was said is corrected, taken back and acknowledged; what it was before is kept apart."""

from migrations.sql import apply

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
