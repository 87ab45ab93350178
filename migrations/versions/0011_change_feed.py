"""A page of the change feed reads what it shows, and tells nothing that is out of date."""

from migrations.sql import apply

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
