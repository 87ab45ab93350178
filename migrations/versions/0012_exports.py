"""A person asks for all that is held of him, and is given it."""

from migrations.sql import apply

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
