"""How far each person's phones have been brought what was said to him."""

from shared.manifest.statements import (
    BIGINT,
    BOOL,
    INSTANT,
    INT,
    TEXT,
    UUID_,
    done,
    maybe,
    rows,
    sql,
)
from shared.tables.types import may, must

# The side that is written to: the person himself, or whoever is in the business. Of a support
# conversation it is the agent who has it; while it waits its team is told of it in other ways.
queue_deliveries = rows(
    sql(
        """
        WITH side AS (
            SELECT c.id, CASE WHEN c.first_id = :from_party THEN c.second_id ELSE c.first_id END
                AS party_id
            FROM messaging.conversation AS c WHERE c.id = :conversation_id
        ), people AS (
            SELECT side.id, side.party_id, a.id AS user_id FROM side JOIN users.account AS a
                ON a.id = ANY (ARRAY(SELECT side.party_id UNION SELECT m.user_id
                    FROM users.membership AS m WHERE m.business_id = side.party_id))
            LEFT JOIN messaging.support_case AS s ON s.conversation_id = side.id
            WHERE a.state NOT IN ('erasing', 'erased') AND a.id <> :sender_id
                AND (s.conversation_id IS NULL OR a.id IN (side.party_id, s.agent_id))
            ORDER BY a.id LIMIT :most
        )
        INSERT INTO messaging.delivery AS d
            (conversation_id, user_id, party_id, queued_seq, due_at)
        SELECT id, user_id, party_id, :seq, :due_at FROM people
        ON CONFLICT (conversation_id, user_id) DO UPDATE
        SET queued_seq = excluded.queued_seq, due_at = least(d.due_at, excluded.due_at), tries = 0
        WHERE d.queued_seq < excluded.queued_seq
        RETURNING d.user_id
        """,
        conversation_id=UUID_,
        from_party=UUID_,
        sender_id=UUID_,
        seq=BIGINT,
        due_at=INSTANT,
        most=INT,
    ).columns(user_id=UUID_),
    "Owe a message to each person of the other side; those to whom it is news.",
)

_HELD = """coalesce((SELECT p.delivered_seq FROM messaging.pointer AS p
            WHERE p.conversation_id = d.conversation_id AND p.user_id = d.user_id), 0)"""

_OTHER = "CASE WHEN c.first_id = d.party_id THEN c.second_id ELSE c.first_id END"

_NAME = f"""coalesce(
            (SELECT b.name FROM users.public_business AS b WHERE b.id = {_OTHER}),
            (SELECT f.card::jsonb ->> 'name' FROM users.public_profile AS f
             WHERE f.user_id = {_OTHER}))"""

_MAY_BE_TOLD = """a.state NOT IN ('erasing', 'erased') AND (d.party_id = a.id OR EXISTS (
            SELECT FROM users.membership AS m
            WHERE m.business_id = d.party_id AND m.user_id = a.id))"""

delivery = maybe(
    sql(
        f"""
        SELECT d.queued_seq, greatest(d.sent_seq, d.failed_seq) AS settled_seq,
            {_HELD} AS held_seq, a.language, {_NAME} AS name
        FROM messaging.delivery AS d
        JOIN messaging.conversation AS c ON c.id = d.conversation_id
        JOIN users.account AS a ON a.id = d.user_id
        WHERE d.conversation_id = :conversation_id AND d.user_id = :user_id
            AND NOT a.data_saver AND {_MAY_BE_TOLD}
        """,
        conversation_id=UUID_,
        user_id=UUID_,
    ).columns(
        must("queued_seq", BIGINT),
        must("settled_seq", BIGINT),
        must("held_seq", BIGINT),
        must("language", TEXT),
        may("name", TEXT),
    ),
    "What is owed to somebody who wants it shown on his phones, and from whom.",
)

installs = rows(
    sql(
        """
        SELECT install_id, push_token,
            encode(sha256(convert_to(push_token, 'UTF8')), 'hex') AS fingerprint
        FROM users.device WHERE user_id = :user_id ORDER BY install_id LIMIT :limit
        """,
        user_id=UUID_,
        limit=INT,
    ).columns(install_id=UUID_, push_token=TEXT, fingerprint=TEXT),
    "Where somebody has the app.",
)

_REACHED = {"conversation_id": UUID_, "user_id": UUID_, "seq": BIGINT}

note_sent = done(
    sql(
        """
        UPDATE messaging.delivery SET sent_seq = greatest(sent_seq, :seq)
        WHERE conversation_id = :conversation_id AND user_id = :user_id
        """,
        **_REACHED,
    ),
    "Note that all up to a number is on the way to an install of somebody.",
)

note_failed = done(
    sql(
        """
        UPDATE messaging.delivery SET failed_seq = greatest(failed_seq, :seq)
        WHERE conversation_id = :conversation_id AND user_id = :user_id
        """,
        **_REACHED,
    ),
    "Note that nothing up to a number will reach an install of somebody.",
)

delete_deliveries = done(
    sql("DELETE FROM messaging.delivery WHERE user_id = :user_id", user_id=UUID_),
    "Forget what is owed to somebody.",
)

_MOST_COUNTED = 100

lock_due = rows(
    sql(
        f"""
        SELECT d.conversation_id, d.user_id, {_OTHER} AS from_id, d.queued_seq,
            d.sent_seq, d.failed_seq, d.told_seq, d.tries, {_HELD} AS held_seq,
            {_MAY_BE_TOLD} AS may_be_told,
            NOT a.data_saver AND EXISTS (
                SELECT FROM users.device AS i WHERE i.user_id = d.user_id) AS has_install,
            (SELECT count(*) FROM (
                SELECT FROM messaging.message AS m
                WHERE m.conversation_id = d.conversation_id AND m.seq > {_HELD}
                    AND m.deleted_at IS NULL
                    AND coalesce(m.on_behalf_of, m.sender_id) <> d.party_id
                LIMIT {_MOST_COUNTED}) AS waiting) AS waiting
        FROM messaging.delivery AS d
        JOIN messaging.conversation AS c ON c.id = d.conversation_id
        JOIN users.account AS a ON a.id = d.user_id
        WHERE d.due_at <= :now
        ORDER BY d.due_at, d.conversation_id, d.user_id LIMIT :limit
        FOR UPDATE OF d SKIP LOCKED
        """,
        now=INSTANT,
        limit=INT,
    ).columns(
        conversation_id=UUID_,
        user_id=UUID_,
        from_id=UUID_,
        queued_seq=BIGINT,
        sent_seq=BIGINT,
        failed_seq=BIGINT,
        told_seq=BIGINT,
        tries=INT,
        held_seq=BIGINT,
        may_be_told=BOOL,
        has_install=BOOL,
        waiting=INT,
    ),
    "What is owed to people and it is time to look at, the oldest first.",
)

note_looked = done(
    sql(
        """
        UPDATE messaging.delivery AS d
        SET told_seq = n.told_seq, failed_seq = n.failed_seq, tries = n.tries, due_at = n.due_at
        FROM jsonb_to_recordset(CAST(:looked AS jsonb)) AS n (conversation_id uuid, user_id uuid,
            told_seq bigint, failed_seq bigint, tries integer, due_at timestamptz)
        WHERE d.conversation_id = n.conversation_id AND d.user_id = n.user_id
        """,
        looked=TEXT,
    ),
    "Note what was done about what is owed, and when to look again.",
)
