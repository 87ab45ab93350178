"""Who knocks, and whether he may come in: token, account state, role; for the sensitive, more."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pg8000.native import literal

from shared.auth import Actor
from shared.entry import needs_account
from shared.errors import ForbiddenError, UnauthenticatedError, UnavailableError
from shared.http import Request
from shared.roles import Role
from shared.tokens import Claims
from shared.triggers import Http

if TYPE_CHECKING:
    from shared.cloud.identity import Standing

RECENT = timedelta(minutes=15)
"""For so long after a sign-in what is sensitive may be done."""

_STEP_UP = 'Bearer error="insufficient_user_authentication", '
_NOBODY = UUID(int=0)


class OutOfStepError(OSError):
    """The connection answered an earlier question: it is discarded like a broken one."""


def has_token(request: Request) -> bool:
    """Tell whether a caller says who he is, where he need not."""
    names = ("x-forwarded-authorization", "authorization")
    return any(request.header(name) is not None for name in names)


def bearer(request: Request, *, forwarded: bool = True) -> str:
    """Return the token of a request.

    API Gateway moves the caller's header and puts its own token in its place. What Google's own
    callers send is not `forwarded`: IAM has looked at `Authorization` alone.
    """
    raw = request.header("x-forwarded-authorization") if forwarded else None
    raw = raw or request.header("authorization")
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
    if state == "erasing" and needs_account(trigger):
        message = "This account is about to be erased. Restore it to go on."
        raise ForbiddenError(message, code="ACCOUNT_ERASING")
    if state not in {None, "active", "erasing"}:
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


def ask_provider(claims: Claims, now: datetime) -> "Standing | None":
    """Ask the identity provider about whoever wants something sensitive.

    It takes up to a tenth of a second, hence not for every call, not inside a transaction, and not
    for a sign-in that is refused anyway. Without its word nothing sensitive is done: 503.
    """
    from shared.cloud import identity  # noqa: PLC0415  # the ordinary function need not load it

    if not _recent(claims, now):
        return None
    try:
        return identity.standing(claims.uid)
    except identity.IdentityError as error:
        raise UnavailableError from error


def step_up(claims: Claims, standing: "Standing | None", now: datetime) -> None:
    """Demand for what is sensitive a recent sign-in that still stands, with every factor he has."""
    if not _recent(claims, now):
        raise UnauthenticatedError(
            "This needs a sign-in of the last 15 minutes. Sign in again.",
            code="REAUTHENTICATION_REQUIRED",
            challenge=f'{_STEP_UP}max_age="{int(RECENT.total_seconds())}"',
        )
    if standing is None:
        return
    valid_since, signed_in_at = (
        standing.valid_since,
        datetime.fromtimestamp(claims.signed_in_at, UTC),
    )
    if standing.gone or (valid_since is not None and signed_in_at < valid_since):
        raise UnauthenticatedError("You were signed out. Sign in again.", code="TOKEN_REVOKED")
    if standing.disabled:
        raise ForbiddenError("This account is suspended.", code="ACCOUNT_SUSPENDED")
    if standing.has_second_factor and not claims.second_factor:
        raise UnauthenticatedError(
            "This needs your second factor. Sign in with it.",
            code="SECOND_FACTOR_REQUIRED",
            challenge=f'{_STEP_UP}acr_values="second_factor"',
        )


def _recent(claims: Claims, now: datetime) -> bool:
    return now - datetime.fromtimestamp(claims.signed_in_at, UTC) <= RECENT


def _memberships(listed: list[str] | None) -> Mapping[UUID, str]:
    return {UUID(each[:36]): each[37:] for each in listed or ()}
