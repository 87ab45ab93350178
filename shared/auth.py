"""Who is calling, and the one line that asks whether he may."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from shared.errors import ForbiddenError, NotFoundError
from shared.roles import Role

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Actor:
    """The account behind a verified token, read from PostgreSQL in this very transaction.

    `businesses` maps each business he is a member of to his role there: owner, manager or agent.
    `user_id` is the nil UUID only in operations open to callers who have not onboarded.
    """

    uid: str
    user_id: UUID
    roles: frozenset[Role]
    businesses: Mapping[UUID, str] = field(default_factory=dict)
    signed_in_at: datetime | None = None
    email: str | None = None
    phone: str | None = None

    def has(self, role: Role) -> bool:
        """Tell whether the account holds `role`."""
        return role in self.roles


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a rule refuses. `hidden` when the caller may not even know that the row exists."""

    hidden: bool = False


Rule = Callable[[Actor, T], "bool | Denial"]
"""A pure function in `shared/policies`; the refused caller reads its docstring's first line."""


def authorize(rule: Rule[T], actor: Actor, row: T) -> None:
    """Refuse unless `rule` allows `actor` on `row`: 404 when it is hidden from him, else 403."""
    answer = rule(actor, row)
    if answer is True:
        return
    if isinstance(answer, Denial) and answer.hidden:
        raise NotFoundError("There is nothing here.")
    raise ForbiddenError(sentence(rule))


def sentence(rule: Rule[T]) -> str:
    """Return the sentence that explains `rule`."""
    return (rule.__doc__ or "You may not do this.").strip().split("\n", maxsplit=1)[0]
