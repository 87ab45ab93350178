"""Rate limits: one bucket a caller and operation, taken in a transaction of its own.

It shares the round trip of the BEGIN that follows, and stays taken when the request then fails.
A request that is repeated by its idempotency key takes nothing.
"""

import json
import math
from typing import Any, NamedTuple

from pg8000.native import literal

from shared.errors import TooManyRequestsError
from shared.idempotency import Claim
from shared.triggers import Limit

_NOTHING_CLAIMED = "null, null, null, null"


class Bucket(NamedTuple):
    """What taking a call returned: `calls` is how many the caller has, by role and plan."""

    granted: bool
    seconds_to_full: float
    taken: bool
    calls: int


def taking(limit: Limit, operation: str, caller: str, claim: Claim | None) -> str:
    """Return the statement that takes one call from `caller`'s bucket."""
    claimed = claim.quoted() if claim else _NOTHING_CLAIMED
    calls = str(limit.count)
    if limit.tiers:
        tiers = literal(json.dumps(dict(limit.tiers)))
        calls = f"users.calls_of({literal(caller)}, {limit.count}, {tiers})"
    interval = f"{float(limit.seconds)!r} / allowed.calls"
    return (
        "select taken.*, allowed.calls "  # noqa: S608  # quoted by the driver
        f"from (select {calls} as calls) as allowed cross join lateral platform.take_token("
        f"{_key(operation, caller)}, {interval}, {float(limit.seconds)!r}, {claimed}) as taken"
    )


def returning(limit: Limit, operation: str, caller: str, bucket: Bucket) -> str:
    """Return the statement that gives back what `bucket` took."""
    return f"select platform.return_token({_key(operation, caller)}, {_interval(limit, bucket)!r})"


def demand(limit: Limit, row: list[Any]) -> tuple[Bucket, dict[str, str]]:
    """Return a bucket and the headers that say what is left of it, or refuse with 429."""
    bucket = Bucket(*row)
    interval = _interval(limit, bucket)
    left = max(0, math.floor((limit.seconds - bucket.seconds_to_full) / interval + 1e-6))
    headers = {
        "RateLimit-Limit": str(bucket.calls),
        "RateLimit-Remaining": str(left),
        "RateLimit-Reset": str(math.ceil(max(0.0, bucket.seconds_to_full))),
    }
    if not bucket.granted:
        wait = bucket.seconds_to_full + interval - limit.seconds
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
        message = f"At most {bucket.calls} of these in {limit.seconds} seconds."
        raise TooManyRequestsError(message, headers=headers)
    return bucket, headers


def origin(forwarded: str | None) -> str:
    """Return the network that a stranger calls from, as `X-Forwarded-For` ends.

    That is the address which Google's front end appended, not those which the caller claims. A
    network of IPv6 is a /64: whoever has one of its addresses has them all.
    """
    address = (forwarded or "").rsplit(",", maxsplit=1)[-1].strip()
    if ":" in address:
        from ipaddress import AddressValueError, IPv6Address  # noqa: PLC0415  # rarely needed

        try:
            return f"{IPv6Address(int(IPv6Address(address)) >> 64 << 64)}/64"
        except AddressValueError:
            return "unknown"
    return address[:64] or "unknown"


def _interval(limit: Limit, bucket: Bucket) -> float:
    return limit.seconds / bucket.calls


def _key(operation: str, caller: str) -> str:
    return str(literal(f"{operation}:{caller}"))
