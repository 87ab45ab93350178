"""Who may do what in a business. Its owners outrank its managers, and these its agents."""

from dataclasses import dataclass
from uuid import UUID

from shared.auth import Actor, Denial


@dataclass(frozen=True, slots=True)
class Move:
    """A change of one membership: what the caller is today, and what the member is and becomes.

    Roles are read under the lock of the business: those of the actor may be a moment old.
    None is nobody: not yet a member, or no longer.
    """

    caller: str | None
    member_id: UUID
    member: str | None
    becomes: str | None


def may_edit(actor: Actor, business_id: UUID) -> bool:
    """Only the owners and managers of a business may change it."""
    return actor.businesses.get(business_id) in {"owner", "manager"}


def may_ask_for_verification(actor: Actor, business_id: UUID) -> bool:
    """Only the owners and managers of a business may have it verified."""
    return actor.businesses.get(business_id) in {"owner", "manager"}


def may_see_members(actor: Actor, business_id: UUID) -> bool | Denial:
    """Only the owners and managers of a business see who belongs to it."""
    role = actor.businesses.get(business_id)
    return Denial(hidden=True) if role is None else role in {"owner", "manager"}


def may_move(actor: Actor, move: Move) -> bool | Denial:
    """Owners decide on every member and managers on agents; anyone may leave."""
    if move.caller is None:
        return Denial(hidden=True)
    if move.caller == "owner" or (move.member_id == actor.user_id and move.becomes is None):
        return True
    return move.caller == "manager" and {move.member, move.becomes} <= {"agent", None}


def may_hand_over(_: Actor, move: Move) -> bool | Denial:
    """Only an owner may hand a business over."""
    return Denial(hidden=True) if move.caller is None else move.caller == "owner"
