"""Who may do what to another person's account."""

from dataclasses import dataclass
from uuid import UUID

from shared.auth import Actor
from shared.roles import Role


@dataclass(frozen=True, slots=True)
class RoleChange:
    """The roles that an account is to hold."""

    user_id: UUID
    wanted: frozenset[Role]


def may_change_roles(actor: Actor, change: RoleChange) -> bool:
    """Nobody gives himself a role; another administrator must."""
    return change.user_id != actor.user_id or change.wanted <= actor.roles
