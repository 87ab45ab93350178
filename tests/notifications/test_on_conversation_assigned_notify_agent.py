from tests.factories.events import hand
from tests.factories.notifications import EXPIRES_AT, assigned
from tests.factories.users import person
from tests.suite import Suite

HANDLER = "on_conversation_assigned_notify_agent"


def test_he_is_told_once_of_each_time_it_becomes_his(suite: Suite) -> None:
    agent = person(suite, roles=["business"], language="fr")
    assert agent.user_id is not None
    first = assigned(agent.user_id)
    again = assigned(agent.user_id, conversation_id=first.conversation_id, assigned_at=EXPIRES_AT)
    for event in (first, first, again):
        hand(suite, HANDLER, event, times=2)
    told = suite.call("GET /api/v1/notifications", agent).data
    assert [each["title"] for each in told] == ["Un client vous attend"] * 2


def test_who_is_gone_is_not_told(suite: Suite) -> None:
    hand(suite, HANDLER, assigned(assigned().agent_id))
    assert suite.value("SELECT count(*) FROM notifications.notification") == 0
