"""What is said, and in which order."""

from shared.manifest.statements import (
    BIGINT,
    BOOL,
    BYTES,
    INSTANT,
    INT,
    TEXT,
    TEXTS,
    UUID_,
    maybe,
    one,
    rows,
    sql,
)
from shared.tables.types import may, must

take_quota = one(
    sql(
        """
        SELECT b.plan, q.* FROM users.business AS b CROSS JOIN LATERAL platform.take_quota(
            b.id, 'messages', b.zone, (CAST(:per_day AS jsonb) ->> b.plan)::integer,
            (CAST(:per_month AS jsonb) ->> b.plan)::integer, :now) AS q
        WHERE b.id = :business_id
        """,
        business_id=UUID_,
        per_day=TEXT,
        per_month=TEXT,
        now=INSTANT,
    ).columns(
        plan=TEXT,
        granted=BOOL,
        used_today=INT,
        used_this_month=INT,
        day_ends_at=INSTANT,
        month_ends_at=INSTANT,
    ),
    "Take one message from what the plan of a business allows, or see that none is left.",
)

sent_message = maybe(
    sql(
        """
        SELECT conversation_id, sender_id, seq, digest, flags, version, sent_at
        FROM messaging.message WHERE id = :id
        """,
        id=UUID_,
    ).columns(
        must("conversation_id", UUID_),
        must("sender_id", UUID_),
        must("seq", BIGINT),
        may("digest", BYTES),
        must("flags", TEXTS),
        must("version", INT),
        must("sent_at", INSTANT),
    ),
    "A message that has an id, among those that the caller may read.",
)

# The conversation is locked, so its next number is the caller's; an id that another conversation
# has leaves all of it undone.
insert_message = maybe(
    sql(
        """
        WITH counted AS (
            INSERT INTO messaging.pointer AS p (conversation_id, user_id, party_id, sent)
            VALUES (:conversation_id, :sender_id, :party_id, 1)
            ON CONFLICT (conversation_id, user_id) DO UPDATE SET sent = p.sent + 1
            RETURNING sent
        ), said AS (
            INSERT INTO messaging.message (id, conversation_id, seq, sender_id, on_behalf_of,
                own_no, nonce, ciphertext, digest, flags, sent_at)
            SELECT :id, :conversation_id, :seq, :sender_id, :on_behalf_of, counted.sent, :nonce,
                :ciphertext, :digest, :flags, :now FROM counted
            ON CONFLICT (id) DO NOTHING
            RETURNING conversation_id, sender_id, seq, digest, flags, version, sent_at
        ), moved AS (
            UPDATE messaging.conversation AS c SET last_seq = said.seq, last_message_at = :now
            FROM said WHERE c.id = said.conversation_id AND c.last_seq = said.seq - 1
            RETURNING c.id
        )
        SELECT said.* FROM said, moved
        """,
        id=UUID_,
        conversation_id=UUID_,
        seq=BIGINT,
        sender_id=UUID_,
        on_behalf_of=UUID_,
        party_id=UUID_,
        nonce=BYTES,
        ciphertext=BYTES,
        digest=BYTES,
        flags=TEXTS,
        now=INSTANT,
    ).columns(
        must("conversation_id", UUID_),
        must("sender_id", UUID_),
        must("seq", BIGINT),
        may("digest", BYTES),
        must("flags", TEXTS),
        must("version", INT),
        must("sent_at", INSTANT),
    ),
    "Store a message as the next of its locked conversation; None when its id is taken.",
    optional="on_behalf_of",
)

MESSAGE = """m.id, m.seq, m.sender_id, m.on_behalf_of, m.nonce, m.ciphertext, m.flags, m.version,
    m.sent_at, m.edited_at, m.deleted_at, (
        SELECT jsonb_agg(jsonb_build_object(
            'id', a.id, 'content_type', a.content_type, 'size', a.size) ORDER BY a.id)::text
        FROM messaging.attachment AS a WHERE a.message_id = m.id AND a.purge_after IS NULL
    ) AS attachments"""

MESSAGE_COLUMNS = (
    must("id", UUID_),
    must("seq", BIGINT),
    must("sender_id", UUID_),
    may("on_behalf_of", UUID_),
    may("nonce", BYTES),
    may("ciphertext", BYTES),
    must("flags", TEXTS),
    must("version", INT),
    must("sent_at", INSTANT),
    may("edited_at", INSTANT),
    may("deleted_at", INSTANT),
    may("attachments", TEXT),
)

_STRETCH = {"conversation_id": UUID_, "after": BIGINT, "before": BIGINT, "limit": INT}

page_upwards = rows(
    sql(
        f"""
        SELECT {MESSAGE} FROM messaging.message AS m
        WHERE m.conversation_id = :conversation_id AND m.seq > :after AND m.seq < :before
        ORDER BY m.seq LIMIT CAST(:limit AS integer) + 1
        """,
        **_STRETCH,
    ).columns(*MESSAGE_COLUMNS),
    "Messages of a conversation between two numbers, the oldest first, and one more.",
)

page_downwards = rows(
    sql(
        f"""
        SELECT {MESSAGE} FROM messaging.message AS m
        WHERE m.conversation_id = :conversation_id AND m.seq > :after AND m.seq < :before
        ORDER BY m.seq DESC LIMIT CAST(:limit AS integer) + 1
        """,
        **_STRETCH,
    ).columns(*MESSAGE_COLUMNS),
    "Messages of a conversation between two numbers, the newest first, and one more.",
)

message = maybe(
    sql(
        f"""
        SELECT {MESSAGE}, m.conversation_id FROM messaging.message AS m WHERE m.id = :id
        """,
        id=UUID_,
    ).columns(*MESSAGE_COLUMNS, must("conversation_id", UUID_)),
    "A message among those that the caller may read.",
)

# Whoever else changes it is waited for, and then it has another version.
_LOCKED = """locked AS MATERIALIZED (
            SELECT m.id, m.version, m.nonce, m.ciphertext, m.flags FROM messaging.message AS m
            WHERE m.id = :id AND m.version = :version AND m.deleted_at IS NULL FOR UPDATE
        ), kept AS (
            INSERT INTO messaging.message_revision
                (message_id, version, nonce, ciphertext, flags, replaced_at)
            SELECT id, version, nonce, ciphertext, flags, :now FROM locked
        )"""

save_message = maybe(
    sql(
        f"""
        WITH {_LOCKED}
        UPDATE messaging.message AS m
        SET nonce = :nonce, ciphertext = :ciphertext, flags = :flags, version = m.version + 1,
            edited_at = :now
        FROM locked WHERE m.id = locked.id
        RETURNING m.conversation_id, m.seq, m.flags, m.version, m.sent_at, m.edited_at
        """,
        id=UUID_,
        version=INT,
        nonce=BYTES,
        ciphertext=BYTES,
        flags=TEXTS,
        now=INSTANT,
    ).columns(
        conversation_id=UUID_,
        seq=BIGINT,
        flags=TEXTS,
        version=INT,
        sent_at=INSTANT,
        edited_at=INSTANT,
    ),
    "Have a message say something else; None when it has another version meanwhile.",
)

delete_message = maybe(
    sql(
        f"""
        WITH {_LOCKED}
        , files AS (
            UPDATE messaging.attachment AS a SET purge_after = :purge_after
            FROM locked WHERE a.message_id = locked.id
        )
        UPDATE messaging.message AS m
        SET nonce = NULL, ciphertext = NULL, flags = '{{}}', version = m.version + 1,
            deleted_at = :now
        FROM locked WHERE m.id = locked.id
        RETURNING m.conversation_id, m.seq, m.version, m.deleted_at
        """,
        id=UUID_,
        version=INT,
        now=INSTANT,
        purge_after=INSTANT,
    ).columns(conversation_id=UUID_, seq=BIGINT, version=INT, deleted_at=INSTANT),
    "Leave an empty tombstone of a message; None when it has another version meanwhile.",
)
