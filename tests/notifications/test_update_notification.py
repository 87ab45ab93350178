from uuid import UUID, uuid4

from tests.factories.notifications import notified
from tests.factories.users import person
from tests.suite import Answer, Person, Suite


def _mark(suite: Suite, reader: Person, row: UUID, *, read: bool) -> Answer:
    return suite.call(f"PATCH /api/v1/notifications/{row}", reader, body={"read": read})


def test_it_is_read_and_unread_again(suite: Suite) -> None:
    reader = person(suite)
    (row,) = notified(suite, reader)
    read = _mark(suite, reader, row, read=True)
    assert read.status == 200, read.body
    assert read.data["read_at"] is not None
    unread = _mark(suite, reader, row, read=False)
    assert unread.data["read_at"] is None
    assert suite.rows("SELECT read_at, version FROM notifications.notification") == [[None, 3]]


def test_to_repeat_it_changes_nothing(suite: Suite) -> None:
    reader = person(suite)
    (row,) = notified(suite, reader)
    first = _mark(suite, reader, row, read=True)
    assert _mark(suite, reader, row, read=True).data == first.data


def test_a_notification_of_another_looks_like_none(suite: Suite) -> None:
    reader, other = person(suite), person(suite)
    (row,) = notified(suite, other)
    missing = _mark(suite, reader, uuid4(), read=True)
    hidden = _mark(suite, reader, row, read=True)
    assert (hidden.status, hidden.json) == (404, missing.json)
    assert suite.value("SELECT read_at FROM notifications.notification") is None


def test_only_true_and_false_are_understood(suite: Suite) -> None:
    reader = person(suite)
    (row,) = notified(suite, reader)
    refused = suite.call(f"PATCH /api/v1/notifications/{row}", reader, body={"read": "yes"})
    assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", "read")])
