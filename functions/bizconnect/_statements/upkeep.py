"""What happens to connections by the clock, and by the end of a business."""

from shared.manifest.statements import INSTANT, INT, TEXT, TEXTS, UUID_, rows, sql, value
from shared.tables.types import may, must

expire_due = rows(
    sql(
        """
        WITH due AS (
            SELECT id FROM bizconnect.connection
            WHERE state IN ('pending', 'declined') AND expires_at <= :now
            ORDER BY expires_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
        ), changed AS (
            UPDATE bizconnect.connection AS c
            SET state = 'expired', version = c.version + 1,
                requester_version = c.requester_version + 1
            FROM due WHERE c.id = due.id AND c.state IN ('pending', 'declined')
            RETURNING c.*
        )
        SELECT c.id, c.requester_id, c.receiver_id, c.version, c.expires_at,
            p.name AS receiver_name
        FROM changed AS c LEFT JOIN users.public_business AS p ON p.id = c.receiver_id
        ORDER BY c.expires_at, c.id
        """,
        now=INSTANT,
        limit=INT,
    ).columns(
        must("id", UUID_),
        must("requester_id", UUID_),
        must("receiver_id", UUID_),
        must("version", INT),
        must("expires_at", INSTANT),
        may("receiver_name", TEXT),
    ),
    "Note of requests that found no yes that their time is up, be they declined or not answered.",
)

lock_business = value(
    sql(
        "SELECT pg_advisory_xact_lock(hashtextextended('bizconnect:' || CAST(:id AS uuid), 0))"
        "::text AS locked",
        id=UUID_,
    ).columns(locked=TEXT),
    "Wait for whoever asks a business or in its name; who comes later finds it gone.",
)

delete_connections = rows(
    sql(
        """
        DELETE FROM bizconnect.connection AS c USING (
            SELECT id FROM bizconnect.connection
            WHERE requester_id = :business_id OR receiver_id = :business_id
            ORDER BY id LIMIT :limit FOR UPDATE) AS batch
        WHERE c.id = batch.id
        RETURNING c.id, c.requester_id, c.receiver_id, c.version
        """,
        business_id=UUID_,
        limit=INT,
    ).columns(id=UUID_, requester_id=UUID_, receiver_id=UUID_, version=INT),
    "Delete a batch of the connections of a business.",
)

forget_events = value(
    sql("SELECT platform.forget_events(:keys)", keys=TEXTS).columns(forgotten=TEXT),
    "Forget what was announced of some connections.",
)
