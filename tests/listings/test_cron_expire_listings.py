"""Expiry: the clock hides, the job notes."""

from datetime import UTC, datetime, timedelta

from tests.factories import listings, users
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
OVER = AT + timedelta(hours=24)


def test_p11_with_no_job_running_it_is_gone_everywhere_at_that_instant(suite: Suite) -> None:
    """List, search, nearby and detail hold it until its time is up, and not a moment longer."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    here = {"latitude": 6.45, "longitude": 3.39, "radius_km": 50}
    for now, expected in ((OVER - timedelta(microseconds=1), 1), (OVER, 0)):
        assert len(suite.call("GET /api/v1/listings", now=now).data) == expected
        priced = {"sort": "price", "currency": "NGN"}
        assert len(suite.call("GET /api/v1/listings", query=priced, now=now).data) == expected
        assert len(suite.call("GET /api/v1/listings/nearby", query=here, now=now).data) == expected
        found = suite.call("GET /api/v1/search", query={"q": "mango"}, now=now).data
        assert len(found) == expected
        detail = suite.call(f"GET /api/v1/listings/{made['id']}", now=now)
        assert (detail.status == 200) is bool(expected)
    assert listings.own(suite, owner, made["id"], now=OVER)["state"] == "expired"
    assert suite.value("SELECT state FROM listings.listing") == "published"


def test_p11_the_job_notes_it_once_however_often_it_runs(suite: Suite) -> None:
    """Published and paused ones; the row strangers see is removed and each owner told once."""
    owner, business_id = listings.seller(suite)
    shown = listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    paused = listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    listings.published(suite, owner, business_id, at=AT, duration_hours=48)
    suite.call(f"POST /api/v1/listings/{paused['id']}/pause", owner, now=AT)
    assert [suite.tick("cron_expire_listings", OVER) for _ in range(3)] == [2, 0, 0]
    announced = [event["data"]["listing_id"] for event in suite.events("ListingExpired")]
    assert sorted(announced) == sorted([shown["id"], paused["id"]])
    assert suite.value("SELECT count(*) FROM listings.public_listing") == 1
    noted = suite.rows("SELECT from_state FROM listings.transition WHERE to_state = 'expired'")
    assert sorted(noted) == [["paused"], ["published"]]


def test_a_renewed_listing_expires_and_is_announced_again(suite: Suite) -> None:
    """Once for each date."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    suite.tick("cron_expire_listings", OVER)
    suite.call(
        f"POST /api/v1/listings/{made['id']}/extend", owner, body={"duration_hours": 24}, now=OVER
    )
    assert suite.tick("cron_expire_listings", OVER) == 0
    again = OVER + timedelta(hours=24)
    assert suite.tick("cron_expire_listings", again) == 1
    dates = [event["data"]["expires_at"] for event in suite.events("ListingExpired")]
    assert [datetime.fromisoformat(date) for date in dates] == [OVER, again]


def test_what_the_business_does_elsewhere_stays(suite: Suite) -> None:
    """Another's listing with time left is not touched."""
    owner, business_id = listings.seller(suite, city_id=users.LAGOS)
    listings.published(suite, owner, business_id, at=AT, duration_hours=96)
    assert suite.tick("cron_expire_listings", OVER) == 0
