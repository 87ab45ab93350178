"""Nobody is told of a business that is gone, however late the news comes."""

from migrations.sql import apply

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
