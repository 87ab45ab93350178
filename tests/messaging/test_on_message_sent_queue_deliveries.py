import json

from shared.manifest.discovery import entries
from tests.factories import users
from tests.factories.listings import seller
from tests.factories.messaging import opened, said, talk
from tests.factories.teams import asks, says, team
from tests.suite import Suite

HANDLER = "on_message_sent_queue_deliveries"


def heard(suite: Suite, which: int) -> None:
    event = json.dumps(suite.events("MessageSent")[which])
    assert suite.push(entries()[HANDLER], event).status == 204


def owed(suite: Suite) -> list[list[object]]:
    return suite.rows("SELECT user_id, queued_seq FROM messaging.delivery ORDER BY user_id")


def tasks(suite: Suite) -> int:
    counted: int = suite.value(
        "SELECT count(*) FROM platform.outbox WHERE type = 'task_deliver_message'"
    )
    return counted


def test_each_person_of_the_other_side_is_owed_it(suite: Suite) -> None:
    """Not the one who wrote, nor others of his own business; and back the customer alone."""
    made = talk(suite)
    agent = users.member(suite, made.owner, str(made.business_id))
    said(suite, made.customer, made.id)
    heard(suite, 0)
    assert owed(suite) == sorted([[made.owner.user_id, 1], [agent.user_id, 1]])
    said(suite, agent, made.id)
    heard(suite, 1)
    assert [made.customer.user_id, 2] in owed(suite)
    assert len(owed(suite)) == tasks(suite) == 3


def test_between_businesses_it_is_the_people_of_the_other(suite: Suite) -> None:
    one, a = seller(suite)
    other, b = seller(suite)
    suite.rows("UPDATE users.business SET plan = 'premium'")
    conversation = opened(suite, one, b, on_behalf_of=str(a))["id"]
    said(suite, one, conversation)
    heard(suite, 0)
    assert owed(suite) == [[other.user_id, 1]]


def test_what_is_said_in_support_is_for_the_agent_who_has_it(suite: Suite) -> None:
    """For nobody while it waits."""
    made = team(suite)
    customer = users.person(suite)
    asked = asks(suite, made, customer)["id"]
    said(suite, customer, asked)
    heard(suite, 0)
    assert owed(suite) == []
    agent = made.agents[0]
    says(suite, made, agent)
    said(suite, customer, asked)
    heard(suite, 1)
    assert owed(suite) == [[agent.user_id, 2]]
    said(suite, agent, asked)
    heard(suite, 2)
    assert sorted(owed(suite)) == sorted([[agent.user_id, 2], [customer.user_id, 3]])


def test_what_is_heard_late_or_twice_owes_nothing_more(suite: Suite) -> None:
    made = talk(suite)
    for _ in range(2):
        said(suite, made.customer, made.id)
    for which in (1, 0, 1):
        heard(suite, which)
    assert owed(suite) == [[made.owner.user_id, 2]]
    assert tasks(suite) == 1
