"""Printed from _statements/consents.py by `python -m functions write`. Do not edit."""

from uuid import UUID

from shared.db import Connection


_PUT_CONSENTS = """
WITH changed AS (
    INSERT INTO users.consent AS k (user_id, purpose, granted, policy_version, decided_at)
    SELECT $1::UUID, c.purpose, c.granted, c.policy_version, clock_timestamp()
    FROM jsonb_to_recordset(CAST($2::VARCHAR AS jsonb))
        AS c(purpose text, granted boolean, policy_version text)
    ORDER BY c.purpose
    ON CONFLICT (user_id, purpose) DO UPDATE SET granted = excluded.granted,
        policy_version = excluded.policy_version, decided_at = excluded.decided_at
    WHERE (k.granted, k.policy_version)
        IS DISTINCT FROM (excluded.granted, excluded.policy_version)
    RETURNING *)
INSERT INTO users.consent_history (user_id, purpose, granted, policy_version, decided_at)
SELECT user_id, purpose, granted, policy_version, decided_at FROM changed ORDER BY purpose
"""


def put_consents(db: Connection, *, user_id: UUID, consents: str) -> int:
    """Keep what a person agrees to and refuses from now on, and add it to the history."""
    return db.done(_PUT_CONSENTS, user_id, consents)


_CONSENTS = """
SELECT '[' || string_agg(jsonb_build_object('purpose', p.purpose,
            'granted', coalesce(d.granted, false), 'policy_version', d.policy_version,
            'decided_at', d.decided_at, 'history', (
                SELECT coalesce(jsonb_agg(jsonb_build_object('granted', d.granted, 'policy_version', d.policy_version,
'decided_at', d.decided_at) ORDER BY d.id DESC), '[]')
                FROM (SELECT * FROM users.consent_history AS h
                    WHERE h.user_id = $1::UUID AND h.purpose = p.purpose
                    ORDER BY h.id DESC LIMIT 20) AS d))::text, ',' ORDER BY p.place) || ']'
        AS json
    FROM unnest(CAST($2::TEXT[] AS text[])) WITH ORDINALITY AS p(purpose, place)
    LEFT JOIN users.consent AS d ON d.user_id = $1::UUID AND d.purpose = p.purpose
"""


def consents(db: Connection, *, user_id: UUID, purposes: list[str]) -> str | None:
    """How a person decided on each purpose: what holds, and the newest decisions before it."""
    result: str | None = db.value(_CONSENTS, user_id, purposes)
    return result
