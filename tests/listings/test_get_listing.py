"""The detail that strangers see."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.factories import listings
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_reading_changes_nothing(suite: Suite) -> None:
    """A thousand views leave both rows as they were, and no phone has anything to fetch."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id)

    def state() -> list[Any]:
        return suite.rows(
            "SELECT l.xmin::text, l.version, p.xmin::text, (SELECT max(id) FROM platform.change) "
            "FROM listings.listing AS l JOIN listings.public_listing AS p USING (id)"
        )

    before = state()
    for _ in range(1_000):
        assert suite.call(f"GET /api/v1/listings/{made['id']}").status == 200
    assert state() == before


def test_what_is_private_stays_so(suite: Suite) -> None:
    """No author, no phone, no precise point: the place is that of a cell of a kilometre."""
    owner, business_id = listings.seller(suite)
    point = {"latitude": 6.524379, "longitude": 3.379206}
    made = listings.published(suite, owner, business_id, at=AT, location=point)
    shown = suite.call(f"GET /api/v1/listings/{made['id']}", now=AT).data
    assert shown["location"] == {"latitude": 6.525, "longitude": 3.375}
    assert shown["business"]["id"] == str(business_id)
    text = str(shown)
    for secret in (owner.uid, str(owner.user_id), "6.524379", "3.379206", "author", "phone"):
        assert secret not in text


def test_it_is_gone_the_moment_its_time_is_up(suite: Suite) -> None:
    """No job has to run for it; to the microsecond."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    over = AT + timedelta(hours=24)
    assert listings.is_shown(suite, made, over - timedelta(microseconds=1))
    assert not listings.is_shown(suite, made, over)
    gone = suite.call(f"GET /api/v1/listings/{made['id']}", now=over)
    assert (gone.status, gone.codes) == (404, [("LISTING_NOT_FOUND", None)])


def test_what_waits_for_a_decision_is_not_found(suite: Suite) -> None:
    """Like what never was."""
    owner, business_id = listings.seller(suite)
    made = listings.pending(suite, owner, business_id)
    waiting = suite.call(f"GET /api/v1/listings/{made['id']}", now=AT)
    unknown = suite.call("GET /api/v1/listings/01a20534-1111-7111-8111-111111111111", now=AT)
    assert (waiting.status, waiting.codes) == (unknown.status, unknown.codes)
