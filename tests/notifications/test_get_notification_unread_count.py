import pytest

from functions.notifications._rules import COUNTED
from tests.factories.notifications import notified
from tests.factories.users import person
from tests.suite import Suite


@pytest.mark.parametrize(
    ("unread", "count", "more"),
    [(0, 0, False), (3, 3, False), (COUNTED, COUNTED, False), (COUNTED + 1, COUNTED, True)],
)
def test_unread_ones_are_counted_up_to_a_hundred(
    suite: Suite, unread: int, count: int, more: bool
) -> None:
    reader = person(suite)
    notified(suite, reader, unread)
    notified(suite, reader, 2, read=True)
    notified(suite, person(suite), 2)
    answer = suite.call("GET /api/v1/notifications/unread-count", reader)
    assert answer.data == {"count": count, "more": more}
