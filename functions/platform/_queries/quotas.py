"""Printed from _statements/quotas.py by `python -m functions write`. Do not edit."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_CLOSE_QUOTAS = """
WITH due AS (
    SELECT subject_id, metric, period, starts_on FROM platform.quota_window
    WHERE ends_at <= $1::TIMESTAMP WITH TIME ZONE ORDER BY ends_at, subject_id
    LIMIT $2::INTEGER FOR UPDATE SKIP LOCKED
), closed AS (
    DELETE FROM platform.quota_window AS w USING due
    WHERE (w.subject_id, w.metric, w.period, w.starts_on)
        = (due.subject_id, due.metric, due.period, due.starts_on)
    RETURNING w.*
), kept AS (
    INSERT INTO platform.quota_history AS h
        (subject_id, metric, period, starts_on, used, allowed)
    SELECT subject_id, metric, period, starts_on, used, allowed FROM closed
    ON CONFLICT (subject_id, metric, period, starts_on) DO UPDATE
    SET used = h.used + excluded.used, allowed = excluded.allowed
)
SELECT subject_id, metric, period, starts_on, used >= allowed AS used_up FROM closed
"""


class CloseQuotasRow(NamedTuple):
    """What `close_quotas` returns."""

    subject_id: UUID
    metric: str
    period: str
    starts_on: date
    used_up: bool


def close_quotas(db: Connection, *, before: datetime, limit: int) -> list[CloseQuotasRow]:
    """Put windows that are over into the history."""
    return db.rows(CloseQuotasRow, _CLOSE_QUOTAS, before, limit)
