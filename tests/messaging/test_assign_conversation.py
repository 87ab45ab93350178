import pytest

from shared.ids import new_id
from tests.factories import users
from tests.factories.messaging import opened
from tests.factories.teams import asks, does, ruled, says, state, team, whose
from tests.suite import Suite


def test_an_agent_takes_what_waits_and_passes_on_what_is_his(suite: Suite) -> None:
    """Not what a colleague has, and not for a colleague; a manager may do all of it."""
    made = team(suite, automatic=False)
    one, other = made.agents
    says(suite, made, one)
    says(suite, made, other)
    asked = asks(suite, made)["id"]
    mine, his = {"agent_id": str(one.user_id)}, {"agent_id": str(other.user_id)}
    assert does(suite, one, "assign", asked, **his).status == 403
    answer = does(suite, one, "assign", asked, **mine)
    assert answer.status == 200
    assert answer.data["support"]["agent"]["id"] == str(one.user_id)
    assert does(suite, other, "assign", asked, **his).status == 403
    assert does(suite, one, "assign", asked, **his).status == 200
    assert whose(suite, asked) == other.user_id
    assert does(suite, made.owner, "assign", asked, **mine).status == 200
    assert whose(suite, asked) == one.user_id
    assert len(suite.events("ConversationAssigned")) == 3


def test_what_is_given_back_goes_to_another(suite: Suite) -> None:
    """And not to the same one again, though he alone has room."""
    made = team(suite, capacity=1)
    one, other = made.agents
    says(suite, made, one)
    first = asks(suite, made)
    assert does(suite, one, "assign", first["id"], agent_id=None).status == 200
    assert whose(suite, first["id"]) is None
    later = asks(suite, made)["id"]
    assert whose(suite, later) == one.user_id
    says(suite, made, other)
    assert whose(suite, first["id"]) == other.user_id
    (passed,) = [
        each["data"]
        for each in suite.events("ConversationQueued")
        if each["data"]["cause"] == "passed"
    ]
    assert passed["waiting_since"].startswith(first["support"]["waiting_since"][:19])


def test_nothing_is_given_to_who_is_not_there(suite: Suite) -> None:
    made = team(suite)
    asked = asks(suite, made)["id"]
    for agent_id in (made.agents[0].user_id, new_id()):
        answer = does(suite, made.owner, "assign", asked, agent_id=str(agent_id))
        assert answer.codes == [("AGENT_NOT_HERE", "agent_id")]


def test_giving_a_conversation_away_makes_room_for_the_next(suite: Suite) -> None:
    made = team(suite, capacity=1)
    one, other = made.agents
    says(suite, made, one)
    first, second = (asks(suite, made)["id"] for _ in range(2))
    says(suite, made, other)
    assert whose(suite, second) == other.user_id
    third = asks(suite, made)["id"]
    assert does(suite, one, "assign", first, agent_id=str(other.user_id)).status == 200
    assert whose(suite, third) == one.user_id


@pytest.mark.parametrize("verb", ["assign", "resolve", "reopen"])
def test_only_of_support_and_only_by_the_business(suite: Suite, verb: str) -> None:
    made = team(suite, agents=0)
    customer = users.person(suite)
    body = {"agent_id": None} if verb == "assign" else {}
    other = opened(suite, customer, made.business_id)["id"]
    assert does(suite, made.owner, verb, other, **body).codes == [("NOT_SUPPORT", None)]
    asked = asks(suite, made, customer)["id"]
    assert does(suite, customer, verb, asked, **body).status == 403
    assert does(suite, users.person(suite), verb, asked, **body).status == 404


def test_what_is_resolved_is_not_assigned(suite: Suite) -> None:
    made = team(suite, automatic=False)
    says(suite, made, made.agents[0])
    asked = asks(suite, made)["id"]
    assert does(suite, made.owner, "resolve", asked).status == 200
    mine = {"agent_id": str(made.agents[0].user_id)}
    answer = does(suite, made.owner, "assign", asked, **mine)
    assert answer.codes == [("CONVERSATION_RESOLVED", None)]
    assert ruled(suite, made, automatic=True).status == 200
    assert state(suite, asked) == "resolved"
