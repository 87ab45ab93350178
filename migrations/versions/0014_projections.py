"""Documents that phones listen to are written from the rows they show, at most once a second."""

from migrations.sql import apply

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
