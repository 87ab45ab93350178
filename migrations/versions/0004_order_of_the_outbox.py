"""An event does not overtake an earlier one of its key."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply the SQL beside this file, each statement by itself: an index is built CONCURRENTLY."""
    with op.get_context().autocommit_block():
        # To enter the block Alembic asks for the isolation level, and pg8000 begins to answer.
        op.get_bind().exec_driver_sql("COMMIT")
        for statement in Path(__file__).with_suffix(".sql").read_text().split(";\n"):
            if statement:
                op.get_bind().exec_driver_sql(statement)
