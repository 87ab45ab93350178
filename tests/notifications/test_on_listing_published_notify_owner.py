import pytest

from tests.factories.events import hand
from tests.factories.notifications import published
from tests.factories.users import business, person
from tests.suite import Suite

HANDLER = "on_listing_published_notify_owner"


def test_the_owner_finds_it_in_his_feed(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    event = published(business(suite, owner)["id"])
    hand(suite, HANDLER, event)
    (told,) = suite.call("GET /api/v1/notifications", owner).data
    assert (told["type"], told["subject_id"]) == ("listing_published", str(event.listing_id))
    assert event.title in told["body"]
    assert told["parameters"]["title"] == event.title
    assert told["parameters"]["expires_at"] == event.expires_at.isoformat()
    assert told["read_at"] is None


def test_once_each_however_often_it_is_delivered(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    event = published(business(suite, owner)["id"])
    hand(suite, HANDLER, event, times=3)
    hand(suite, HANDLER, event)  # announced anew, under another id
    assert len(suite.call("GET /api/v1/notifications", owner).data) == 1


def test_a_listing_that_comes_back_is_no_news(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    hand(suite, HANDLER, published(business(suite, owner)["id"], first=False))
    assert suite.rows("SELECT FROM notifications.notification") == []


def test_owner_and_managers_are_told_each_in_his_language_and_nobody_else(suite: Suite) -> None:
    owner = person(suite, roles=["business"], language="ar")
    manager = person(suite, roles=["business"], language="fr")
    agent = person(suite, roles=["business"])
    person(suite)
    shop = business(suite, owner)
    suite.rows(
        "INSERT INTO users.membership (business_id, user_id, role) "
        "VALUES (:shop, :manager, 'manager'), (:shop, :agent, 'agent')",
        shop=shop["id"],
        manager=manager.user_id,
        agent=agent.user_id,
    )
    hand(suite, HANDLER, published(shop["id"]))
    told = suite.rows("SELECT user_id, language FROM notifications.notification")
    assert sorted(map(tuple, told), key=str) == sorted(
        [(owner.user_id, "ar"), (manager.user_id, "fr")], key=str
    )


@pytest.mark.parametrize(("state", "told"), [("suspended", 1), ("erasing", 0)])
def test_who_is_leaving_is_told_nothing_more(suite: Suite, state: str, told: int) -> None:
    owner = person(suite, roles=["business"])
    shop = business(suite, owner)
    suite.rows("UPDATE users.account SET state = :state", state=state)
    hand(suite, HANDLER, published(shop["id"]))
    assert suite.value("SELECT count(*) FROM notifications.notification") == told
