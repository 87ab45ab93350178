from schemas.events.users import MembersChanged
from tests.factories.events import hand
from tests.factories.teams import asks, says, team, whose
from tests.suite import Suite

HANDLER = "on_members_changed_requeue_conversations"


def test_what_one_had_who_was_taken_out_goes_to_another(suite: Suite) -> None:
    """Once, however often it is announced."""
    made = team(suite)
    one, other = made.agents
    says(suite, made, one)
    his = asks(suite, made)["id"]
    says(suite, made, other)
    path = f"DELETE /api/v1/businesses/{made.business_id}/members/{one.user_id}"
    assert suite.call(path, made.owner).status == 204
    hand(suite, HANDLER, MembersChanged(business_id=made.business_id), times=3)
    assert whose(suite, his) == other.user_id
    assert len(suite.events("ConversationAssigned")) == 2
