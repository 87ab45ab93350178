from concurrent.futures import ThreadPoolExecutor

from tests.factories import users
from tests.factories.teams import PRESENCE, asks, does, knows, ruled, says, state, team, whose
from tests.suite import Suite


def test_who_comes_online_gets_what_waits_longest_up_to_his_capacity(suite: Suite) -> None:
    made = team(suite, capacity=2)
    first, second, third = (asks(suite, made)["id"] for _ in range(3))
    answer = says(suite, made, made.agents[0])
    assert (answer["state"], answer["handling"], answer["capacity"]) == ("online", 2, 2)
    assert [whose(suite, each) for each in (first, second)] == [made.agents[0].user_id] * 2
    assert whose(suite, third) is None
    assigned = [each["data"]["conversation_id"] for each in suite.events("ConversationAssigned")]
    assert assigned == [first, second]


def test_who_was_assigned_something_longest_ago_is_next(suite: Suite) -> None:
    made = team(suite, agents=3)
    for agent in made.agents:
        says(suite, made, agent)
    turns = [whose(suite, asks(suite, made)["id"]) for _ in range(6)]
    assert len(set(turns[:3])) == 3
    assert turns[3:] == turns[:3]


def test_what_asks_for_a_skill_or_a_language_goes_to_who_has_it(suite: Suite) -> None:
    """Others get nothing of it, even if they have nothing to do; what nobody has is anybody's."""
    made = team(suite)
    one, other = made.agents
    ruled(suite, made, agents=[knows(one, "returns", languages=["fr"]), knows(other, "taxes")])
    says(suite, made, other)
    returns = asks(suite, made, skill="returns")["id"]
    french = asks(suite, made, language="fr")["id"]
    taxes = asks(suite, made, skill="taxes")["id"]
    nobodys = asks(suite, made, skill="customs", language="sw")["id"]
    assert [whose(suite, each) for each in (returns, french)] == [None, None]
    assert [whose(suite, each) for each in (taxes, nobodys)] == [other.user_id] * 2
    says(suite, made, one)
    assert [whose(suite, each) for each in (returns, french)] == [one.user_id] * 2


def test_who_is_away_keeps_what_he_has_and_gets_nothing_new(suite: Suite) -> None:
    made = team(suite, agents=1)
    (agent,) = made.agents
    says(suite, made, agent)
    his = asks(suite, made)["id"]
    says(suite, made, agent, "away")
    new = asks(suite, made)["id"]
    says(suite, made, agent, "away", after=50)
    assert (whose(suite, his), whose(suite, new)) == (agent.user_id, None)
    says(suite, made, agent, after=55)
    assert whose(suite, new) == agent.user_id


def test_who_comes_back_within_a_minute_has_what_he_had(suite: Suite) -> None:
    """Whether he vanished, or said that he goes."""
    made = team(suite, agents=1)
    (agent,) = made.agents
    says(suite, made, agent)
    his = asks(suite, made)["id"]
    left = says(suite, made, agent, "offline")
    assert says(suite, made, agent, "offline", after=30)["here_until"] == left["here_until"]
    assert whose(suite, his) == agent.user_id
    says(suite, made, agent, after=50)
    assert whose(suite, his) == agent.user_id
    assert says(suite, made, agent, after=100)["handling"] == 1


def test_a_colleague_who_comes_gets_what_one_had_who_vanished(suite: Suite) -> None:
    """It has waited longest of all."""
    made = team(suite, capacity=1)
    one, other = made.agents
    says(suite, made, one)
    his = asks(suite, made)
    later = asks(suite, made)["id"]
    says(suite, made, other, after=61)
    assert (whose(suite, his["id"]), whose(suite, later)) == (other.user_id, None)
    (queued,) = [each for each in suite.events("ConversationQueued") if each["data"]["left_id"]]
    assert queued["data"]["cause"] == "left"
    assert queued["data"]["left_id"] == str(one.user_id)
    since = suite.value(
        "SELECT waiting_since FROM messaging.support_case WHERE conversation_id = :id",
        id=his["id"],
    )
    assert since.isoformat() == his["support"]["waiting_since"]


def test_who_was_taken_out_of_the_business_gets_nothing(suite: Suite) -> None:
    """And what he had goes to others with whatever happens next."""
    made = team(suite)
    one, other = made.agents
    says(suite, made, one)
    his = asks(suite, made)["id"]
    path = f"DELETE /api/v1/businesses/{made.business_id}/members/{one.user_id}"
    assert suite.call(path, made.owner).status == 204
    says(suite, made, other)
    assert whose(suite, his) == other.user_id
    body = {"business_id": str(made.business_id), "state": "online"}
    assert suite.call(PRESENCE, one, body=body).status == 403


def test_who_comes_while_a_customer_asks_gets_him(suite: Suite) -> None:
    """Neither may miss the other, in whichever order they commit."""
    made = team(suite, agents=1, capacity=50)
    (agent,) = made.agents
    customers = [users.person(suite) for _ in range(12)]
    says(suite, made, agent)
    says(suite, made, agent, "away")
    with ThreadPoolExecutor(4) as crew:
        asked = [crew.submit(asks, suite, made, each) for each in customers]
        crew.submit(says, suite, made, agent).result()
        made_ids = [each.result()["id"] for each in asked]
    assert {state(suite, each) for each in made_ids} == {"assigned"}


def test_only_members_say_so(suite: Suite) -> None:
    made = team(suite, agents=0)
    stranger = users.person(suite, roles=["business"])
    body = {"business_id": str(made.business_id), "state": "online"}
    assert suite.call(PRESENCE, stranger, body=body).status == 403
    assert does(suite, stranger, "resolve", asks(suite, made)["id"]).status == 404
