"""How far people have got: a pointer a person and conversation, which only moves forward."""

from shared.manifest.statements import BIGINT, UUID_, UUIDS, maybe, rows, sql

# As the first side, if he belongs to both. Locked: what is announced of a conversation goes out in
# the order in which it happened.
lock_party = maybe(
    sql(
        """
        SELECT CASE WHEN first_id = ANY (CAST(:mine AS uuid[])) THEN first_id ELSE second_id END
            AS party_id
        FROM messaging.conversation WHERE id = :id FOR UPDATE
        """,
        id=UUID_,
        mine=UUIDS,
    ).columns(party_id=UUID_),
    "On whose side the caller takes part in a conversation, locked until this transaction ends.",
)

# Of his own messages those up to `read_seq` are counted once here, and never again by a reader: the
# numbers up to the last one are there, so the count is final. In the row that is proposed he has
# said as many, for a constraint looks at it before the conflict is found.
move_pointer = maybe(
    sql(
        """
        WITH wanted AS (
            SELECT c.id, least(greatest(:delivered_seq, :read_seq), c.last_seq) AS delivered_seq,
                least(:read_seq, c.last_seq) AS read_seq
            FROM messaging.conversation AS c WHERE c.id = :conversation_id
        ), counted AS (
            SELECT w.*, coalesce((SELECT m.own_no FROM messaging.message AS m
                WHERE m.sender_id = :user_id AND m.conversation_id = w.id AND m.seq <= w.read_seq
                ORDER BY m.seq DESC LIMIT 1), 0) AS sent_read
            FROM wanted AS w
        )
        INSERT INTO messaging.pointer AS p
            (conversation_id, user_id, party_id, delivered_seq, read_seq, sent, sent_read)
        SELECT id, :user_id, :party_id, delivered_seq, read_seq, sent_read, sent_read FROM counted
        ON CONFLICT (conversation_id, user_id) DO UPDATE
        SET delivered_seq = greatest(p.delivered_seq, excluded.delivered_seq),
            read_seq = greatest(p.read_seq, excluded.read_seq),
            sent_read = greatest(p.sent_read, excluded.sent_read)
        WHERE p.delivered_seq < excluded.delivered_seq OR p.read_seq < excluded.read_seq
        RETURNING p.delivered_seq, p.read_seq
        """,
        conversation_id=UUID_,
        user_id=UUID_,
        party_id=UUID_,
        delivered_seq=BIGINT,
        read_seq=BIGINT,
    ).columns(delivered_seq=BIGINT, read_seq=BIGINT),
    "Move somebody's pointers forward, to the last message at most; None when they are there.",
)

reached = maybe(
    sql(
        """
        SELECT coalesce(p.delivered_seq, 0) AS delivered_seq, coalesce(p.read_seq, 0) AS read_seq,
            c.last_seq - coalesce(p.read_seq, 0) - coalesce(p.sent - p.sent_read, 0) AS unread
        FROM messaging.conversation AS c
        LEFT JOIN messaging.pointer AS p ON p.conversation_id = c.id AND p.user_id = :user_id
        WHERE c.id = :conversation_id
        """,
        conversation_id=UUID_,
        user_id=UUID_,
    ).columns(delivered_seq=BIGINT, read_seq=BIGINT, unread=BIGINT),
    "How far somebody has got in a conversation, and how many messages of others lie beyond.",
)

progress = rows(
    sql(
        """
        SELECT party_id, max(read_seq) AS read_seq, max(delivered_seq) AS delivered_seq,
            max(sent_seq) AS sent_seq, max(failed_seq) AS failed_seq, max(queued_seq) AS queued_seq
        FROM (
            SELECT p.party_id, p.read_seq, p.delivered_seq, 0 AS sent_seq, 0 AS failed_seq,
                0 AS queued_seq
            FROM messaging.pointer AS p WHERE p.conversation_id = :conversation_id
            UNION ALL
            SELECT d.party_id, 0, 0, d.sent_seq, d.failed_seq, d.queued_seq
            FROM messaging.delivery AS d WHERE d.conversation_id = :conversation_id
        ) AS reached
        GROUP BY party_id LIMIT 2
        """,
        conversation_id=UUID_,
    ).columns(
        party_id=UUID_,
        read_seq=BIGINT,
        delivered_seq=BIGINT,
        sent_seq=BIGINT,
        failed_seq=BIGINT,
        queued_seq=BIGINT,
    ),
    "How far what was said has got with each side of a conversation.",
)
