"""Who may write to whom is asked of connections; each has its conversation."""

from migrations.sql import apply

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
