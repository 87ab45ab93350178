"""What devices did offline."""

from shared.manifest.statements import INT, TEXT, TEXTS, rows, sql

answers_of = rows(
    sql(
        """
        SELECT operation, key, encode(request_hash, 'hex') AS request_hash, status, body
        FROM platform.idempotency_key
        WHERE actor = :actor AND operation = ANY (:operations) AND key = ANY (:keys)
        LIMIT :limit
        """,
        actor=TEXT,
        operations=TEXTS,
        keys=TEXTS,
        limit=INT,
    ).columns(operation=TEXT, key=TEXT, request_hash=TEXT, status=INT, body=TEXT),
    "What operations of an outbox were answered when they were done.",
)
