from schemas.events.users import BusinessErased
from tests.factories.events import hand
from tests.factories.messaging import opened, talk
from tests.suite import Suite


def test_each_of_its_conversations_is_announced_and_shown_anew(suite: Suite) -> None:
    """And no other's."""
    made, other = talk(suite), talk(suite)
    second = opened(suite, other.customer, made.business_id)["id"]
    before = dict(suite.rows("SELECT key, version FROM platform.projection"))
    erased = BusinessErased(business_id=made.business_id)
    hand(suite, "on_business_erased_leave_conversations", erased, times=2)
    told = {each["data"]["conversation_id"] for each in suite.events("PartyErased")}
    assert told == {made.id, second}
    after = dict(suite.rows("SELECT key, version FROM platform.projection"))
    grown = {key for key in after if after[key] > before[key]}
    assert grown == {made.id, second}
