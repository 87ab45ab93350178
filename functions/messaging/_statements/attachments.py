"""Files of conversations: rows here, objects in Cloud Storage."""

from shared.manifest.statements import INSTANT, INT, TEXT, UUID_, UUIDS, done, maybe, rows, sql

insert_attachment = done(
    sql(
        """
        INSERT INTO messaging.attachment
            (id, conversation_id, uploader_id, content_type, size, purge_after)
        VALUES (:id, :conversation_id, :uploader_id, :content_type, :size, :purge_after)
        """,
        id=UUID_,
        conversation_id=UUID_,
        uploader_id=UUID_,
        content_type=TEXT,
        size=INT,
        purge_after=INSTANT,
    ),
    "Announce a file, which goes again unless a message names it in time.",
)

send_attachments = done(
    sql(
        """
        UPDATE messaging.attachment SET message_id = :message_id, purge_after = NULL
        WHERE id = ANY (CAST(:ids AS uuid[])) AND conversation_id = :conversation_id
            AND uploader_id = :uploader_id AND message_id IS NULL
        """,
        ids=UUIDS,
        message_id=UUID_,
        conversation_id=UUID_,
        uploader_id=UUID_,
    ),
    "Have files go along with a message: those of its conversation and sender that none has yet.",
)

attachment = maybe(
    sql(
        """
        SELECT a.content_type FROM messaging.attachment AS a
        WHERE a.id = :id AND a.conversation_id = :conversation_id
            AND (a.purge_after IS NULL OR a.message_id IS NULL)
        """,
        id=UUID_,
        conversation_id=UUID_,
    ).columns(content_type=TEXT),
    "A file of a conversation that the caller may read.",
)

lock_due = rows(
    sql(
        """
        SELECT id, conversation_id FROM messaging.attachment
        WHERE purge_after <= :now ORDER BY purge_after, id LIMIT :limit FOR UPDATE SKIP LOCKED
        """,
        now=INSTANT,
        limit=INT,
    ).columns(id=UUID_, conversation_id=UUID_),
    "Files whose time is over, locked.",
)

delete_attachments = done(
    sql("DELETE FROM messaging.attachment WHERE id = ANY (CAST(:ids AS uuid[]))", ids=UUIDS),
    "Forget files that are gone.",
)
