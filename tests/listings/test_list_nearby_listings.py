"""What is near."""

from datetime import UTC, datetime

import pytest

from tests.factories import listings
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
OPERATION = "GET /api/v1/listings/nearby"
HERE = {"latitude": 6.45, "longitude": 3.4}
DEGREE_KM = 111.2


def test_cards_say_roughly_how_far(suite: Suite) -> None:
    """Nearest first, in bands, and only within the radius."""
    owner, business_id = listings.seller(suite)
    kilometres = {"2-5": 3.5, "5-10": 7.5, "10-25": 17, "25-50": 35}
    for distance in reversed(kilometres.values()):
        point = {"latitude": 6.45 + distance / DEGREE_KM, "longitude": 3.4}
        listings.published(suite, owner, business_id, at=AT, location=point)
    near = suite.call(OPERATION, query={**HERE, "radius_km": 50}, now=AT)
    assert [each["distance_km"] for each in near.data] == list(kilometres)
    nearer = suite.call(OPERATION, query={**HERE, "radius_km": 10}, now=AT)
    assert [each["distance_km"] for each in nearer.data] == ["2-5", "5-10"]


def test_pages_hold_each_listing_of_one_market_once(suite: Suite) -> None:
    """Many at the very same point, read two at a time."""
    owner, business_id = listings.seller(suite)
    made = [
        listings.published(suite, owner, business_id, at=AT, location=HERE)["id"] for _ in range(9)
    ]
    seen = []
    cursor = None
    while True:
        page = suite.call(OPERATION, query={**HERE, "limit": 2, "cursor": cursor}, now=AT)
        seen += [each["id"] for each in page.data]
        cursor = page.next
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(90.0, 180.0), (-90.0, -180.0), (0.0, 180.0), (89.999, -0.001)]
)
def test_the_ends_of_the_earth_are_places_too(
    suite: Suite, latitude: float, longitude: float
) -> None:
    """A listing there is stored, shown and found."""
    owner, business_id = listings.seller(suite)
    point = {"latitude": latitude, "longitude": longitude}
    made = listings.published(suite, owner, business_id, at=AT, location=point)
    near = suite.call(OPERATION, query={**point, "radius_km": 5}, now=AT)
    assert near.status == 200, near.body
    assert [each["id"] for each in near.data] == [made["id"]]


def test_a_point_off_the_map_is_refused(suite: Suite) -> None:
    """So is one that is missing."""
    refused = suite.call(OPERATION, query={"latitude": 91, "longitude": 0})
    assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", "latitude")])
    assert suite.call(OPERATION).status == 422
