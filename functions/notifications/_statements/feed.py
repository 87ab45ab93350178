"""What people were told, and what their phones show of it."""

from shared.manifest.exports import part_of
from shared.manifest.statements import (
    BOOL,
    INSTANT,
    INT,
    TEXT,
    UUID_,
    done,
    maybe,
    one,
    rows,
    sql,
    value,
)
from shared.tables.types import may, must

_NOTIFICATION = """jsonb_build_object(
    'id', n.id, 'type', n.type, 'title', n.title, 'body', n.body, 'language', n.language,
    'parameters', n.parameters, 'subject_id', n.subject_id, 'version', n.version,
    'created_at', n.created_at, 'read_at', n.read_at)::text"""

people_behind = rows(
    sql(
        """
        SELECT m.user_id, a.uid, a.language
        FROM users.membership AS m JOIN users.account AS a ON a.id = m.user_id
        WHERE m.business_id = :business_id AND m.role IN ('owner', 'manager')
            AND a.state NOT IN ('erasing', 'erased')
        ORDER BY m.role DESC, m.created_at, m.user_id LIMIT :limit
        """,
        business_id=UUID_,
        limit=INT,
    ).columns(user_id=UUID_, uid=TEXT, language=TEXT),
    "Owners and managers of a business, the owners first.",
)

insert_notifications = rows(
    sql(
        """
        INSERT INTO notifications.notification
            (id, user_id, type, subject_id, deduplication, language, title, body, parameters)
        SELECT n.id, n.user_id, :type, :subject_id, :deduplication, n.language, n.title, n.body,
            CAST(:parameters AS jsonb)
        FROM jsonb_to_recordset(CAST(:notifications AS jsonb))
            AS n(id uuid, user_id uuid, language text, title text, body text)
        ON CONFLICT (user_id, deduplication) DO NOTHING RETURNING id
        """,
        type=TEXT,
        subject_id=UUID_,
        deduplication=TEXT,
        parameters=TEXT,
        notifications=TEXT,
    ).columns(id=UUID_),
    "Tell each person once, however often the fact is delivered; what is news to somebody.",
)

person = maybe(
    sql(
        """
        SELECT id AS user_id, uid, language FROM users.account
        WHERE id = :user_id AND state NOT IN ('erasing', 'erased')
        """,
        user_id=UUID_,
    ).columns(user_id=UUID_, uid=TEXT, language=TEXT),
    "Somebody who may be told; None when he is not there any more.",
)

export_part = part_of("notifications")

delete_notifications = done(
    sql("DELETE FROM notifications.notification WHERE user_id = :user_id", user_id=UUID_),
    "Empty a person's inbox.",
)

page_of_notifications = one(
    sql(
        f"""
        SELECT '[' || coalesce(
                string_agg(item, ',' ORDER BY place) FILTER (WHERE place <= :limit), '') || ']'
                AS items,
            max(created_at::text) FILTER (WHERE place = :limit) AS last_key,
            max(id::text) FILTER (WHERE place = :limit) AS last_id,
            count(*) > :limit AS more
        FROM (
            SELECT {_NOTIFICATION} AS item, n.created_at, n.id,
                row_number() OVER (ORDER BY n.created_at DESC, n.id DESC) AS place
            FROM notifications.notification AS n
            WHERE n.user_id = :user_id AND (NOT :unread_only OR n.read_at IS NULL)
                AND (n.created_at, n.id)
                    < (CAST(:before_key AS timestamptz), CAST(:before_id AS uuid))
            ORDER BY n.created_at DESC, n.id DESC LIMIT CAST(:limit AS integer) + 1
        ) AS page
        """,
        user_id=UUID_,
        unread_only=BOOL,
        before_key=TEXT,
        before_id=TEXT,
        limit=INT,
    ).columns(must("items", TEXT), may("last_key", TEXT), may("last_id", TEXT), must("more", BOOL)),
    "A person's notifications, the newest first.",
)

unread = one(
    sql(
        """
        SELECT least(count(*), :limit)::integer AS counted, count(*) > :limit AS more
        FROM (
            SELECT FROM notifications.notification
            WHERE user_id = :user_id AND read_at IS NULL LIMIT CAST(:limit AS integer) + 1
        ) AS first_ones
        """,
        user_id=UUID_,
        limit=INT,
    ).columns(counted=INT, more=BOOL),
    "How many notifications a person has not read, counted up to a limit.",
)

mark_notification = value(
    sql(
        f"""
        UPDATE notifications.notification AS n
        SET read_at = CASE WHEN :read THEN CAST(:now AS timestamptz) END, version = n.version + 1
        WHERE n.id = :id AND n.user_id = :user_id AND (n.read_at IS NULL) = :read
        RETURNING {_NOTIFICATION} AS json
        """,
        id=UUID_,
        user_id=UUID_,
        read=BOOL,
        now=INSTANT,
    ).columns(json=TEXT),
    "Mark one as read or unread; None when it is that already, or not the person's.",
)

notification = value(
    sql(
        f"""
        SELECT {_NOTIFICATION} AS json FROM notifications.notification AS n
        WHERE n.id = :id AND n.user_id = :user_id
        """,
        id=UUID_,
        user_id=UUID_,
    ).columns(json=TEXT),
    "One of a person's notifications.",
)

mark_all_read = done(
    sql(
        """
        WITH batch AS (
            SELECT id FROM notifications.notification
            WHERE user_id = :user_id AND read_at IS NULL AND created_at <= :before
            ORDER BY created_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        UPDATE notifications.notification AS n
        SET read_at = CAST(:now AS timestamptz), version = version + 1
        FROM batch WHERE n.id = batch.id
        """,
        user_id=UUID_,
        before=INSTANT,
        now=INSTANT,
        limit=INT,
    ),
    "Mark a batch of a person's unread notifications, the oldest first.",
)

inbox = value(
    sql(
        """
        SELECT jsonb_build_object(
            'unread', least(u.counted, :counted), 'more', u.counted > :counted,
            'newest', coalesce(n.cards, '[]'))::text AS json
        FROM users.account AS a
        CROSS JOIN LATERAL (
            SELECT count(*) AS counted FROM (
                SELECT FROM notifications.notification AS n
                WHERE n.user_id = a.id AND n.read_at IS NULL
                LIMIT CAST(:counted AS integer) + 1) AS first_ones) AS u
        CROSS JOIN LATERAL (
            SELECT jsonb_agg(to_jsonb(card) ORDER BY created_at DESC, id DESC) AS cards FROM (
                SELECT n.id, n.type, n.subject_id, n.language, n.title, n.body, n.created_at,
                    n.read_at
                FROM notifications.notification AS n WHERE n.user_id = a.id
                ORDER BY n.created_at DESC, n.id DESC LIMIT :newest) AS card) AS n
        WHERE a.id = :user_id AND a.state <> 'erased'
        """,
        user_id=UUID_,
        counted=INT,
        newest=INT,
    ).columns(json=TEXT),
    "What a person's phone shows of his inbox; None when he is forgotten.",
)

page_of_inboxes = rows(
    sql(
        """
        SELECT a.id::text AS key, a.uid AS document FROM users.account AS a
        WHERE a.id > CAST(:after AS uuid) AND a.state <> 'erased' AND EXISTS (
            SELECT FROM notifications.notification AS n WHERE n.user_id = a.id)
        ORDER BY a.id LIMIT :limit
        """,
        after=TEXT,
        limit=INT,
    ).columns(key=TEXT, document=TEXT),
    "People who have an inbox, and the ids of their documents.",
)
