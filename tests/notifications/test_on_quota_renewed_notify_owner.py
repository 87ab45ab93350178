from datetime import date

from tests.factories.events import hand
from tests.factories.notifications import renewed
from tests.factories.users import business, person
from tests.suite import Suite

HANDLER = "on_quota_renewed_notify_owner"


def test_one_notice_for_each_window_however_often_it_is_announced(suite: Suite) -> None:
    owner = person(suite, roles=["business"], language="fr")
    shop = business(suite, owner)["id"]
    for day in (22, 22, 23):
        hand(suite, HANDLER, renewed(shop, starts_on=date(2026, 11, day)), times=2)
    told = suite.call("GET /api/v1/notifications", owner).data
    assert [each["type"] for each in told] == ["quota_renewed", "quota_renewed"]
    assert {each["title"] for each in told} == {"Vous pouvez publier à nouveau"}


def test_requests_for_connections_are_told_in_their_own_words(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    hand(suite, HANDLER, renewed(business(suite, owner)["id"], metric="connection_requests"))
    (told,) = suite.call("GET /api/v1/notifications", owner).data
    assert told["type"] == "connection_requests_renewed"
