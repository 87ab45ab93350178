import pytest

from tests.factories import connections
from tests.factories.events import hand
from tests.factories.notifications import accepted
from tests.factories.users import business, person
from tests.suite import Suite

HANDLER = "on_connection_accepted_notify_requester"


def test_who_asked_hears_it_once(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    event = accepted(business(suite, owner)["id"])
    hand(suite, HANDLER, event, times=2)
    hand(suite, HANDLER, event)
    (told,) = suite.call("GET /api/v1/notifications", owner).data
    assert (told["type"], told["subject_id"]) == ("connection_accepted", str(event.connection_id))
    assert "Lagos Mills" in told["body"]


@pytest.mark.parametrize("crossing", [False, True])
def test_in_life_who_asked_first_is_told_whichever_way_it_is_accepted(
    suite: Suite, *, crossing: bool
) -> None:
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    made = connections.asked(suite, ada, kano, lagos)
    if crossing:
        connections.asked(suite, bola, lagos, kano)
    else:
        connections.stepped(suite, bola, made, "accept")
    suite.deliver()
    kinds = [
        [each["type"] for each in suite.call("GET /api/v1/notifications", who).data]
        for who in (ada, bola)
    ]
    assert kinds == [["connection_accepted"], ["connection_requested"]]
