"""Where the files of conversations are, and what they may be."""

from datetime import datetime, timedelta
from uuid import UUID

from functions.messaging._queries import attachments, conversations
from functions.messaging._rules import reading, sending
from schemas.messaging import AttachmentLink, AttachmentUpload, NewAttachment
from shared.auth import Actor
from shared.cloud import storage
from shared.db import Connection
from shared.errors import InvalidError, NotFoundError
from shared.ids import new_id
from shared.settings import settings

UPLOAD_LASTS = timedelta(minutes=10)
LINK_LASTS = timedelta(minutes=5)
UNSENT_KEPT = timedelta(days=1)
DELETED_KEPT = timedelta(days=180)
"""As long as what a message said that was taken back."""

_MEGABYTE = 1_000_000
LARGEST = {
    "image/jpeg": 5 * _MEGABYTE,
    "image/png": 5 * _MEGABYTE,
    "image/webp": 5 * _MEGABYTE,
    "audio/ogg": 500_000,
    "application/pdf": 10 * _MEGABYTE,
}
"""What may be sent, and how large. A minute of Opus is some 120 kB."""

_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "audio/ogg": "ogg",
    "application/pdf": "pdf",
}


def announce(
    db: Connection, actor: Actor, conversation_id: UUID, body: NewAttachment, now: datetime
) -> AttachmentUpload:
    """Note a file that the caller may store now: this name, type and size and no other."""
    if body.size > LARGEST[body.content_type]:
        raise InvalidError(
            f"A file of this type has {LARGEST[body.content_type]} bytes at most.", field="size"
        )
    # Storage is asked before anything is locked: nobody waits for it.
    if conversations.conversation_key(db, id=conversation_id) is None:
        raise reading.missing()
    attachment_id = new_id()
    signed = storage.signed_upload(
        settings().attachment_bucket,
        name_of(conversation_id, attachment_id),
        content_type=body.content_type,
        smallest=body.size,
        largest=body.size,
        lasts=UPLOAD_LASTS,
    )
    sending.require_may_send(db, actor, sending.lock(db, actor, conversation_id))
    attachments.insert_attachment(
        db,
        id=attachment_id,
        conversation_id=conversation_id,
        uploader_id=actor.user_id,
        content_type=body.content_type,
        size=body.size,
        purge_after=now + UNSENT_KEPT,
    )
    return AttachmentUpload(
        id=attachment_id, url=signed.url, fields=signed.fields, expires_at=now + UPLOAD_LASTS
    )


def link(
    db: Connection, conversation_id: UUID, attachment_id: UUID, now: datetime
) -> AttachmentLink:
    """Return where a file may be downloaded for some minutes."""
    found = attachments.attachment(db, id=attachment_id, conversation_id=conversation_id)
    if found is None:
        raise NotFoundError("There is no such attachment.", code="ATTACHMENT_NOT_FOUND")
    url = storage.signed_link(
        settings().attachment_bucket,
        name_of(conversation_id, attachment_id),
        filename=f"{attachment_id}.{_ENDINGS[found.content_type]}",
        content_type=found.content_type,
        lasts=LINK_LASTS,
    )
    return AttachmentLink(url=url, expires_at=now + LINK_LASTS)


def name_of(conversation_id: UUID, attachment_id: UUID) -> str:
    """Return the name of the object that a file is."""
    return f"{conversation_id}/{attachment_id}"
