"""Printed from _statements/pushes.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_PUSHES_LEFT = """
SELECT n.user_id, n.subject_id, d.install_id, n.type, n.title, n.body, d.push_token,
    encode(sha256(convert_to(d.push_token, 'UTF8')), 'hex') AS fingerprint
FROM notifications.notification AS n JOIN users.account AS a ON a.id = n.user_id
JOIN users.device AS d ON d.user_id = a.id
WHERE n.id = $1::UUID AND n.read_at IS NULL AND NOT a.data_saver
    AND a.state NOT IN ('erasing', 'erased') AND NOT EXISTS (
        SELECT FROM notifications.push AS p
        WHERE p.notification_id = n.id AND p.install_id = d.install_id)
ORDER BY d.install_id LIMIT $2::INTEGER
"""


class PushesLeftRow(NamedTuple):
    """What `pushes_left` returns."""

    user_id: UUID
    subject_id: UUID
    install_id: UUID
    type: str
    title: str
    body: str
    push_token: str
    fingerprint: str


def pushes_left(db: Connection, *, id: UUID, limit: int) -> list[PushesLeftRow]:
    """A notification that is still news to somebody who wants it shown, and installs without it."""
    return db.rows(PushesLeftRow, _PUSHES_LEFT, id, limit)


_NOTE_PUSHES = """
INSERT INTO notifications.push (notification_id, install_id, outcome) SELECT * FROM jsonb_to_recordset(CAST($1::VARCHAR AS jsonb)) AS p(notification_id uuid, install_id uuid, outcome text)
"""


def note_pushes(db: Connection, *, pushes: str) -> int:
    """Note what became of pushes."""
    return db.done(_NOTE_PUSHES, pushes)


_PURGE_PUSHES = """
DELETE FROM notifications.push WHERE (notification_id, install_id) IN (SELECT notification_id, install_id FROM notifications.push WHERE at < $1::TIMESTAMP WITH TIME ZONE ORDER BY at LIMIT $2::INTEGER)
"""


def purge_pushes(db: Connection, *, before: datetime, limit: int) -> int:
    """Forget what became of old pushes."""
    return db.done(_PURGE_PUSHES, before, limit)
