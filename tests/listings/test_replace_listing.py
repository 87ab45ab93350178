"""Saying all anew."""

from tests.factories import listings
from tests.suite import Suite


def test_replacing_says_all_anew(suite: Suite) -> None:
    """What is left out takes its default, the point included."""
    owner, business_id = listings.seller(suite)
    made = listings.pending(
        suite, owner, business_id, reach="nationwide", location={"latitude": 6.5, "longitude": 3.3}
    )
    replaced = suite.call(
        f"PUT /api/v1/listings/{made['id']}",
        owner,
        body=listings.content(title="Dried pineapple rings"),
        version=made["version"],
    )
    assert replaced.status == 200, replaced.body
    assert replaced.data["title"] == "Dried pineapple rings"
    assert replaced.data["reach"] == "city"
    assert replaced.data["location"] != made["location"]
