from tests.factories.events import hand
from tests.factories.notifications import EXPIRES_AT, escalated
from tests.factories.users import business, member, person
from tests.suite import Person, Suite

HANDLER = "on_conversation_escalated_notify_people"


def _told(suite: Suite, who: Person) -> int:
    return len(suite.call("GET /api/v1/notifications", who).data)


def test_those_of_a_rung_are_told_once_a_step(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    shop = business(suite, owner)["id"]
    leads = [member(suite, owner, shop) for _ in range(2)]
    first = escalated(shop, told=[each.user_id for each in leads])
    for event in (first, first, first.model_copy(update={"round": 2, "due_at": EXPIRES_AT})):
        hand(suite, HANDLER, event, times=2)
    assert [_told(suite, each) for each in (*leads, owner)] == [2, 2, 0]


def test_where_nobody_is_on_it_who_leads_the_business_is_told(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    shop = business(suite, owner)["id"]
    agent = member(suite, owner, shop)
    hand(suite, HANDLER, escalated(shop), times=2)
    assert [_told(suite, each) for each in (owner, agent)] == [1, 0]
