from tests.factories.teams import asks, does, says, state, team, whose
from tests.suite import Suite


def test_who_resolves_has_room_for_the_next(suite: Suite) -> None:
    """The second time changes nothing, and is answered the same."""
    made = team(suite, agents=1, capacity=1)
    (agent,) = made.agents
    says(suite, made, agent)
    first, second, third = (asks(suite, made)["id"] for _ in range(3))
    answer = does(suite, agent, "resolve", first)
    assert answer.status == 200
    assert answer.data["support"]["state"] == "resolved"
    assert answer.data["support"]["agent"] is None
    assert (whose(suite, second), whose(suite, third)) == (agent.user_id, None)
    assert does(suite, made.owner, "resolve", first).status == 200
    (resolved,) = suite.events("ConversationResolved")
    assert resolved["data"]["agent_id"] == str(agent.user_id)


def test_an_agent_resolves_what_is_his_and_a_manager_anything(suite: Suite) -> None:
    made = team(suite, capacity=1)
    one, other = made.agents
    says(suite, made, one)
    his, waiting = (asks(suite, made)["id"] for _ in range(2))
    for who, which in ((other, his), (one, waiting)):
        assert does(suite, who, "resolve", which).status == 403
    assert does(suite, made.owner, "resolve", waiting).status == 200
    assert state(suite, waiting) == "resolved"
