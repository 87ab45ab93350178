"""Editing: what changes at once, and what is decided on again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories import listings, users
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def _patch(listing: dict[str, Any]) -> str:
    return f"PATCH /api/v1/listings/{listing['id']}"


@pytest.mark.parametrize(
    "change",
    [
        {"price": {**listings.PRICE, "amount_minor": 400_000}},
        {"attributes": {"variety": "Keitt"}},
        {"reach": "ships_abroad"},
    ],
)
def test_on_the_market_small_things_change_at_once(suite: Suite, change: dict[str, Any]) -> None:
    """Strangers see the new price the moment it is stored."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    edited = suite.call(_patch(made), owner, body=change, version=made["version"], now=AT)
    assert (edited.status, edited.data["state"]) == (200, "published")
    assert edited.data["version"] == made["version"] + 1
    shown = suite.call(f"GET /api/v1/listings/{made['id']}", now=AT).data
    for name in change:
        assert shown[name] == edited.data[name]
    assert len(suite.events("ListingSubmitted")) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Fresh pineapple instead"},
        {"description": "Something that nobody has decided on yet."},
        {"category": "fresh-vegetables", "attributes": {}},
        {"city_id": users.NAIROBI, "country": "KE"},
        {"price": {"kind": "negotiable"}},
        {"price": {**listings.PRICE, "currency": "USD"}},
    ],
)
def test_on_the_market_what_was_decided_on_is_decided_on_again(
    suite: Suite, change: dict[str, Any]
) -> None:
    """It leaves the market with the edit, and comes back to its old place when approved."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    edited = suite.call(_patch(made), owner, body=change, version=made["version"], now=AT)
    assert (edited.status, edited.data["state"]) == (200, "pending"), edited.body
    assert suite.call("GET /api/v1/listings", now=AT).data == []
    assert suite.events("ListingSubmitted")[-1]["data"]["snapshot"] == edited.data
    later = AT + timedelta(hours=5)
    listings.decide(suite, edited.data, at=later)
    again = listings.own(suite, owner, made["id"], now=later)
    assert again["published_at"] == made["published_at"]
    assert [event["data"]["first"] for event in suite.events("ListingPublished")] == [True, False]


def test_a_rejected_listing_is_mended_and_submitted_again(suite: Suite) -> None:
    """The reason goes with the edit."""
    owner, business_id = listings.seller(suite)
    made = listings.pending(suite, owner, business_id)
    listings.decide(suite, made, approved=False, reason="unclear")
    rejected = listings.own(suite, owner, made["id"])
    change = {"description": "Twenty cartons of dried Kent mango, each of 20 kg."}
    mended = suite.call(_patch(made), owner, body=change, version=rejected["version"])
    assert (mended.data["state"], mended.data["rejection"]) == ("pending", None)
    listings.decide(suite, mended.data)
    assert listings.own(suite, owner, made["id"])["state"] == "published"


def test_an_edit_of_something_older_is_refused_with_what_is_there_now(suite: Suite) -> None:
    """And one without a version is not even tried."""
    owner, business_id = listings.seller(suite)
    made = listings.pending(suite, owner, business_id)
    change = {"reach": "nationwide"}
    now = suite.call(_patch(made), owner, body=change, version=made["version"])
    stale = suite.call(_patch(made), owner, body=change, version=made["version"])
    assert (stale.status, stale.codes) == (409, [("VERSION_CONFLICT", None)])
    assert stale.json["current"] == now.data
    assert suite.call(_patch(made), owner, body=change).status == 428


def test_a_paused_listing_changes_only_in_small_things(suite: Suite) -> None:
    """Review would put it back on the market, which its owner did not ask for."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    paused = suite.call(f"POST /api/v1/listings/{made['id']}/pause", owner, now=AT).data
    refused = suite.call(
        _patch(made), owner, body={"title": "Other title"}, version=paused["version"], now=AT
    )
    assert (refused.status, refused.codes) == (409, [("LISTING_PAUSED", None)])
    taken = suite.call(
        _patch(made), owner, body={"reach": "nationwide"}, version=paused["version"], now=AT
    )
    assert (taken.status, taken.data["state"]) == (200, "paused")
    assert suite.call(f"GET /api/v1/listings/{made['id']}", now=AT).status == 404


def test_an_expired_listing_is_not_edited(suite: Suite) -> None:
    """It is extended first."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    late = AT + timedelta(days=5)
    refused = suite.call(
        _patch(made), owner, body={"reach": "city"}, version=made["version"], now=late
    )
    assert (refused.status, refused.codes) == (409, [("LISTING_NOT_EDITABLE", None)])
