"""Printed from _statements/health.py by `python -m functions write`. Do not edit."""

from shared.db import Connection


_READY = """
SELECT 1 AS answer
"""


def ready(db: Connection) -> int | None:
    """Whether the database answers."""
    result: int | None = db.value(_READY)
    return result
