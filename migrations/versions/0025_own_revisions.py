"""Whoever asks for his data is given what his messages said before he changed them."""

from migrations.sql import apply

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
