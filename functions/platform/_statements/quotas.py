"""Quota windows that are over."""

from shared.manifest.statements import BOOL, DATE, INSTANT, INT, TEXT, UUID_, rows, sql

close_quotas = rows(
    sql(
        """
        WITH due AS (
            SELECT subject_id, metric, period, starts_on FROM platform.quota_window
            WHERE ends_at <= :before ORDER BY ends_at, subject_id
            LIMIT :limit FOR UPDATE SKIP LOCKED
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
        """,
        before=INSTANT,
        limit=INT,
    ).columns(subject_id=UUID_, metric=TEXT, period=TEXT, starts_on=DATE, used_up=BOOL),
    "Put windows that are over into the history.",
)
