"""Removal."""

from datetime import UTC, datetime

from tests.factories import listings, users
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_removed_it_leaves_a_tombstone(suite: Suite) -> None:
    """Nobody sees it, its owner neither; devices learn of it from the change feed."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    gone = suite.call(f"DELETE /api/v1/listings/{made['id']}", owner, now=AT)
    assert gone.status == 204
    assert not listings.is_shown(suite, made, AT)
    assert suite.call("GET /api/v1/listings/mine", owner).data == []
    assert suite.value("SELECT state FROM listings.listing") == "removed"
    assert suite.value("SELECT operation FROM platform.change ORDER BY id DESC") == "delete"
    again = suite.call(f"DELETE /api/v1/listings/{made['id']}", owner, now=AT)
    assert again.status == 404


def test_an_agent_does_not_remove_what_managers_answer_for(suite: Suite) -> None:
    """Agents publish and edit; removing takes a manager."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    agent = users.person(suite, roles=["business"])
    suite.rows(
        "INSERT INTO users.membership (business_id, user_id, role) VALUES (:b, :u, 'agent')",
        b=business_id,
        u=agent.user_id,
    )
    refused = suite.call(f"DELETE /api/v1/listings/{made['id']}", agent, now=AT)
    assert (refused.status, refused.codes) == (403, [("FORBIDDEN", None)])
    assert suite.call(listings.do("pause", made), agent, now=AT).status == 200
