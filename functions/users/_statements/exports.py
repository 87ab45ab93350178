"""All that is held of a person, asked for and written down."""

from shared.manifest.exports import part_of
from shared.manifest.statements import (
    INSTANT,
    INT,
    TEXT,
    TEXTS,
    UUID_,
    UUIDS,
    done,
    maybe,
    rows,
    sql,
    value,
)

export_part = part_of("users")

insert_export = done(
    sql(
        """
        INSERT INTO users.export (id, user_id, asked_at, expires_at)
        VALUES (:id, :user_id, :asked_at, :expires_at)
        """,
        id=UUID_,
        user_id=UUID_,
        asked_at=INSTANT,
        expires_at=INSTANT,
    ),
    "Note that a person asked for his data.",
)

owned_by = value(
    sql(
        """
        SELECT coalesce(array_agg(business_id), '{}') AS ids FROM users.membership
        WHERE user_id = :user_id AND role = 'owner'
        """,
        user_id=UUID_,
    ).columns(ids=UUIDS),
    "The businesses that a person owns.",
)

export = maybe(
    sql(
        """
        SELECT state, asked_at, expires_at FROM users.export
        WHERE id = :id AND user_id = :user_id AND expires_at > :now
        """,
        id=UUID_,
        user_id=UUID_,
        now=INSTANT,
    ).columns(state=TEXT, asked_at=INSTANT, expires_at=INSTANT),
    "An export of the caller that is kept still.",
)

# The lock on the row has parts that arrive at once take turns: the last of them sees all.
note_part = maybe(
    sql(
        """
        UPDATE users.export
        SET parts = ARRAY(SELECT unnest(parts || CAST(:part AS text)) AS part GROUP BY 1 ORDER BY 1)
        WHERE id = :id AND state = 'preparing' RETURNING parts, expires_at
        """,
        id=UUID_,
        part=TEXT,
    ).columns(parts=TEXTS, expires_at=INSTANT),
    "Note that a part is written; None when the export is made or gone.",
)

finish_export = done(
    sql(
        "UPDATE users.export SET state = 'ready', ready_at = :now WHERE id = :id",
        id=UUID_,
        now=INSTANT,
    ),
    "Say that an export may be fetched.",
)

lock_expired = rows(
    sql(
        """
        SELECT id, user_id FROM users.export WHERE expires_at <= :now
        ORDER BY expires_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
        """,
        now=INSTANT,
        limit=INT,
    ).columns(id=UUID_, user_id=UUID_),
    "Exports whose time is over, locked.",
)

delete_exports = done(
    sql("DELETE FROM users.export WHERE id = ANY (:ids)", ids=UUIDS), "Drop exports."
)
