import pytest

from tests.factories import users
from tests.factories.teams import asks, does, knows, ruled, says, team, whose
from tests.suite import Suite


@pytest.mark.parametrize(("to", "told"), [("lead", "lead"), ("manager", "owner")])
def test_an_agent_calls_who_stands_above_him(suite: Suite, to: str, told: str) -> None:
    """It stays his."""
    made = team(suite)
    one, lead = made.agents
    ruled(suite, made, agents=[knows(lead, leads=True)])
    says(suite, made, one)
    asked = asks(suite, made)["id"]
    assert does(suite, one, "escalate", asked, to=to).status == 204
    assert whose(suite, asked) == one.user_id
    suite.deliver()
    for who, name in ((lead, "lead"), (made.owner, "owner")):
        kinds = [each["type"] for each in suite.call("GET /api/v1/notifications", who).data]
        assert ("conversation_escalated" in kinds) is (name == told)


def test_where_nobody_leads_the_team_who_leads_the_business_is_told(suite: Suite) -> None:
    made = team(suite)
    asked = asks(suite, made)["id"]
    assert does(suite, made.owner, "escalate", asked, to="lead").status == 204
    suite.deliver()
    kinds = [each["type"] for each in suite.call("GET /api/v1/notifications", made.owner).data]
    assert kinds == ["conversation_escalated"]


def test_only_what_is_ones_own_and_not_over(suite: Suite) -> None:
    made = team(suite)
    customer = users.person(suite)
    asked = asks(suite, made, customer)["id"]
    for who in (made.agents[0], customer):
        assert does(suite, who, "escalate", asked, to="lead").status == 403
    assert does(suite, made.owner, "resolve", asked).status == 200
    late = does(suite, made.owner, "escalate", asked, to="lead")
    assert late.codes == [("CONVERSATION_RESOLVED", None)]
