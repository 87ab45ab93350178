"""Rate limits: one bucket a caller and operation, taken in a transaction of its own.

It shares the round trip of the BEGIN that follows, and stays taken when the request then fails.
A request that is repeated by its idempotency key takes nothing.
"""

import math
from typing import Any

from pg8000.native import literal

from shared.errors import TooManyRequestsError
from shared.idempotency import Claim
from shared.triggers import Limit


def taking(limit: Limit, operation: str, caller: str, claim: Claim | None) -> str:
    """Return the statement that takes one call from `caller`'s bucket."""
    claimed = claim.quoted() if claim else "null, null, null, null"
    arguments = f"{_bucket(operation, caller)}, {limit.interval!r}, {float(limit.seconds)!r}"
    return f"select * from platform.take_token({arguments}, {claimed})"  # noqa: S608  # quoted by the driver


def returning(limit: Limit, operation: str, caller: str) -> str:
    """Return the statement that gives one call back."""
    return f"select platform.return_token({_bucket(operation, caller)}, {limit.interval!r})"


def demand(limit: Limit, bucket: list[Any]) -> dict[str, str]:
    """Return the headers that say what is left of a bucket, or refuse with 429."""
    granted, seconds_to_full, _ = bucket
    left = max(0, math.floor((limit.seconds - seconds_to_full) / limit.interval + 1e-6))
    headers = {
        "RateLimit-Limit": str(limit.count),
        "RateLimit-Remaining": str(left),
        "RateLimit-Reset": str(math.ceil(max(0.0, seconds_to_full))),
    }
    if not granted:
        wait = seconds_to_full + limit.interval - limit.seconds
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
        message = f"At most {limit.count} of these in {limit.seconds} seconds."
        raise TooManyRequestsError(message, headers=headers)
    return headers


def _bucket(operation: str, caller: str) -> str:
    return str(literal(f"{operation}:{caller}"))
