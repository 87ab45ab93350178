"""What people agreed to and refused, now and before."""

from shared.manifest.statements import TEXT, TEXTS, UUID_, done, sql, value

# A decision that says what is said already is none: sent twice, it is in the history once.
put_consents = done(
    sql(
        """
        WITH changed AS (
            INSERT INTO users.consent AS k (user_id, purpose, granted, policy_version, decided_at)
            SELECT :user_id, c.purpose, c.granted, c.policy_version, clock_timestamp()
            FROM jsonb_to_recordset(CAST(:consents AS jsonb))
                AS c(purpose text, granted boolean, policy_version text)
            ORDER BY c.purpose
            ON CONFLICT (user_id, purpose) DO UPDATE SET granted = excluded.granted,
                policy_version = excluded.policy_version, decided_at = excluded.decided_at
            WHERE (k.granted, k.policy_version)
                IS DISTINCT FROM (excluded.granted, excluded.policy_version)
            RETURNING *)
        INSERT INTO users.consent_history (user_id, purpose, granted, policy_version, decided_at)
        SELECT user_id, purpose, granted, policy_version, decided_at FROM changed ORDER BY purpose
        """,
        user_id=UUID_,
        consents=TEXT,
    ),
    "Keep what a person agrees to and refuses from now on, and add it to the history.",
)

_DECISION = """jsonb_build_object('granted', d.granted, 'policy_version', d.policy_version,
    'decided_at', d.decided_at)"""

consents = value(
    sql(
        f"""
        SELECT '[' || string_agg(jsonb_build_object('purpose', p.purpose,
                'granted', coalesce(d.granted, false), 'policy_version', d.policy_version,
                'decided_at', d.decided_at, 'history', (
                    SELECT coalesce(jsonb_agg({_DECISION} ORDER BY d.id DESC), '[]')
                    FROM (SELECT * FROM users.consent_history AS h
                        WHERE h.user_id = :user_id AND h.purpose = p.purpose
                        ORDER BY h.id DESC LIMIT 20) AS d))::text, ',' ORDER BY p.place) || ']'
            AS json
        FROM unnest(CAST(:purposes AS text[])) WITH ORDINALITY AS p(purpose, place)
        LEFT JOIN users.consent AS d ON d.user_id = :user_id AND d.purpose = p.purpose
        """,
        user_id=UUID_,
        purposes=TEXTS,
    ).columns(json=TEXT),
    "How a person decided on each purpose: what holds, and the newest decisions before it.",
)
