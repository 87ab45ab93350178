"""What became of each push is noted, so that nothing is shown twice or asked for in vain."""

from migrations.sql import apply

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
