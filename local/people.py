"""Sign-ins of the local identity service: custom claims and revocations, by uid."""

import json
from typing import Any

from local.identity import Signer
from local.store import Row, Store


def update(db: Store, body: dict[str, Any]) -> None:
    """Do what `accounts:update` does: keep claims, and the instant before which tokens are void."""
    claims = body.get("customAttributes")
    if claims is not None and not isinstance(json.loads(claims), dict):
        message = "customAttributes is the JSON text of an object"
        raise ValueError(message)
    valid_since = body.get("validSince")
    db.rows(
        """
        INSERT INTO local.identity AS kept (uid, claims, valid_since)
        VALUES (:uid, coalesce(CAST(:claims AS jsonb), '{}'), CAST(:valid_since AS bigint))
        ON CONFLICT (uid) DO UPDATE SET
            claims = coalesce(CAST(:claims AS jsonb), kept.claims),
            valid_since = coalesce(CAST(:valid_since AS bigint), kept.valid_since)
        """,
        uid=str(body["localId"]),
        claims=claims,
        valid_since=None if valid_since is None else int(valid_since),
    )


def delete(db: Store, body: dict[str, Any]) -> None:
    """Do what `accounts:delete` does."""
    db.rows("DELETE FROM local.identity WHERE uid = :uid", uid=str(body["localId"]))


def find(db: Store, uid: str) -> Row | None:
    """Return the claims of a sign-in, if it has any."""
    found = db.rows("SELECT claims, valid_since FROM local.identity WHERE uid = :uid", uid=uid)
    return found[0] if found else None


def lookup(db: Store, uid: str) -> dict[str, Any]:
    """Return what `accounts:lookup` says of a sign-in; here everybody who asks for one has one."""
    found = find(db, uid)
    since = found["valid_since"] if found else None
    return {"localId": uid, **({"validSince": str(since)} if since else {})}


def token(db: Store, signer: Signer, uid: str, **claims: Any) -> str:  # noqa: ANN401  # any claim
    """Return a fresh ID token of `uid`, with the custom claims that the suite gave him."""
    known = find(db, uid)
    return signer.person(uid, **{**(known["claims"] if known else {}), **claims})
