"""The sign-ins of the local identity service: custom claims and revocations, by uid.

Whoever asks for a token has signed in, and is somebody from then on.
"""

import json
from typing import Any

from local.identity import Signer
from local.rest import RefusedError
from local.store import Row, Store


def update(db: Store, body: dict[str, Any]) -> None:
    """Do what `accounts:update` does: claims, disabling, the instant before which tokens are void.

    What is not said stays as it is.
    """
    claims = body.get("customAttributes")
    if claims is not None and not isinstance(json.loads(claims), dict):
        message = "customAttributes is the JSON text of an object"
        raise ValueError(message)
    valid_since = body.get("validSince")
    _found(
        db.rows(
            """
            UPDATE local.identity SET
                claims = coalesce(CAST(:claims AS jsonb), claims),
                disabled = coalesce(CAST(:disabled AS boolean), disabled),
                valid_since = coalesce(CAST(:valid_since AS bigint), valid_since)
            WHERE uid = :uid RETURNING uid
            """,
            uid=str(body["localId"]),
            claims=claims,
            disabled=body.get("disableUser"),
            valid_since=None if valid_since is None else int(valid_since),
        )
    )


def delete(db: Store, body: dict[str, Any]) -> None:
    """Do what `accounts:delete` does."""
    uid = str(body["localId"])
    _found(db.rows("DELETE FROM local.identity WHERE uid = :uid RETURNING uid", uid=uid))


def lookup(db: Store, uids: list[str]) -> dict[str, Any]:
    """Return what `accounts:lookup` says of sign-ins; of one that it does not know, nothing."""
    users = []
    for uid in uids:
        for row in db.rows("SELECT * FROM local.identity WHERE uid = :uid", uid=uid):
            since = row["valid_since"]
            user = {"localId": uid, "disabled": row["disabled"]}
            users.append({**user, "validSince": str(since)} if since else user)
    return {"users": users} if users else {}


def token(db: Store, signer: Signer, uid: str, **claims: Any) -> str:  # noqa: ANN401  # any claim
    """Sign somebody in: return a fresh ID token with the custom claims that the suite gave him.

    None of them replaces what Firebase itself says.
    """
    (known,) = db.rows(
        """
        INSERT INTO local.identity (uid) VALUES (:uid)
        ON CONFLICT (uid) DO UPDATE SET uid = excluded.uid RETURNING claims, disabled
        """,
        uid=uid,
    )
    if known["disabled"]:
        raise RefusedError(400, "USER_DISABLED")
    return signer.person(uid, **{**known["claims"], "user_id": uid, **claims})


def _found(rows: list[Row]) -> None:
    if not rows:
        raise RefusedError(400, "USER_NOT_FOUND")
