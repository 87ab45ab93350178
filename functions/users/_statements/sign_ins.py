"""Where somebody is signed in, what his tokens say, and his devices."""

from shared.manifest.statements import (
    INSTANT,
    INT,
    TEXT,
    TEXTS,
    UUID_,
    done,
    maybe,
    one,
    sql,
    value,
)

revoke_sessions = one(
    sql(
        """
        UPDATE users.account SET revoked_after = clock_timestamp()
        WHERE id = :id RETURNING revoked_after
        """,
        id=UUID_,
    ).columns(revoked_after=INSTANT),
    "Refuse from now on every token of an earlier sign-in.",
)

take_turn = value(
    sql(
        "SELECT pg_advisory_xact_lock(hashtextextended('users.claims:' || CAST(:uid AS text), 0))",
        uid=TEXT,
    ).columns(taken=TEXT),
    "Wait until nobody else is telling the identity provider about this sign-in.",
)

claims_of = maybe(
    sql(
        """
        SELECT uid, roles, role_version FROM users.account WHERE id = :id AND state <> 'erased'
        """,
        id=UUID_,
    ).columns(uid=TEXT, roles=TEXTS, role_version=INT),
    "What a token may say of an account.",
)

replace_roles = maybe(
    sql(
        """
        SELECT outcome, uid, before, roles, role_version
        FROM users.replace_roles(:user_id, :wanted)
        """,
        user_id=UUID_,
        wanted=TEXTS,
    ).columns(outcome=TEXT, uid=TEXT, before=TEXTS, roles=TEXTS, role_version=INT),
    "Give an account other roles, unless nobody would be left to give any; None without account.",
)

take_device = value(
    sql(
        "SELECT users.take_device(:install_id, :push_token, :platform, :app_version)",
        install_id=UUID_,
        push_token=TEXT,
        platform=TEXT,
        app_version=TEXT,
    ).columns(taken=TEXT),
    "Give an install and a push token to the caller, whoever had them.",
)

device = value(
    sql(
        """
        SELECT jsonb_build_object('install_id', install_id, 'platform', platform,
            'app_version', app_version, 'seen_at', seen_at)::text AS json
        FROM users.device WHERE install_id = :install_id AND user_id = :user_id
        """,
        install_id=UUID_,
        user_id=UUID_,
    ).columns(json=TEXT),
    "An install of the caller.",
)

delete_device = done(
    sql(
        "DELETE FROM users.device WHERE install_id = :install_id AND user_id = :user_id",
        install_id=UUID_,
        user_id=UUID_,
    ),
    "Forget an install of the caller.",
)

delete_lost_device = done(
    sql(
        """
        DELETE FROM users.device WHERE install_id = :install_id
            AND encode(sha256(convert_to(push_token, 'UTF8')), 'hex') = :fingerprint
        """,
        install_id=UUID_,
        fingerprint=TEXT,
    ),
    "Forget an install whose push token is still the one of a fingerprint.",
)

delete_devices = done(
    sql("DELETE FROM users.device WHERE user_id = :user_id", user_id=UUID_),
    "Forget every install of the caller: nothing is pushed to it any more.",
)
