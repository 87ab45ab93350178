"""What phones that listen to a conversation see of it."""

from functions.messaging._statements.messages import MESSAGE, MESSAGE_COLUMNS
from shared.manifest.statements import BIGINT, INT, TEXT, UUID_, rows, sql, value

_FURTHEST = """coalesce((SELECT max(p.{0}) FROM messaging.pointer AS p
            WHERE p.conversation_id = c.id AND p.party_id = c.{1}), 0)"""

_SENT = """coalesce((SELECT max(d.sent_seq) FROM messaging.delivery AS d
            WHERE d.conversation_id = c.id AND d.party_id = c.{0}), 0)"""


def _party(column: str) -> str:
    reached = [
        f"'{each}', {_FURTHEST.format(each, column)}" for each in ("delivered_seq", "read_seq")
    ]
    reached.append(f"'sent_seq', {_SENT.format(column)}")
    return f"jsonb_build_object('id', c.{column}, {', '.join(reached)})"


# Ids of people and of businesses never coincide.
live_conversation = value(
    sql(
        f"""
        SELECT jsonb_build_object('kind', c.kind, 'last_seq', c.last_seq,
            'updated_at', c.last_message_at,
            'parties', jsonb_build_array({_party("first_id")}, {_party("second_id")}),
            'members', coalesce((
                SELECT jsonb_agg(them.uid) FROM (
                    SELECT a.uid FROM users.account AS a
                    WHERE a.state <> 'erased' AND a.id = ANY (ARRAY(
                        SELECT c.first_id UNION
                        SELECT m.user_id FROM users.membership AS m
                        WHERE m.business_id IN (c.first_id, c.second_id)))
                    ORDER BY a.id LIMIT :most) AS them), '[]'))::text AS json
        FROM messaging.conversation AS c WHERE c.id = :id
        """,
        id=UUID_,
        most=INT,
    ).columns(json=TEXT),
    "Who may listen to a conversation, and how far it and its two sides have got.",
)

page_of_live = rows(
    sql(
        """
        SELECT c.id::text AS key, c.id::text AS document FROM messaging.conversation AS c
        WHERE c.id > CAST(:after AS uuid) ORDER BY c.id LIMIT :limit
        """,
        after=TEXT,
        limit=INT,
    ).columns(key=TEXT, document=TEXT),
    "Conversations and the ids of their documents.",
)

window = rows(
    sql(
        f"""
        SELECT {MESSAGE} FROM messaging.conversation AS c
        JOIN messaging.message AS m ON m.conversation_id = c.id
        WHERE c.id = :conversation_id AND m.seq BETWEEN :first AND :last
            AND m.seq > c.last_seq - :size
        ORDER BY m.seq DESC LIMIT :size
        """,
        conversation_id=UUID_,
        first=BIGINT,
        last=BIGINT,
        size=INT,
    ).columns(*MESSAGE_COLUMNS),
    "Messages between two numbers, those included, that are among the newest of a conversation.",
)

last_seq = value(
    sql(
        "SELECT last_seq FROM messaging.conversation WHERE id = :conversation_id",
        conversation_id=UUID_,
    ).columns(last_seq=BIGINT),
    "How many messages a conversation has.",
)

conversations_of = rows(
    sql(
        """
        SELECT of_it.id FROM (
            SELECT c.id FROM messaging.conversation AS c
            WHERE c.first_id = :party_id AND c.id > :after
            UNION ALL
            SELECT c.id FROM messaging.conversation AS c
            WHERE c.second_id = :party_id AND c.id > :after
        ) AS of_it
        ORDER BY of_it.id LIMIT :limit
        """,
        party_id=UUID_,
        after=UUID_,
        limit=INT,
    ).columns(id=UUID_),
    "Conversations in which a person or a business takes part.",
)
