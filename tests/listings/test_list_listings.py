"""Browsing the market."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories import listings, users
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)
OPERATION = "GET /api/v1/listings"


def _ids(suite: Suite, now: datetime = AT, **query: Any) -> list[str]:
    page = suite.call(OPERATION, query=query, now=now)
    assert page.status == 200, page.body
    return [each["id"] for each in page.data]


def test_pages_hold_each_listing_once_though_others_publish_meanwhile(suite: Suite) -> None:
    """Thirty listings of the same microsecond, read seven at a time."""
    owner, business_id = listings.seller(suite)
    tied = [listings.published(suite, owner, business_id, at=AT)["id"] for _ in range(30)]
    seen: list[str] = []
    cursor = None
    for number in range(10):
        page = suite.call(OPERATION, query={"limit": 7, "cursor": cursor}, now=AT)
        seen += [each["id"] for each in page.data]
        cursor = page.next
        if cursor is None:
            break
        newer = AT + timedelta(microseconds=1 + number)
        listings.published(suite, owner, business_id, at=newer)
    assert sorted(seen) == sorted(tied)


def test_a_cursor_goes_with_its_filters(suite: Suite) -> None:
    """Another filter, another list; a forged cursor fits none."""
    owner, business_id = listings.seller(suite)
    for _ in range(2):
        listings.published(suite, owner, business_id, at=AT)
    cursor = suite.call(OPERATION, query={"limit": 1, "country": "NG"}, now=AT).next
    assert len(_ids(suite, limit=1, country="NG", cursor=cursor)) == 1
    for query in ({"country": "KE"}, {}, {"country": "NG", "sort": "price", "currency": "NGN"}):
        refused = suite.call(OPERATION, query={**query, "limit": 1, "cursor": cursor}, now=AT)
        assert (refused.status, refused.codes) == (422, [("INVALID_CURSOR", "cursor")])


def test_each_filter_keeps_what_fits(suite: Suite) -> None:
    """Type, category and sector, place, price, attributes, verification and words."""
    owner, business_id = listings.seller(suite)
    mango = listings.published(suite, owner, business_id, at=AT)["id"]
    kenyan = listings.published(
        suite,
        owner,
        business_id,
        at=AT + timedelta(seconds=1),
        type="request",
        title="Looking for tractors",
        category="farm-machinery",
        attributes={"condition": "used"},
        country="KE",
        city_id=users.NAIROBI,
        price={"kind": "fixed", "amount_minor": 900, "currency": "KES"},
    )["id"]
    now = AT + timedelta(minutes=1)
    assert _ids(suite, now) == [kenyan, mango]
    for query in (
        {"type": "offer"},
        {"category": "fresh-fruit"},
        {"category": "agriculture"},
        {"country": "NG"},
        {"city_id": users.LAGOS},
        {"currency": "NGN"},
        {"currency": "NGN", "price_min": 450_000, "price_max": 450_000},
        {"category": "fresh-fruit", "attribute": ["variety:Kent", "organic:true"]},
        {"q": "MÀNGO"},
    ):
        assert _ids(suite, now, **query) == [mango], query
    for query in (
        {"category": "agriculture", "country": "KE"},
        {"category": "fresh-fruit", "attribute": ["variety:Kent", "organic:false"]},
        {"currency": "NGN", "price_max": 449_999},
        {"verified": "true"},
        {"q": "mango tractors"},
    ):
        assert _ids(suite, now, **query) == [], query


@pytest.mark.parametrize("variety", ['a "b", {c}', "back\\slash", "NULL", "it's; --", "é:ü"])
def test_attributes_are_compared_as_they_are_written(suite: Suite, variety: str) -> None:
    """Whatever signs they hold."""
    owner, business_id = listings.seller(suite)
    made = listings.published(
        suite, owner, business_id, at=AT, attributes={"variety": variety}, price=listings.PRICE
    )["id"]
    listings.published(suite, owner, business_id, at=AT, attributes={"variety": "Kent"})
    wanted = {"category": "fresh-fruit", "attribute": [f"variety:{variety}"]}
    assert _ids(suite, AT, **wanted) == [made]


def test_sorted_by_price_the_cheapest_come_first_page_by_page(suite: Suite) -> None:
    """Equal prices are told apart by id; open prices are left out."""
    owner, business_id = listings.seller(suite)
    prices = [500, 100, 300, 300, 300, 200]
    for amount in prices:
        price = {"kind": "fixed", "amount_minor": amount, "currency": "NGN"}
        listings.published(suite, owner, business_id, at=AT, price=price)
    listings.published(suite, owner, business_id, at=AT, price={"kind": "negotiable"})
    query = {"sort": "price", "currency": "NGN", "limit": 2}
    found = []
    cursor = None
    while True:
        page = suite.call(OPERATION, query={**query, "cursor": cursor}, now=AT)
        found += [each["price"]["amount_minor"] for each in page.data]
        cursor = page.next
        if cursor is None:
            break
    assert found == sorted(prices)


def test_sorted_by_distance_the_nearest_come_first(suite: Suite) -> None:
    """And nothing beyond a hundred kilometres."""
    owner, business_id = listings.seller(suite)
    made = [
        listings.published(
            suite, owner, business_id, at=AT, location={"latitude": 6.45 + step, "longitude": 3.4}
        )["id"]
        for step in (0.5, 0.1, 2.0)
    ]
    here: dict[str, Any] = {"sort": "distance", "latitude": 6.45, "longitude": 3.4}
    assert _ids(suite, **here) == [made[1], made[0]]
    assert _ids(suite, **here, category="farm-machinery") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"sort": "price"}, "currency"),
        ({"price_min": 1}, "currency"),
        ({"sort": "distance", "latitude": 1}, "longitude"),
        ({"attribute": ["variety:Kent"]}, "category"),
        ({"q": "!!!"}, "q"),
        ({"limit": 51}, "limit"),
    ],
)
def test_a_filter_that_needs_another_says_which(
    suite: Suite, query: dict[str, Any], field: str
) -> None:
    """422 with the field that is missing or wrong."""
    refused = suite.call(OPERATION, query=query)
    assert refused.status == 422, refused.body
    assert field in [name for _, name in refused.codes]
