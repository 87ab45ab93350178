"""Conversations: who takes part, how far each has read, and the key of what is said."""

from shared.manifest.statements import (
    BIGINT,
    BOOL,
    BYTES,
    INSTANT,
    INT,
    TEXT,
    UUID_,
    UUIDS,
    maybe,
    rows,
    sql,
    value,
)
from shared.tables.types import may, must

_NAME = """CASE WHEN {kind} THEN (
        SELECT p.card::jsonb ->> 'name' FROM users.public_profile AS p WHERE p.user_id = {id})
    ELSE (SELECT b.name FROM users.public_business AS b WHERE b.id = {id}) END"""

_FIRST_NAME = _NAME.format(kind="c.kind <> 'business'", id="c.first_id")
_SECOND_NAME = "(SELECT b.name FROM users.public_business AS b WHERE b.id = c.second_id)"

_SEEN = f"""c.id, c.kind, c.first_id, c.second_id, c.opened_by, c.last_seq, c.last_message_at,
    c.created_at, c.wrapped_key, c.key_id, {_FIRST_NAME} AS first_name,
    {_SECOND_NAME} AS second_name,
    coalesce(p.delivered_seq, 0) AS delivered_seq, coalesce(p.read_seq, 0) AS read_seq,
    c.last_seq - coalesce(p.read_seq, 0) - coalesce(p.sent - p.sent_read, 0) AS unread,
    m.id AS message_id, m.sender_id, m.version, m.nonce, m.ciphertext, m.sent_at,
    s.state AS support_state, s.waiting_since, (SELECT min(k.due_at)
        FROM messaging.support_clock AS k WHERE k.conversation_id = s.conversation_id
            AND k.kind <> 'resolution') AS answer_by, s.agent_id, (SELECT a.card::jsonb ->> 'name'
        FROM users.public_profile AS a WHERE a.user_id = s.agent_id) AS agent_name"""

_JOINED = """LEFT JOIN messaging.support_case AS s ON s.conversation_id = c.id
    LEFT JOIN messaging.pointer AS p
        ON p.conversation_id = c.id AND p.user_id = :user_id
    LEFT JOIN messaging.message AS m ON m.conversation_id = c.id AND m.seq = c.last_seq"""

_SEEN_COLUMNS = (
    must("id", UUID_),
    must("kind", TEXT),
    must("first_id", UUID_),
    must("second_id", UUID_),
    must("opened_by", UUID_),
    must("last_seq", BIGINT),
    must("last_message_at", INSTANT),
    must("created_at", INSTANT),
    must("wrapped_key", BYTES),
    must("key_id", TEXT),
    may("first_name", TEXT),
    may("second_name", TEXT),
    must("delivered_seq", BIGINT),
    must("read_seq", BIGINT),
    must("unread", BIGINT),
    may("message_id", UUID_),
    may("sender_id", UUID_),
    may("version", INT),
    may("nonce", BYTES),
    may("ciphertext", BYTES),
    may("sent_at", INSTANT),
    may("support_state", TEXT),
    may("waiting_since", INSTANT),
    may("answer_by", INSTANT),
    may("agent_id", UUID_),
    may("agent_name", TEXT),
)

is_business = value(
    sql(
        "SELECT EXISTS (SELECT FROM users.public_business WHERE id = :id) AS known", id=UUID_
    ).columns(known=BOOL),
    "Whether there is such a business for anybody to write to.",
)

# Whoever opens the same one at the same time waits here, and then finds it.
open_conversation = value(
    sql(
        """
        INSERT INTO messaging.conversation
            (id, kind, first_id, second_id, opened_by, last_message_at, wrapped_key, key_id)
        VALUES (:id, :kind, :first_id, :second_id, :opened_by, :now, :wrapped_key, :key_id)
        ON CONFLICT (first_id, second_id, kind) DO NOTHING RETURNING id
        """,
        id=UUID_,
        kind=TEXT,
        first_id=UUID_,
        second_id=UUID_,
        opened_by=UUID_,
        now=INSTANT,
        wrapped_key=BYTES,
        key_id=TEXT,
    ).columns(id=UUID_),
    "Open the conversation of two parties; None when they have one.",
)

conversation_of = value(
    sql(
        """
        SELECT id FROM messaging.conversation
        WHERE first_id = :first_id AND second_id = :second_id AND kind = :kind
        """,
        kind=TEXT,
        first_id=UUID_,
        second_id=UUID_,
    ).columns(id=UUID_),
    "The conversation that two parties have.",
)

# Somebody who belongs to both sides takes part as the first of them.
conversation = maybe(
    sql(
        f"""
        SELECT {_SEEN}, coalesce(o.delivered_seq, 0) AS other_delivered_seq,
            coalesce(o.read_seq, 0) AS other_read_seq
        FROM messaging.conversation AS c {_JOINED}
        LEFT JOIN LATERAL (
            SELECT max(q.delivered_seq) AS delivered_seq, max(q.read_seq) AS read_seq
            FROM messaging.pointer AS q WHERE q.conversation_id = c.id AND q.party_id = CASE
                WHEN c.first_id = ANY (CAST(:mine AS uuid[])) THEN c.second_id ELSE c.first_id END
        ) AS o ON true
        WHERE c.id = :id
        """,
        id=UUID_,
        user_id=UUID_,
        mine=UUIDS,
    ).columns(*_SEEN_COLUMNS, must("other_delivered_seq", BIGINT), must("other_read_seq", BIGINT)),
    "A conversation as one who takes part in it sees it.",
)

_AFTER = "(CAST(:after_key AS timestamptz), CAST(:after_id AS uuid))"


def _newest(column: str) -> str:
    """Return the newest conversations in which each of `mine` stands in a column."""
    return f"""(SELECT c.id, c.last_message_at FROM messaging.conversation AS c
        WHERE c.{column} = mine.id
            AND (c.last_seq > 0 OR c.opened_by = mine.id OR c.kind = 'support')
            AND (c.last_message_at, c.id) < {_AFTER}
        ORDER BY c.last_message_at DESC, c.id DESC LIMIT CAST(:limit AS integer) + 1)"""


# UNION, for somebody may belong to both sides.
page_of_conversations = rows(
    sql(
        f"""
        SELECT {_SEEN} FROM (
            SELECT found.id FROM unnest(CAST(:mine AS uuid[])) AS mine (id) CROSS JOIN LATERAL (
                {_newest("first_id")} UNION ALL {_newest("second_id")}) AS found
            GROUP BY found.id, found.last_message_at
            ORDER BY found.last_message_at DESC, found.id DESC
            LIMIT CAST(:limit AS integer) + 1
        ) AS page JOIN messaging.conversation AS c ON c.id = page.id {_JOINED}
        ORDER BY c.last_message_at DESC, c.id DESC LIMIT CAST(:limit AS integer) + 1
        """,
        mine=UUIDS,
        user_id=UUID_,
        after_key=TEXT,
        after_id=TEXT,
        limit=INT,
    ).columns(*_SEEN_COLUMNS),
    "Conversations in which somebody takes part, by the newest message, and one more.",
)

conversation_key = maybe(
    sql(
        "SELECT id, key_id, wrapped_key FROM messaging.conversation WHERE id = :id", id=UUID_
    ).columns(id=UUID_, key_id=TEXT, wrapped_key=BYTES),
    "What opens the messages of a conversation, for one who takes part in it.",
)

connection = maybe(
    sql(
        "SELECT requester_id, receiver_id, state FROM bizconnect.connection WHERE id = :id",
        id=UUID_,
    ).columns(requester_id=UUID_, receiver_id=UUID_, state=TEXT),
    "A connection of a business of the caller's.",
)

# Of two businesses the lesser id is first, here as there.
_RELATION = """coalesce((
    SELECT CASE n.state WHEN 'accepted' THEN 'connected' WHEN 'removed' THEN 'removed'
        WHEN 'blocked' THEN 'blocked' END
    FROM bizconnect.connection AS n
    WHERE least(n.requester_id, n.receiver_id) = c.first_id
        AND greatest(n.requester_id, n.receiver_id) = c.second_id), 'none')"""

_IS_THERE = "(EXISTS (SELECT FROM users.public_business AS b WHERE b.id = c.{0}))"

lock_conversation = maybe(
    sql(
        f"""
        SELECT c.id, c.kind, c.first_id, c.second_id, c.opened_by, c.last_seq, c.last_message_at,
            c.key_id, c.wrapped_key,
            (EXISTS (SELECT FROM users.public_profile AS p WHERE p.user_id = c.first_id)
                OR {_IS_THERE.format("first_id")}) AS first_is_there,
            {_IS_THERE.format("second_id")} AS second_is_there, b.plan, {_RELATION} AS relation
        FROM messaging.conversation AS c
        LEFT JOIN users.business AS b ON b.id = CASE
            WHEN c.first_id = ANY (CAST(:mine AS uuid[])) THEN c.first_id ELSE c.second_id END
        WHERE c.id = :id FOR UPDATE OF c
        """,
        id=UUID_,
        mine=UUIDS,
    ).columns(
        must("id", UUID_),
        must("kind", TEXT),
        must("first_id", UUID_),
        must("second_id", UUID_),
        must("opened_by", UUID_),
        must("last_seq", BIGINT),
        must("last_message_at", INSTANT),
        must("key_id", TEXT),
        must("wrapped_key", BYTES),
        must("first_is_there", BOOL),
        must("second_is_there", BOOL),
        may("plan", TEXT),
        must("relation", TEXT),
    ),
    "A conversation and what decides on who may write in it, locked until this transaction ends.",
)
