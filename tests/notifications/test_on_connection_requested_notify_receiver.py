from datetime import timedelta

from shared.ids import new_id
from tests.factories import connections
from tests.factories.events import hand
from tests.factories.notifications import EXPIRES_AT, requested
from tests.factories.users import business, person
from tests.suite import Suite

HANDLER = "on_connection_requested_notify_receiver"


def test_who_is_asked_hears_it_once_and_in_his_language(suite: Suite) -> None:
    owner = person(suite, roles=["business"], language="pt")
    event = requested(business(suite, owner)["id"])
    hand(suite, HANDLER, event, times=2)
    hand(suite, HANDLER, event)  # announced anew, under another id
    (told,) = suite.call("GET /api/v1/notifications", owner).data
    assert (told["type"], told["subject_id"]) == ("connection_requested", str(event.connection_id))
    assert "Kano Sesame" in told["body"]
    assert told["title"] == "Uma empresa quer ligar-se à sua"


def test_a_request_of_another_time_is_news_again(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    shop = business(suite, owner)["id"]
    first = requested(shop)
    later = first.model_copy(update={"requested_at": EXPIRES_AT + timedelta(days=90)})
    for event in (first, later):
        hand(suite, HANDLER, event)
    assert len(suite.call("GET /api/v1/notifications", owner).data) == 2


def test_in_life_who_asks_is_not_told_and_who_is_asked_is(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    made = connections.asked(suite, ada, kano, lagos)
    suite.deliver(times=2)
    assert suite.call("GET /api/v1/notifications", ada).data == []
    (told,) = suite.call("GET /api/v1/notifications", bola).data
    assert told["subject_id"] == made["id"]


def test_late_news_names_nobody_who_was_forgotten(suite: Suite) -> None:
    """The event may come after the end of the business, of which another event tells."""
    owner = person(suite, roles=["business"])
    late = requested(business(suite, owner)["id"]).model_copy(update={"requester_id": new_id()})
    hand(suite, HANDLER, late)
    assert suite.call("GET /api/v1/notifications", owner).data == []
