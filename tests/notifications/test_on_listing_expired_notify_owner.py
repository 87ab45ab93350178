from datetime import timedelta

from tests.factories.events import hand
from tests.factories.notifications import EXPIRES_AT, expired
from tests.factories.users import business, person
from tests.suite import Suite

HANDLER = "on_listing_expired_notify_owner"


def test_one_notice_however_often_it_is_announced(suite: Suite) -> None:
    owner = person(suite, roles=["business"], language="sw")
    event = expired(business(suite, owner)["id"])
    for _ in range(3):
        hand(suite, HANDLER, event, times=2)
    (told,) = suite.call("GET /api/v1/notifications", owner).data
    assert (told["type"], told["language"]) == ("listing_expired", "sw")
    assert told["parameters"]["expires_at"] == EXPIRES_AT.isoformat()


def test_a_renewed_listing_that_expires_again_is_told_again(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    event = expired(business(suite, owner)["id"])
    hand(suite, HANDLER, event)
    hand(
        suite,
        HANDLER,
        event.model_copy(update={"expires_at": EXPIRES_AT + timedelta(days=3)}),
    )
    assert len(suite.call("GET /api/v1/notifications", owner).data) == 2
