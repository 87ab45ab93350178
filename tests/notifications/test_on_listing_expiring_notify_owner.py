from datetime import timedelta

from tests.factories.events import hand
from tests.factories.notifications import EXPIRES_AT, expiring
from tests.factories.users import business, person
from tests.suite import Suite

HANDLER = "on_listing_expiring_notify_owner"


def test_each_date_is_told_once(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    event = expiring(business(suite, owner)["id"])
    later = EXPIRES_AT + timedelta(days=1)
    extended = event.model_copy(update={"expires_at": later})
    for each in (event, event, extended, event, extended):
        hand(suite, HANDLER, each)
    told = suite.call("GET /api/v1/notifications", owner).data
    assert [each["parameters"]["expires_at"] for each in told] == [
        later.isoformat(),
        EXPIRES_AT.isoformat(),
    ]


def test_a_date_that_passed_meanwhile_is_not_told_as_coming(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    hand(suite, HANDLER, expiring(business(suite, owner)["id"]), now=EXPIRES_AT)
    assert suite.call("GET /api/v1/notifications", owner).data == []
