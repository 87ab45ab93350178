"""Quotas: how many of a kind a business has a day and a month, by its plan.

`platform.take_quota` takes one in the transaction that uses it: what fails costs nothing. The
windows are the business's own dates; nothing waits for the job that closes them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.db import Connection
from shared.errors import TooManyRequestsError


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a plan allows in a calendar day and in a calendar month."""

    day: int
    month: int


@dataclass(frozen=True, slots=True)
class Quota:
    """Something that is counted, and what each plan allows of it."""

    metric: str
    plans: Mapping[str, Allowance]

    @property
    def per_day(self) -> dict[str, int]:
        """Return what each plan allows a day."""
        return {plan: allowance.day for plan, allowance in self.plans.items()}

    @property
    def per_month(self) -> dict[str, int]:
        """Return what each plan allows a month."""
        return {plan: allowance.month for plan, allowance in self.plans.items()}


LISTINGS = Quota("listings", {"free": Allowance(50, 500), "premium": Allowance(500, 5_000)})
CONNECTION_REQUESTS = Quota(
    "connection_requests", {"free": Allowance(20, 200), "premium": Allowance(200, 2_000)}
)

MESSAGES = Quota("messages", {"free": Allowance(200, 2_000), "premium": Allowance(5_000, 100_000)})
"""What is sent in the name of a business; people are held by the rate limit of sending alone."""


class Taken(Protocol):
    """What `platform.take_quota` returned, and the plan that it was taken under."""

    @property
    def plan(self) -> str: ...
    @property
    def granted(self) -> bool: ...
    @property
    def used_today(self) -> int: ...
    @property
    def used_this_month(self) -> int: ...
    @property
    def day_ends_at(self) -> datetime: ...
    @property
    def month_ends_at(self) -> datetime: ...


def demand(db: Connection, quota: Quota, taken: Taken, now: datetime) -> None:
    """Say in the answer what is left, or refuse with 429 and when there is more.

    The headers are `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers.
    """
    allowed = quota.plans[taken.plan]
    windows = (
        ("day", allowed.day, taken.used_today, taken.day_ends_at),
        ("month", allowed.month, taken.used_this_month, taken.month_ends_at),
    )
    headers = {
        "RateLimit-Policy": ", ".join(
            f'"{quota.metric}-{period}";q={most}' for period, most, _, _ in windows
        ),
        "RateLimit": ", ".join(
            f'"{quota.metric}-{period}";r={max(0, most - used)};t={_seconds(now, ends_at)}'
            for period, most, used, ends_at in windows
        ),
    }
    if not taken.granted:
        period, most, _, ends_at = next(each for each in reversed(windows) if each[2] >= each[1])
        raise TooManyRequestsError(
            f"The plan {taken.plan} has {most} {quota.metric} a {period}. "
            f"There are more from {ends_at.isoformat()}.",
            code="QUOTA_EXHAUSTED",
            headers={**headers, "Retry-After": str(_seconds(now, ends_at))},
        )
    db.headers.update(headers)


def _seconds(now: datetime, then: datetime) -> int:
    return max(1, math.ceil((then - now).total_seconds()))
