from functions.notifications.read_all_notifications import BATCH
from tests.factories.notifications import notified
from tests.factories.users import person
from tests.suite import Suite

OPERATION = "POST /api/v1/notifications/read-all"
_UNREAD = "SELECT count(*) FROM notifications.notification WHERE read_at IS NULL"


def test_all_are_read_and_those_of_others_are_not(suite: Suite) -> None:
    reader, other = person(suite), person(suite)
    notified(suite, reader, 3)
    notified(suite, reader, 2, read=True)
    notified(suite, other, 2)
    answer = suite.call(OPERATION, reader, body={})
    assert answer.status == 200, answer.body
    assert answer.data == {"count": 3, "more": False}
    assert suite.value(_UNREAD) == 2


def test_what_came_after_the_last_one_seen_stays_unread(suite: Suite) -> None:
    reader = person(suite)
    notified(suite, reader, 4)
    seen = suite.call("GET /api/v1/notifications", reader).data[1]["created_at"]
    assert suite.call(OPERATION, reader, body={"before": seen}).data["count"] == 3
    assert suite.value(_UNREAD) == 1


def test_a_long_feed_takes_several_calls(suite: Suite) -> None:
    reader = person(suite)
    notified(suite, reader, BATCH + 5)
    first = suite.call(OPERATION, reader, body={})
    assert first.data == {"count": BATCH, "more": True}
    assert suite.call(OPERATION, reader, body={}).data == {"count": 5, "more": False}


def test_an_instant_without_a_zone_is_refused(suite: Suite) -> None:
    refused = suite.call(OPERATION, person(suite), body={"before": "2026-11-22T09:30:00"})
    assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", "before")])
