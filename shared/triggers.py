"""What calls a function: facts pinned on it, and nothing else.

A decorator here returns the very function it was given. It wraps nothing, registers nothing and
reads no environment; the edge and the manifest read the facts later from `__trigger__`.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from shared.roles import PUBLIC, Role

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` calls in `seconds`, as a bucket that refills evenly (GCRA).

    `tiers` allow more to who has a role, or whose business has a plan.
    """

    count: int
    seconds: int
    tiers: tuple[tuple[str, int], ...] = ()


def per_minute(count: int, **tiers: int) -> Limit:
    """Allow `count` calls a minute for each caller."""
    return Limit(count, 60, tuple(tiers.items()))


def per_hour(count: int, **tiers: int) -> Limit:
    """Allow `count` calls an hour for each caller; `premium=100` allows more to that plan."""
    return Limit(count, 3600, tuple(tiers.items()))


def per_day(count: int, **tiers: int) -> Limit:
    """Allow `count` calls a day for each caller."""
    return Limit(count, 86_400, tuple(tiers.items()))


@dataclass(frozen=True, slots=True)
class Http:
    """An HTTP operation: one method on one path."""

    method: str
    path: str
    roles: AbstractSet[Role]
    status: int
    limit: Limit | None
    cache_seconds: int = 0
    sensitive: bool = False
    offline: bool = False
    """Whether a device may do it offline and send it later, with others, to `sync`."""
    hides: bool = False
    """Whether it leaves out what is hidden from the caller, where a token tells who he is."""

    @property
    def idempotent(self) -> bool:
        """Tell whether it honours `Idempotency-Key`: all that a person writes does."""
        return self.method != "GET" and self.roles is not PUBLIC


@dataclass(frozen=True, slots=True)
class OnEvent:
    """A handler of one event type; the type is the annotation of its `event` parameter."""

    attempts: int


@dataclass(frozen=True, slots=True)
class Cron:
    """A scheduled job; `schedule` is five cron fields in UTC."""

    schedule: str


@dataclass(frozen=True, slots=True)
class Task:
    """A handler of a Cloud Tasks queue."""

    queue: str
    attempts: int


Trigger = Http | OnEvent | Cron | Task


@dataclass(frozen=True, slots=True)
class Sunset:
    """An operation that clients leave: since when it is deprecated, and the day it may be gone."""

    deprecated: date
    gone: date


def sunset(deprecated: str, *, gone: str) -> Callable[[F], F]:
    """Say of an operation that it will be gone; above `@get` and the like, days as YYYY-MM-DD."""
    announced = Sunset(date.fromisoformat(deprecated), date.fromisoformat(gone))

    def pin(function: F) -> F:
        function.__sunset__ = announced  # type: ignore[attr-defined]
        return function

    return pin


def _pin(trigger: Trigger) -> Callable[[F], F]:
    def pin(function: F) -> F:
        function.__trigger__ = trigger  # type: ignore[attr-defined]
        return function

    return pin


def get(
    path: str,
    *,
    roles: AbstractSet[Role],
    cache_seconds: int = 0,
    sensitive: bool = False,
    hides: bool = False,
) -> Callable[[F], F]:
    """Read: `GET path`. `cache_seconds` lets shared caches keep a public answer.

    One that `hides` is open to strangers, yet whoever sends a token is not shown what is hidden
    from him; that answer is his alone.
    """
    return _pin(Http("GET", path, roles, 200, None, cache_seconds, sensitive, hides=hides))


def post(
    path: str,
    *,
    roles: AbstractSet[Role],
    status: int = 200,
    limit: Limit | None = None,
    sensitive: bool = False,
    offline: bool = False,
) -> Callable[[F], F]:
    """Create or act: `POST path`.

    A `sensitive` operation of any method demands a recent sign-in and the account's second factor,
    and goes on record, as does without being told all that only staff may do.
    """
    return _pin(Http("POST", path, roles, status, limit, sensitive=sensitive, offline=offline))


def put(
    path: str,
    *,
    roles: AbstractSet[Role],
    status: int = 200,
    limit: Limit | None = None,
    sensitive: bool = False,
    offline: bool = False,
) -> Callable[[F], F]:
    """Replace: `PUT path`."""
    return _pin(Http("PUT", path, roles, status, limit, sensitive=sensitive, offline=offline))


def patch(
    path: str,
    *,
    roles: AbstractSet[Role],
    limit: Limit | None = None,
    sensitive: bool = False,
    offline: bool = False,
) -> Callable[[F], F]:
    """Change some fields: `PATCH path`."""
    return _pin(Http("PATCH", path, roles, 200, limit, sensitive=sensitive, offline=offline))


def delete(
    path: str,
    *,
    roles: AbstractSet[Role],
    limit: Limit | None = None,
    sensitive: bool = False,
    offline: bool = False,
) -> Callable[[F], F]:
    """Remove: `DELETE path`, answered 204."""
    return _pin(Http("DELETE", path, roles, 204, limit, sensitive=sensitive, offline=offline))


def on_event(*, attempts: int = 8) -> Callable[[F], F]:
    """Handle an event, at least once, at most `attempts` times before it is dead-lettered."""
    return _pin(OnEvent(attempts))


def cron(schedule: str) -> Callable[[F], F]:
    """Run by the clock, in UTC."""
    return _pin(Cron(schedule))


def task(*, queue: str, attempts: int = 10) -> Callable[[F], F]:
    """Handle the tasks of `queue`; after `attempts` the failure is kept for an operator."""
    return _pin(Task(queue, attempts))
