"""What somebody said, when he asks for it and when he is forgotten."""

from shared.manifest.exports import part_of
from shared.manifest.statements import (
    BIGINT,
    BYTES,
    INSTANT,
    INT,
    TEXT,
    UUID_,
    done,
    rows,
    sql,
)
from shared.tables.retention import MATRIX

export_part = part_of("messaging")

_SEALED = {
    "message_id": UUID_,
    "id": UUID_,
    "seq": BIGINT,
    "sender_id": UUID_,
    "version": INT,
    "nonce": BYTES,
    "ciphertext": BYTES,
    "key_id": TEXT,
    "wrapped_key": BYTES,
}
"""A text, the place that it is bound to, and what opens it; `id` is its conversation's."""

_AFTER = "(m.conversation_id, m.seq) > (:after_conversation, :after_seq)"

page_of_own_messages = rows(
    sql(
        f"""
        SELECT m.id AS message_id, m.conversation_id AS id, m.seq, m.sender_id, m.version, m.nonce,
            m.ciphertext, c.key_id, c.wrapped_key
        FROM messaging.message AS m JOIN messaging.conversation AS c ON c.id = m.conversation_id
        WHERE m.sender_id = :user_id AND {_AFTER} AND m.ciphertext IS NOT NULL
        ORDER BY m.conversation_id, m.seq LIMIT :limit
        """,
        user_id=UUID_,
        after_conversation=UUID_,
        after_seq=BIGINT,
        limit=INT,
    ).columns(**_SEALED),
    "What somebody said and has not deleted, conversation by conversation, with what opens it.",
)

page_of_own_revisions = rows(
    sql(
        """
        SELECT r.message_id, m.conversation_id AS id, m.seq, m.sender_id, r.version, r.nonce,
            r.ciphertext, c.key_id, c.wrapped_key
        FROM messaging.message AS m
        JOIN messaging.message_revision AS r ON r.message_id = m.id
        JOIN messaging.conversation AS c ON c.id = m.conversation_id
        WHERE m.sender_id = :user_id AND (m.conversation_id, m.seq, r.version)
            > (:after_conversation, :after_seq, :after_version)
        ORDER BY m.conversation_id, m.seq, r.version LIMIT :limit
        """,
        user_id=UUID_,
        after_conversation=UUID_,
        after_seq=BIGINT,
        after_version=INT,
        limit=INT,
    ).columns(**_SEALED),
    "What somebody's messages said before he changed or deleted them, as far as it is kept.",
)

# The conversations are locked with them: what is announced of one goes out in its order.
erase_messages = rows(
    sql(
        f"""
        WITH batch AS MATERIALIZED (
            SELECT m.id FROM messaging.conversation AS c
            JOIN messaging.message AS m ON m.conversation_id = c.id
            WHERE m.sender_id = :user_id AND {_AFTER}
            ORDER BY m.conversation_id, m.seq LIMIT :limit FOR UPDATE
        )
        UPDATE messaging.message AS m
        SET {MATRIX["messaging.message"].blanked()}, version = m.version + 1
        FROM batch WHERE m.id = batch.id RETURNING m.conversation_id, m.seq
        """,
        user_id=UUID_,
        after_conversation=UUID_,
        after_seq=BIGINT,
        limit=INT,
    ).columns(conversation_id=UUID_, seq=BIGINT),
    "Empty what somebody said, in batches; the numbers stay.",
)

delete_revisions = done(
    sql(
        """
        DELETE FROM messaging.message_revision AS r USING messaging.message AS m
        WHERE m.id = r.message_id AND m.sender_id = :user_id
        """,
        user_id=UUID_,
    ),
    "Forget what somebody's messages said before he changed or deleted them.",
)

expire_attachments = done(
    sql(
        """
        UPDATE messaging.attachment SET purge_after = clock_timestamp()
        WHERE uploader_id = :user_id
        """,
        user_id=UUID_,
    ),
    "Have the files of somebody deleted by the next run of the job for it.",
)

delete_pointers = done(
    sql("DELETE FROM messaging.pointer WHERE user_id = :user_id", user_id=UUID_),
    "Forget how far somebody has read.",
)

teams_of = rows(
    sql(
        """
        SELECT business_id FROM messaging.agent WHERE user_id = :user_id
        UNION SELECT business_id FROM messaging.support_case
        WHERE customer_id = :user_id AND state <> 'resolved'
        ORDER BY business_id LIMIT :limit
        """,
        user_id=UUID_,
        limit=INT,
    ).columns(business_id=UUID_),
    "The teams that somebody is of, or waits for.",
)

leave_team = done(
    sql(
        """
        UPDATE messaging.agent SET here_until = '-infinity'
        WHERE business_id = :business_id AND user_id = :user_id
        """,
        business_id=UUID_,
        user_id=UUID_,
    ),
    "Have somebody be gone from a locked team.",
)

resolve_cases = done(
    sql(
        """
        UPDATE messaging.support_case SET state = 'resolved', agent_id = NULL,
            last_agent_id = coalesce(agent_id, last_agent_id), resolved_at = :now
        WHERE customer_id = :user_id AND business_id = :business_id AND state <> 'resolved'
        """,
        business_id=UUID_,
        user_id=UUID_,
        now=INSTANT,
    ),
    "Have what somebody asked of a locked team be over.",
)

delete_agent = done(
    sql(
        "DELETE FROM messaging.agent WHERE business_id = :business_id AND user_id = :user_id",
        business_id=UUID_,
        user_id=UUID_,
    ),
    "Forget that somebody was of a team.",
)
