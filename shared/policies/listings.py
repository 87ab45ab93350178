"""Who may do what to a listing."""

from typing import Protocol
from uuid import UUID

from shared.auth import Actor, Denial


class OwnedRow(Protocol):
    """A row that belongs to a business."""

    @property
    def business_id(self) -> UUID: ...


def may_publish_for(actor: Actor, business_id: UUID) -> bool:
    """You are not a member of this business."""
    return business_id in actor.businesses


def may_edit(actor: Actor, listing: OwnedRow) -> bool | Denial:
    """You are not a member of the business behind this listing."""
    return listing.business_id in actor.businesses or Denial(hidden=True)


def may_remove(actor: Actor, listing: OwnedRow) -> bool | Denial:
    """Only the owner and the managers of a business remove its listings."""
    role = actor.businesses.get(listing.business_id)
    return Denial(hidden=True) if role is None else role in {"owner", "manager"}
