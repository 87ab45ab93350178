"""Two parties write to each other: conversations, their messages, and how far each has read."""

from migrations.sql import apply

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
