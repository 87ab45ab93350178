"""The listings of a business that is forgotten."""

import pytest

from functions.listings import on_business_erased_erase_listings as handler
from schemas.events.users import BusinessErased
from tests.factories import listings
from tests.factories.events import hand
from tests.suite import Suite


def test_p19_each_is_an_empty_tombstone_whatever_it_was(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In batches, and announced once each; those of others are untouched."""
    monkeypatch.setattr(handler, "BATCH_SIZE", 2)
    owner, shop = listings.seller(suite)
    live = [listings.published(suite, owner, shop) for _ in range(3)]
    waiting = listings.pending(suite, owner, shop)
    paused = listings.published(suite, owner, shop)
    assert suite.call(listings.do("pause", paused), owner).status == 200
    removed = listings.pending(suite, owner, shop)
    assert suite.call(f"DELETE /api/v1/listings/{removed['id']}", owner).status == 204
    rival, other = listings.seller(suite)
    kept = listings.published(suite, rival, other)
    event = BusinessErased(business_id=shop)
    hand(suite, "on_business_erased_erase_listings", event, times=2)
    rows = suite.rows(
        "SELECT DISTINCT state, title, description, folded_text, latitude, attributes::text "
        "FROM listings.listing WHERE business_id = :shop",
        shop=shop,
    )
    assert rows == [["removed", "", "", "", 0.0, "{}"]]
    erased = {each["data"]["listing_id"] for each in suite.events("ListingErased")}
    assert erased == {each["id"] for each in (*live, waiting, paused, removed)}
    assert len(suite.events("ListingErased")) == len(erased)
    assert [each["id"] for each in suite.call("GET /api/v1/listings").data] == [kept["id"]]


def test_p19_what_was_announced_of_them_is_forgotten(suite: Suite) -> None:
    """Titles and snapshots travel in events, which are kept for days."""
    owner, shop = listings.seller(suite)
    listings.published(suite, owner, shop, title="A title of his")
    suite.deliver()
    hand(suite, "on_business_erased_erase_listings", BusinessErased(business_id=shop))
    assert [each for each in suite.events() if "A title of his" in str(each)] == []
