"""Who may write to whom. It is judged on each message, so whatever changes counts at once.

| In the name of | to | allowed when |
| --- | --- | --- |
| a person | a business | it is there |
| a business | its customer | he wrote to it first, and is there |
| a business | a business | they are connected; or nothing was ever between them and its plan is |
| | | premium, or the other one wrote first |

In a support conversation an agent answers what is assigned to him, and managers anything.

A connection that was removed, and a block, end it for both sides and every plan. Reading is never
taken away: whoever falls back to the free plan goes on reading what he may no longer answer.
"""

from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from shared.auth import Actor, Denial

_LEADING = frozenset({"owner", "manager"})

Relation = Literal["none", "connected", "removed", "blocked"]
"""What is between two businesses; between a person and a business it is `none` or `blocked`."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Whom somebody wants to write to, and in whose name: his own if it is None."""

    business_id: UUID
    on_behalf_of: UUID | None


@dataclass(frozen=True, slots=True)
class Sending:
    """A message that is about to be sent: by whom, to whom, and what is between them."""

    as_business: bool
    to_business: bool
    reachable: bool
    """Whom it goes to is still there."""
    relation: Relation
    plan: str
    """Of the business in whose name it is sent; a person has none and counts as free."""
    answers: bool
    """The other one opened the conversation."""
    case: "CaseRow | None" = None
    """Of a support conversation."""


class CaseRow(Protocol):
    """A support conversation, as far as who may do something with it depends on it."""

    @property
    def business_id(self) -> UUID: ...
    @property
    def agent_id(self) -> UUID | None: ...


@dataclass(frozen=True, slots=True)
class Handover:
    """A support conversation, and to whom it shall go; None is the queue."""

    case: CaseRow
    to: UUID | None


class SaidRow(Protocol):
    """A message, as far as who may change it depends on it."""

    @property
    def sender_id(self) -> UUID: ...


def may_open(actor: Actor, opening: Opening) -> bool:
    """Write in your own name or that of a business of yours, to a business that is not yours."""
    own = opening.on_behalf_of is None or opening.on_behalf_of in actor.businesses
    return own and opening.business_id not in actor.businesses


def may_reach(_: Actor, sending: Sending) -> bool:
    """Whom this conversation is with is no longer here."""
    return sending.reachable


def may_pass(_: Actor, sending: Sending) -> bool:
    """No more messages are taken in this conversation."""
    return sending.relation not in {"removed", "blocked"}


def may_write(_: Actor, sending: Sending) -> bool:
    """A business answers, or writes to businesses it is connected with; premium writes first."""
    between_businesses = sending.as_business and sending.to_business
    allowed = sending.relation == "connected" or sending.plan == "premium" or sending.answers
    return allowed or not between_businesses


def may_change(actor: Actor, message: SaidRow) -> bool:
    """Only who wrote a message changes it or takes it back."""
    return message.sender_id == actor.user_id


def may_answer(actor: Actor, sending: Sending) -> bool:
    """An agent answers the support conversations that are assigned to him, and managers any."""
    return not (sending.as_business and sending.case) or _has(actor, sending.case)


def may_assign(actor: Actor, handover: Handover) -> bool:
    """Agents take what waits, and pass on what is theirs; managers decide on any."""
    case = handover.case
    takes = case.agent_id is None and handover.to == actor.user_id
    return _has(actor, case) or (takes and case.business_id in actor.businesses)


def may_resolve(actor: Actor, case: CaseRow) -> bool:
    """Only the agent to whom it is assigned, or a manager, resolves a support conversation."""
    return _has(actor, case)


def may_reopen(actor: Actor, case: CaseRow) -> bool:
    """Only who belongs to the business opens a support conversation again; customers just write."""
    return case.business_id in actor.businesses


def may_serve(actor: Actor, business_id: UUID) -> bool:
    """Only who belongs to a business takes its conversations."""
    return business_id in actor.businesses


def may_lead(actor: Actor, business_id: UUID) -> bool | Denial:
    """Only the owners and managers of a business decide how its conversations are shared out."""
    role = actor.businesses.get(business_id)
    return Denial(hidden=True) if role is None else role in _LEADING


def _has(actor: Actor, case: CaseRow) -> bool:
    role = actor.businesses.get(case.business_id)
    return role in _LEADING or (role is not None and case.agent_id == actor.user_id)
