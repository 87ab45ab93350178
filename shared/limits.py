"""Rate limits: one bucket a caller and operation, taken in a transaction of its own."""

import math

from shared import _queries as queries
from shared.db import pool
from shared.errors import TooManyRequestsError
from shared.triggers import Limit


def take(role: str, operation: str, caller: str, limit: Limit) -> dict[str, str]:
    """Take one call from `caller`'s bucket; return the headers that say what is left, or 429."""
    interval = limit.seconds / limit.count
    with pool(role).connection() as db:
        bucket = queries.take_token(
            db, key=f"{operation}:{caller}", interval=interval, burst=float(limit.seconds)
        )
    left = max(0, math.floor((limit.seconds - bucket.seconds_to_full) / interval + 1e-6))
    headers = {
        "RateLimit-Limit": str(limit.count),
        "RateLimit-Remaining": str(left),
        "RateLimit-Reset": str(math.ceil(max(0.0, bucket.seconds_to_full))),
    }
    if not bucket.granted:
        wait = bucket.seconds_to_full + interval - limit.seconds
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
        message = f"At most {limit.count} of these in {limit.seconds} seconds."
        raise TooManyRequestsError(message, headers=headers)
    return headers
