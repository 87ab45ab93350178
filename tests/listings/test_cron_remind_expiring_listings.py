"""Reminders before the date."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import listings
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
JOB = "cron_remind_expiring_listings"


@pytest.mark.parametrize(("hours", "before"), [(24, 6), (48, 12), (72, 18), (96, 24)])
def test_it_is_said_in_the_last_quarter(suite: Suite, hours: int, before: int) -> None:
    """Not a minute earlier."""
    owner, business_id = listings.seller(suite)
    listings.published(suite, owner, business_id, at=AT, duration_hours=hours)
    due = AT + timedelta(hours=hours - before)
    assert suite.tick(JOB, due - timedelta(minutes=1)) == 0
    assert suite.tick(JOB, due) == 1


def test_missed_runs_are_made_good_and_second_runs_say_nothing(suite: Suite) -> None:
    """The job slept through most of the quarter, then ran twice: one reminder."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT, duration_hours=96)
    late = AT + timedelta(hours=95)
    assert [suite.tick(JOB, late) for _ in range(2)] == [1, 0]
    (event,) = suite.events("ListingExpiring")
    assert event["data"]["listing_id"] == made["id"]


def test_a_new_date_is_reminded_of_and_the_old_one_is_not(suite: Suite) -> None:
    """Extending moves the reminder, before or after the first was sent."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    extend = f"POST /api/v1/listings/{made['id']}/extend"
    suite.call(extend, owner, body={"duration_hours": 24}, now=AT)
    assert suite.tick(JOB, AT + timedelta(hours=20)) == 0
    assert suite.tick(JOB, AT + timedelta(hours=43)) == 1
    suite.call(extend, owner, body={"duration_hours": 24}, now=AT + timedelta(hours=44))
    assert suite.tick(JOB, AT + timedelta(hours=45)) == 0
    assert suite.tick(JOB, AT + timedelta(hours=67)) == 1
    dates = [event["data"]["expires_at"] for event in suite.events("ListingExpiring")]
    expected = [AT + timedelta(hours=48), AT + timedelta(hours=72)]
    assert [datetime.fromisoformat(date) for date in dates] == expected


def test_nothing_is_said_of_what_is_over(suite: Suite) -> None:
    """Closed, or expired before anybody looked."""
    owner, business_id = listings.seller(suite)
    closed = listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    suite.call(
        f"POST /api/v1/listings/{closed['id']}/close", owner, body={"outcome": "sold"}, now=AT
    )
    listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    assert suite.tick(JOB, AT + timedelta(hours=24)) == 0
