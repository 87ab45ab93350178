"""What a person agreed to and refused is kept as history, beside what holds now."""

from migrations.sql import apply

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
