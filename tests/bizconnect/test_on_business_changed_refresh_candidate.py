"""A business is looked for by what is true of it now."""

from datetime import UTC, datetime

from tests.factories import listings, users
from tests.factories import matching as market
from tests.suite import Suite

AT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)


def test_a_new_business_is_a_candidate_and_a_changed_one_another(suite: Suite) -> None:
    """With a row for each of its groups, and none of those it left; however often it is told."""
    owner, mine = listings.seller(suite, categories=["fabrics"], corridors=["afcfta"])
    suite.deliver(times=2, now=AT)
    (first,) = market.candidates(suite)
    assert first["categories"] == ["fabrics"]
    assert first["sectors"] == ["textiles-fashion"]
    assert (first["region"], first["country"], first["city_id"]) == ("africa", "NG", users.LAGOS)
    assert first["zone"] == "Africa/Lagos"
    assert first["keys"] == market.groups(suite, mine)
    assert len(first["keys"]) == 9  # trade, sector and all, each near, in the country, and abroad
    change = {"categories": ["phones"], "corridors": [], "country": "KE", "city_id": users.NAIROBI}
    path = f"PATCH /api/v1/businesses/{mine}"
    assert suite.call(path, owner, body=change, version=1).status == 200
    suite.deliver(now=AT)
    (then,) = market.candidates(suite)
    assert (then["country"], then["categories"], then["zone"]) == (
        "KE",
        ["phones"],
        "Africa/Nairobi",
    )
    assert then["keys"] == market.groups(suite, mine)
    assert len(then["keys"]) == 6
    assert not set(first["keys"]) & set(then["keys"])


def test_a_description_is_nobodys_reason_to_look_again(suite: Suite) -> None:
    owner, mine = listings.seller(suite)
    path = f"PATCH /api/v1/businesses/{mine}"
    assert suite.call(path, owner, body={"description": "Since 1998."}, version=1).status == 200
    assert len(suite.events("BusinessChanged")) == 1


def test_an_event_that_comes_late_writes_what_is_true_now(suite: Suite) -> None:
    """Events say that something changed, not what: their order does not matter."""
    owner, mine = listings.seller(suite, categories=["fabrics"])
    path = f"PATCH /api/v1/businesses/{mine}"
    assert suite.call(path, owner, body={"categories": ["phones"]}, version=1).status == 200
    first, second = suite.events("BusinessChanged")
    for event in (second, first):
        market.tell(suite, "on_business_changed_refresh_candidate", event, AT)
        assert market.candidates(suite)[0]["categories"] == ["phones"]
