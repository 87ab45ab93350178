"""Who may decide on what others submitted."""

from typing import Protocol
from uuid import UUID

from shared.auth import Actor


class ReviewedRow(Protocol):
    """A review, as far as who may decide on it depends on it."""

    @property
    def business_id(self) -> UUID: ...


def may_decide(actor: Actor, review: ReviewedRow) -> bool:
    """You belong to the business that submitted this; somebody else must decide."""
    return review.business_id not in actor.businesses
