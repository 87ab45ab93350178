"""Who may do what with the connections of a business."""

from uuid import UUID

from shared.auth import Actor


def may_connect_for(actor: Actor, business_id: UUID) -> bool:
    """Only the owners and managers of a business act on its connections."""
    return actor.businesses.get(business_id) in {"owner", "manager"}
