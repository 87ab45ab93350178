"""What is said is shown to phones that listen: by whom, the tasks that write it must know."""

from migrations.sql import apply

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Apply the SQL beside this file."""
    apply(__file__)
