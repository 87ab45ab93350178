"""Rate limits: one bucket a caller and operation, taken in a transaction of its own.

It shares the round trip of the BEGIN that follows, and stays taken when the request then fails.
"""

import math
from typing import Any

from pg8000.native import literal

from shared.errors import TooManyRequestsError
from shared.triggers import Limit


def taking(limit: Limit, operation: str, caller: str) -> str:
    """Return the statement that takes one call from `caller`'s bucket."""
    key, interval = f"{operation}:{caller}", limit.seconds / limit.count
    arguments = f"{literal(key)}, {interval!r}, {float(limit.seconds)!r}"
    return f"select * from platform.take_token({arguments})"  # noqa: S608  # quoted by the driver


def demand(limit: Limit, bucket: list[Any]) -> dict[str, str]:
    """Return the headers that say what is left of a bucket, or refuse with 429."""
    granted, seconds_to_full = bucket
    interval = limit.seconds / limit.count
    left = max(0, math.floor((limit.seconds - seconds_to_full) / interval + 1e-6))
    headers = {
        "RateLimit-Limit": str(limit.count),
        "RateLimit-Remaining": str(left),
        "RateLimit-Reset": str(math.ceil(max(0.0, seconds_to_full))),
    }
    if not granted:
        wait = seconds_to_full + interval - limit.seconds
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
        message = f"At most {limit.count} of these in {limit.seconds} seconds."
        raise TooManyRequestsError(message, headers=headers)
    return headers
