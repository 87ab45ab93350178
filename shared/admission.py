"""Who knocks, and whether he may come in: token, account state, role."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pg8000.native import literal

from shared.auth import Actor
from shared.entry import needs_account
from shared.errors import ForbiddenError, UnauthenticatedError
from shared.http import Request
from shared.roles import Role
from shared.tokens import Claims
from shared.triggers import Http

_NOBODY = UUID(int=0)


class OutOfStepError(OSError):
    """The connection answered an earlier question: it is discarded like a broken one."""


def bearer(request: Request) -> str:
    """Return the token of a request."""
    # API Gateway moves the caller's header and puts its own token in its place.
    raw = request.header("x-forwarded-authorization") or request.header("authorization")
    if raw is None:
        raise UnauthenticatedError("Sign in first.")
    scheme, _, token = raw.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthenticatedError("Send the token as `Authorization: Bearer …`.")
    return token.strip()


def opening(claims: Claims | None) -> tuple[str, str]:
    """Return the statement that travels with BEGIN, and the nonce that it must send back.

    It finds the account and tells row-level security who calls. The nonce proves that the
    replies are in step.
    """
    if claims is None:
        return "", ""
    nonce = secrets.token_hex(8)
    arguments = f"{literal(claims.uid)}, {literal(nonce)}"
    return f"select * from users.begin_request({arguments})", nonce  # noqa: S608  # quoted above


def admit(trigger: Http, claims: Claims, row: list[Any], nonce: str) -> Actor:
    """Build the actor from what `users.begin_request` returned; refuse who may not knock."""
    echoed, user_id, roles, state, revoked_after, businesses = row
    if echoed != nonce:
        raise OutOfStepError
    signed_in_at = datetime.fromtimestamp(claims.signed_in_at, UTC)
    if revoked_after is not None and signed_in_at < revoked_after:
        raise UnauthenticatedError("You were signed out. Sign in again.", code="TOKEN_REVOKED")
    if state not in {None, "active"}:
        raise ForbiddenError("This account is suspended.", code="ACCOUNT_SUSPENDED")
    held = frozenset(Role(role) for role in roles or ())
    if needs_account(trigger):
        if user_id is None:
            raise ForbiddenError("Finish onboarding first.", code="NOT_ONBOARDED")
        if held.isdisjoint(trigger.roles):
            raise ForbiddenError("Your role may not do this.", code="ROLE_NOT_ALLOWED")
    return Actor(
        uid=claims.uid,
        user_id=user_id or _NOBODY,
        roles=held,
        businesses=_memberships(businesses),
        signed_in_at=signed_in_at,
        email=claims.email,
        phone=claims.phone,
    )


def _memberships(listed: list[str] | None) -> Mapping[UUID, str]:
    return {UUID(each[:36]): each[37:] for each in listed or ()}
