"""What the clock does: keys are wrapped anew, and what was kept for complaints is forgotten."""

from shared.manifest.statements import (
    BYTES,
    INSTANT,
    INT,
    TEXT,
    TEXTS,
    UUID_,
    UUIDS,
    done,
    rows,
    sql,
)

lock_wrapped = rows(
    sql(
        """
        SELECT id, key_id, wrapped_key FROM messaging.conversation
        WHERE key_id = ANY (CAST(:key_ids AS text[]))
        ORDER BY key_id, id LIMIT :limit FOR UPDATE SKIP LOCKED
        """,
        key_ids=TEXTS,
        limit=INT,
    ).columns(id=UUID_, key_id=TEXT, wrapped_key=BYTES),
    "Conversations whose keys some older keys wrap, locked; those in use are left for later.",
)

put_wrapped = done(
    sql(
        """
        UPDATE messaging.conversation AS c
        SET wrapped_key = decode(n.wrapped, 'hex'), key_id = n.key_id
        FROM unnest(CAST(:ids AS uuid[]), CAST(:key_ids AS text[]), CAST(:wrapped AS text[]))
            AS n (id, key_id, wrapped)
        WHERE c.id = n.id
        """,
        ids=UUIDS,
        key_ids=TEXTS,
        wrapped=TEXTS,
    ),
    "Store keys of conversations, in hexadecimal, wrapped by other keys than before.",
)

purge_revisions = done(
    sql(
        """
        WITH batch AS MATERIALIZED (
            SELECT message_id, version FROM messaging.message_revision
            WHERE replaced_at <= :before
            ORDER BY replaced_at LIMIT :limit
        )
        DELETE FROM messaging.message_revision AS r USING batch
        WHERE r.message_id = batch.message_id AND r.version = batch.version
        """,
        before=INSTANT,
        limit=INT,
    ),
    "Forget what messages said that were changed or taken back so long ago.",
)
