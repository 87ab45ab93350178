import pytest

from functions.notifications._queries import feed as queries
from tests.factories.notifications import notified
from tests.factories.users import person
from tests.suite import Suite

OPERATION = "GET /api/v1/notifications"


def test_the_newest_comes_first_and_pages_neither_miss_nor_repeat(suite: Suite) -> None:
    reader = person(suite)
    newest_first = notified(suite, reader, 5)
    read = list(suite.pages(OPERATION, reader, limit=2))
    assert [each["id"] for each in read] == list(map(str, newest_first))


def test_what_comes_while_somebody_pages_moves_nothing(suite: Suite) -> None:
    reader = person(suite)
    newest_first = notified(suite, reader, 4)
    first = suite.call(OPERATION, reader, query={"limit": 2})
    suite.rows(
        "UPDATE notifications.notification SET created_at = clock_timestamp() WHERE id = :id",
        id=notified(suite, reader)[0],
    )
    second = suite.call(OPERATION, reader, query={"limit": 2, "cursor": first.next})
    assert [each["id"] for each in first.data + second.data] == list(map(str, newest_first))
    assert second.next is None


def test_nobody_reads_what_another_was_told(suite: Suite) -> None:
    reader, other = person(suite), person(suite)
    notified(suite, other, 3)
    assert suite.call(OPERATION, reader).data == []


def test_only_the_unread_when_asked(suite: Suite) -> None:
    reader = person(suite)
    notified(suite, reader, 2, read=True)
    unread = notified(suite, reader, 3)
    read = list(suite.pages(OPERATION, reader, unread_only="true", limit=2))
    assert [each["id"] for each in read] == list(map(str, unread))


def test_a_cursor_serves_its_owner_and_its_filter_alone(suite: Suite) -> None:
    reader, other = person(suite), person(suite)
    notified(suite, reader, 2)
    cursor = suite.call(OPERATION, reader, query={"limit": 1}).next
    for somebody, more in ((other, {}), (reader, {"unread_only": "true"})):
        refused = suite.call(OPERATION, somebody, query={"cursor": cursor, **more})
        assert (refused.status, refused.codes) == (422, [("INVALID_CURSOR", "cursor")])


@pytest.mark.parametrize("unread_only", ["false", "true"])
def test_a_long_feed_is_read_in_the_order_of_its_index(suite: Suite, unread_only: str) -> None:
    reader = person(suite)
    notified(suite, reader, 3_000)
    notified(suite, person(suite), 3_000, read=True)
    suite.rows("ANALYZE notifications.notification")
    suite.rows("BEGIN")
    try:
        suite.rows("SET LOCAL plan_cache_mode = force_custom_plan")
        suite.rows("SET LOCAL ROLE svc_notifications")
        suite.rows("SELECT set_config('app.user_id', :id, true)", id=str(reader.user_id))
        suite.rows(f"PREPARE feed AS {queries._PAGE_OF_NOTIFICATIONS}")
        plan = suite.rows(
            f"EXPLAIN (ANALYZE, COSTS OFF) EXECUTE feed (20, '{reader.user_id}', {unread_only}, "
            "'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff')"
        )
    finally:
        suite.rows("ROLLBACK")
        suite.rows("DEALLOCATE feed")
    text = "\n".join(line for (line,) in plan)
    assert "Index Scan Backward" in text, text
    assert "Seq Scan" not in text, text
