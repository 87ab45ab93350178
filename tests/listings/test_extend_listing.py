"""Renewal: more time, no better place."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import listings
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_extended_it_gets_time_but_no_better_place(suite: Suite) -> None:
    """The new date counts from the old one; the place among the newest stays."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    extended = suite.call(
        listings.do("extend", made), owner, body={"duration_hours": 48}, now=AT + HOUR
    )
    assert extended.status == 200, extended.body
    assert datetime.fromisoformat(extended.data["expires_at"]) == AT + timedelta(hours=72)
    assert extended.data["published_at"] == made["published_at"]
    assert listings.is_shown(suite, made, AT + timedelta(hours=71))


@pytest.mark.parametrize("swept", [False, True])
def test_expired_it_comes_back_with_its_id(suite: Suite, swept: bool) -> None:
    """Whether or not the job has noted the expiry, the new time counts from now."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    later = AT + timedelta(days=29)
    if swept:
        suite.tick("cron_expire_listings", later)
    assert listings.own(suite, owner, made["id"], now=later)["state"] == "expired"
    extended = suite.call(
        listings.do("extend", made), owner, body={"duration_hours": 24}, now=later
    )
    assert extended.status == 200, extended.body
    assert datetime.fromisoformat(extended.data["expires_at"]) == later + timedelta(hours=24)
    assert listings.is_shown(suite, made, later)


def test_time_is_not_given_without_end(suite: Suite) -> None:
    """At most seven days ahead, and not after a month."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT, duration_hours=96)
    far = suite.call(listings.do("extend", made), owner, body={"duration_hours": 96}, now=AT)
    assert (far.status, far.codes) == (409, [("EXTENDED_TOO_FAR", "duration_hours")])
    late = AT + timedelta(days=40)
    over = suite.call(listings.do("extend", made), owner, body={"duration_hours": 24}, now=late)
    assert (over.status, over.codes) == (409, [("LISTING_LONG_EXPIRED", None)])


def test_p2_asked_again_after_a_lost_answer_it_is_extended_once(suite: Suite) -> None:
    """The same key is the same renewal, not a second one."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    for _ in range(2):
        extended = suite.call(
            listings.do("extend", made), owner, body={"duration_hours": 24}, now=AT, key="once"
        )
        assert extended.status == 200, extended.body
        assert datetime.fromisoformat(extended.data["expires_at"]) == AT + timedelta(hours=48)
    assert len(suite.events("ListingPublished")) == 2
