"""Printed from _statements/attachments.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_INSERT_ATTACHMENT = """
INSERT INTO messaging.attachment
    (id, conversation_id, uploader_id, content_type, size, purge_after)
VALUES ($1::UUID, $2::UUID, $3::UUID, $4::VARCHAR, $5::INTEGER, $6::TIMESTAMP WITH TIME ZONE)
"""


def insert_attachment(db: Connection, *, id: UUID, conversation_id: UUID, uploader_id: UUID, content_type: str, size: int, purge_after: datetime) -> int:
    """Announce a file, which goes again unless a message names it in time."""
    return db.done(_INSERT_ATTACHMENT, id, conversation_id, uploader_id, content_type, size, purge_after)


_SEND_ATTACHMENTS = """
UPDATE messaging.attachment SET message_id = $1::UUID, purge_after = NULL
WHERE id = ANY (CAST($2::UUID[] AS uuid[])) AND conversation_id = $3::UUID
    AND uploader_id = $4::UUID AND message_id IS NULL
"""


def send_attachments(db: Connection, *, message_id: UUID, ids: list[UUID], conversation_id: UUID, uploader_id: UUID) -> int:
    """Have files go along with a message: those of its conversation and sender that none has yet."""
    return db.done(_SEND_ATTACHMENTS, message_id, ids, conversation_id, uploader_id)


_ATTACHMENT = """
SELECT a.content_type FROM messaging.attachment AS a
WHERE a.id = $1::UUID AND a.conversation_id = $2::UUID
    AND (a.purge_after IS NULL OR a.message_id IS NULL)
"""


class AttachmentRow(NamedTuple):
    """What `attachment` returns."""

    content_type: str


def attachment(db: Connection, *, id: UUID, conversation_id: UUID) -> AttachmentRow | None:
    """A file of a conversation that the caller may read."""
    return db.maybe(AttachmentRow, _ATTACHMENT, id, conversation_id)


_LOCK_DUE = """
SELECT id, conversation_id FROM messaging.attachment
WHERE purge_after <= $1::TIMESTAMP WITH TIME ZONE ORDER BY purge_after, id LIMIT $2::INTEGER FOR UPDATE SKIP LOCKED
"""


class LockDueRow(NamedTuple):
    """What `lock_due` returns."""

    id: UUID
    conversation_id: UUID


def lock_due(db: Connection, *, now: datetime, limit: int) -> list[LockDueRow]:
    """Files whose time is over, locked."""
    return db.rows(LockDueRow, _LOCK_DUE, now, limit)


_DELETE_ATTACHMENTS = """
DELETE FROM messaging.attachment WHERE id = ANY (CAST($1::UUID[] AS uuid[]))
"""


def delete_attachments(db: Connection, *, ids: list[UUID]) -> int:
    """Forget files that are gone."""
    return db.done(_DELETE_ATTACHMENTS, ids)
