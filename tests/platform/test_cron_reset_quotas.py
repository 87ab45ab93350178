from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from functions.platform.cron_reset_quotas import BATCH_SIZE
from tests.factories import connections
from tests.factories.listings import pending, seller
from tests.suite import Suite

JOB = "cron_reset_quotas"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY_IS_OVER = datetime(2026, 11, 23, 0, 1, tzinfo=UTC)  # an hour after midnight in Lagos


def _windows(suite: Suite, table: str) -> list[tuple[str, str, int]]:
    found = suite.rows(
        f"SELECT period, starts_on::text, used FROM platform.{table} ORDER BY 1, 2"  # noqa: S608  # ours
    )
    return [(period, starts_on, used) for period, starts_on, used in found]


def test_a_window_that_is_over_goes_into_the_history(suite: Suite) -> None:
    owner, business = seller(suite)
    for _ in range(2):
        pending(suite, owner, business, now=NOON)
    assert suite.tick(JOB, DAY_IS_OVER - timedelta(minutes=2)) == 0
    assert suite.tick(JOB, DAY_IS_OVER) == 1
    assert _windows(suite, "quota_window") == [("month", "2026-11-01", 2)]
    assert _windows(suite, "quota_history") == [("day", "2026-11-22", 2)]
    assert suite.events("QuotaRenewed") == []


def test_who_had_used_it_up_is_told(suite: Suite) -> None:
    owner, business = seller(suite)
    pending(suite, owner, business, now=NOON)
    suite.rows("UPDATE platform.quota_window SET used = allowed WHERE period = 'day'")
    suite.tick(JOB, DAY_IS_OVER)
    (event,) = suite.events("QuotaRenewed")
    assert event["data"] == {
        "business_id": str(business),
        "metric": "listings",
        "period": "day",
        "starts_on": "2026-11-22",
    }
    suite.deliver(times=2)
    assert len(suite.call("GET /api/v1/notifications", owner).data) == 1


def test_p11_never_run_run_twice_or_eight_at_once_a_caller_sees_no_difference(suite: Suite) -> None:
    owner, business = seller(suite)
    pending(suite, owner, business, now=NOON)
    before = suite.rows("SELECT * FROM platform.quota_window WHERE period = 'month'")
    suite.tick(JOB, NOON)
    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(lambda _: suite.tick(JOB, DAY_IS_OVER), range(8)))
    assert sum(done) == 1
    assert suite.rows("SELECT * FROM platform.quota_window WHERE period = 'month'") == before
    assert _windows(suite, "quota_history") == [("day", "2026-11-22", 1)]


def test_a_window_that_was_taken_from_after_it_was_closed_is_added_up(suite: Suite) -> None:
    owner, business = seller(suite)
    for run in range(2):
        pending(suite, owner, business, now=NOON)
        suite.tick(JOB, DAY_IS_OVER + timedelta(minutes=5 * run))
    assert _windows(suite, "quota_history") == [("day", "2026-11-22", 2)]


def test_a_backlog_goes_batch_by_batch_in_one_run(suite: Suite) -> None:
    suite.rows(
        "INSERT INTO platform.quota_window "
        "SELECT gen_random_uuid(), 'listings', 'day', '2026-11-01', '2026-11-02', 1, 50 "
        "FROM generate_series(1, CAST(:count AS integer))",
        count=BATCH_SIZE + 7,
    )
    assert suite.tick(JOB, NOON) == BATCH_SIZE + 7


def test_requests_for_connections_are_closed_and_told_like_listings(suite: Suite) -> None:
    """Each metric has windows of its own."""
    ada, kano = connections.firm(suite)
    _, lagos = connections.firm(suite, "Lagos Mills")
    pending(suite, ada, kano, now=NOON)
    connections.asked(suite, ada, kano, lagos, now=NOON)
    suite.rows(
        "UPDATE platform.quota_window SET used = allowed "
        "WHERE period = 'day' AND metric = 'connection_requests'"
    )
    assert suite.tick(JOB, DAY_IS_OVER) == 2
    (event,) = suite.events("QuotaRenewed")
    assert (event["data"]["metric"], event["data"]["period"]) == ("connection_requests", "day")
    suite.deliver()
    told = [each["type"] for each in suite.call("GET /api/v1/notifications", ada).data]
    assert told == ["connection_requests_renewed"]
    history = "SELECT metric, used FROM platform.quota_history ORDER BY 1"
    assert suite.rows(history) == [["connection_requests", 20], ["listings", 1]]
