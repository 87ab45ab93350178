"""A person asks to be forgotten, thinks again, is forgotten."""

from shared.manifest.statements import (
    BOOL,
    INSTANT,
    INT,
    TEXT,
    TEXTS,
    UUID_,
    done,
    maybe,
    rows,
    sql,
    value,
)
from shared.tables.retention import MATRIX

has_followers = value(
    sql(
        """
        SELECT EXISTS (
            SELECT FROM users.membership AS mine JOIN users.membership AS other
                ON other.business_id = mine.business_id AND other.user_id <> mine.user_id
            WHERE mine.user_id = :user_id AND mine.role = 'owner' AND NOT EXISTS (
                SELECT FROM users.membership AS owner
                WHERE owner.business_id = mine.business_id AND owner.user_id <> mine.user_id
                    AND owner.role = 'owner')) AS found
        """,
        user_id=UUID_,
    ).columns(found=BOOL),
    "Whether others belong to a business that a person alone owns.",
)

ask_erasure = maybe(
    sql(
        "SELECT revoked_after, erase_after FROM users.ask_erasure(make_interval(days => :days))",
        days=INT,
    ).columns(revoked_after=INSTANT, erase_after=INSTANT),
    "Lock the caller's account until it is erased, and sign him out; None when it is locked.",
)

cancel_erasure = value(
    sql("SELECT users.cancel_erasure() AS id").columns(id=UUID_),
    "Give the caller his account back; None when it does not wait to be erased.",
)

lock_due = value(
    sql(
        """
        SELECT id FROM users.account WHERE state = 'erasing' AND erase_after <= :now
        ORDER BY erase_after, id LIMIT 1 FOR UPDATE SKIP LOCKED
        """,
        now=INSTANT,
    ).columns(id=UUID_),
    "The account that has waited longest to be erased, locked.",
)

# Its own statement: what follows must see who came and went while this waited.
lock_businesses = value(
    sql(
        """
        SELECT count(*) AS locked FROM (
            SELECT b.id FROM users.business AS b JOIN users.membership AS m ON m.business_id = b.id
            WHERE m.user_id = :user_id AND m.role = 'owner'
            ORDER BY b.id FOR NO KEY UPDATE OF b) AS held
        """,
        user_id=UUID_,
    ).columns(locked=INT),
    "Lock the businesses that a person owns: who belongs to them changes one edit at a time.",
)

businesses_of = rows(
    sql(
        """
        SELECT business_id AS id FROM users.membership WHERE user_id = :user_id ORDER BY business_id
        """,
        user_id=UUID_,
    ).columns(id=UUID_),
    "The businesses that a person belongs to.",
)

_PAPERS = f"""{MATRIX["users.verification_request"].blanked()},
            state = CASE WHEN v.state = 'pending' THEN 'withdrawn' ELSE v.state END"""

erase_businesses = rows(
    sql(
        f"""
        WITH alone AS (
            SELECT mine.business_id FROM users.membership AS mine
            WHERE mine.user_id = :user_id AND mine.role = 'owner' AND NOT EXISTS (
                SELECT FROM users.membership AS owner
                WHERE owner.business_id = mine.business_id AND owner.user_id <> mine.user_id
                    AND owner.role = 'owner')
        ), emptied AS (
            UPDATE users.business AS b SET {MATRIX["users.business"].blanked()},
                version = b.version + 1, updated_at = clock_timestamp()
            FROM alone WHERE b.id = alone.business_id RETURNING b.id
        ), hidden AS (
            DELETE FROM users.public_business AS p USING emptied WHERE p.id = emptied.id
        ), papers AS (
            UPDATE users.verification_request AS v SET {_PAPERS}
            FROM emptied WHERE v.business_id = emptied.id AND v.requested_by <> :user_id
        ), released AS (
            DELETE FROM users.membership AS m USING emptied
            WHERE m.business_id = emptied.id AND m.user_id <> :user_id
        )
        SELECT id FROM emptied ORDER BY id
        """,
        user_id=UUID_,
    ).columns(id=UUID_),
    "Empty the businesses that nobody else owns.",
)

_OF_HIM = ("public_profile", "consent", "consent_history", "device", "membership", "export")

# The sign-in's id stays until the provider has forgotten it: only then nobody can come in with it.
erase_account = done(
    sql(
        "WITH "
        + ", ".join(
            f"no_{name} AS (DELETE FROM users.{name} WHERE user_id = :user_id)" for name in _OF_HIM
        )
        + f""", papers AS (
            UPDATE users.verification_request AS v SET {_PAPERS} WHERE v.requested_by = :user_id)
        UPDATE users.account SET {MATRIX["users.account"].blanked(but="uid")}, state = 'erased',
            erase_after = NULL, version = version + 1, updated_at = clock_timestamp()
        WHERE id = :user_id
        """,
        user_id=UUID_,
    ),
    "Empty an account and delete what hangs on it.",
)

erased_uid = value(
    sql(
        """
        SELECT uid FROM users.account
        WHERE id = :user_id AND state = 'erased' AND uid <> 'erased:' || id FOR NO KEY UPDATE
        """,
        user_id=UUID_,
    ).columns(uid=TEXT),
    "The sign-in of an erased account; None once it is forgotten.",
)

forget_uid = done(
    sql(
        f"""
        UPDATE users.account SET uid = {MATRIX["users.account"].blank["uid"]} WHERE id = :user_id
        """,
        user_id=UUID_,
    ),
    "Forget the sign-in of an account.",
)

forget_caller = value(
    sql("SELECT platform.forget_caller(:uid)", uid=TEXT).columns(forgotten=TEXT),
    "Forget what the calls of a sign-in were answered with.",
)

forget_events = value(
    sql("SELECT platform.forget_events(:keys)", keys=TEXTS).columns(forgotten=TEXT),
    "Forget what was announced of an account.",
)
