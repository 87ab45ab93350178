"""Applies the SQL beside a revision."""

from pathlib import Path

from alembic import op

ONE_BY_ONE = "-- Each statement by itself"
"""How a file begins whose statements must not share a transaction: CREATE INDEX CONCURRENTLY.

An empty line stands between two statements. Killed between them the revision is run again from its
first, so each must do nothing, or the same, where it was done already. An index whose building was
killed is there and useless: drop it before it is made.
"""


def apply(stub: str) -> None:
    """Apply the SQL beside `stub`, in the transaction of the revision unless the SQL says not."""
    text = Path(stub).with_suffix(".sql").read_text(encoding="utf-8")
    if not text.startswith(ONE_BY_ONE):
        op.get_bind().exec_driver_sql(text)
        return
    with op.get_context().autocommit_block():
        # SQLAlchemy asks for the isolation level before it changes it, and pg8000 begins for that.
        for statement in ("COMMIT", *text.split("\n\n")):
            op.get_bind().exec_driver_sql(statement)
