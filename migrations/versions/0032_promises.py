"""What a business promises who asks for support has its clock."""

from migrations.sql import apply

revision = "0032"
down_revision = "0030"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
