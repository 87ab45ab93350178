"""A run of a job is known by its job and the time it was due at."""

from migrations.sql import apply

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
