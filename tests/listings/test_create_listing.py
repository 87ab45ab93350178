"""Submitting offers and requests."""

from typing import Any
from uuid import uuid4

import pytest

from shared.ids import new_id
from tests.factories import listings, users
from tests.suite import Suite

OPERATION = "POST /api/v1/listings"


def test_a_listing_is_stored_and_announced_and_not_yet_on_the_market(suite: Suite) -> None:
    """The answer, the row, the transition and the announcement say the same."""
    owner, business_id = listings.seller(suite)
    made = suite.call(
        OPERATION, owner, body={**listings.content(), "business_id": str(business_id)}
    )
    assert made.status == 201, made.body
    assert made.data["state"] == "pending"
    assert made.data["price"]["amount_minor"] == listings.PRICE["amount_minor"]
    assert suite.rows("SELECT id::text, state FROM listings.listing") == [
        [made.data["id"], "pending"]
    ]
    assert suite.rows("SELECT from_state, to_state, actor_id FROM listings.transition") == [
        [None, "pending", owner.user_id]
    ]
    (event,) = suite.events("ListingSubmitted")
    assert event["data"]["snapshot"] == made.data
    assert suite.call("GET /api/v1/listings").data == []
    assert suite.call(f"GET /api/v1/listings/{made.data['id']}").status == 404


def test_a_phone_that_was_offline_brings_its_own_id_once(suite: Suite) -> None:
    """The id is kept; sent again without an idempotency key it is a conflict, not a twin."""
    owner, business_id = listings.seller(suite)
    body = {**listings.content(), "business_id": str(business_id), "id": str(new_id())}
    first = suite.call(OPERATION, owner, body=body)
    assert (first.status, first.data["id"]) == (201, body["id"])
    again = suite.call(OPERATION, owner, body=body)
    assert (again.status, again.codes) == (409, [("LISTING_EXISTS", "id")])
    random = suite.call(OPERATION, owner, body={**body, "id": str(uuid4())})
    assert (random.status, random.codes) == (422, [("VALIDATION_ERROR", "id")])


def test_nobody_publishes_for_a_business_of_others(suite: Suite) -> None:
    """Membership decides, not the role."""
    _, business_id = listings.seller(suite)
    stranger = users.person(suite, roles=["business"])
    body = {**listings.content(), "business_id": str(business_id)}
    refused = suite.call(OPERATION, stranger, body=body)
    assert (refused.status, refused.codes) == (403, [("FORBIDDEN", None)])
    assert suite.value("SELECT count(*) FROM listings.listing") == 0


def test_the_same_key_gets_the_same_answer_once(suite: Suite) -> None:
    """One row, two equal answers."""
    owner, business_id = listings.seller(suite)
    body = {**listings.content(), "business_id": str(business_id)}
    answers = [suite.call(OPERATION, owner, body=body, key="k-1") for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert suite.value("SELECT count(*) FROM listings.listing") == 1


def test_without_a_point_the_listing_stands_in_its_city(suite: Suite) -> None:
    """The city's own coordinates are taken."""
    owner, business_id = listings.seller(suite)
    made = listings.pending(suite, owner, business_id)
    (city,) = suite.rows(
        "SELECT latitude, longitude FROM platform.city WHERE id = :id", id=users.LAGOS
    )
    assert list(made["location"].values()) == city


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"category": "no-such"}, [("UNKNOWN_CATEGORY", "category")]),
        ({"category": "agriculture"}, [("CATEGORY_NOT_LEAF", "category")]),
        ({"city_id": 1}, [("UNKNOWN_CITY", "city_id")]),
        ({"country": "KE"}, [("CITY_ELSEWHERE", "country")]),
        ({"title": "a     b"}, [("VALIDATION_ERROR", "title")]),
        (
            {"attributes": {"variety": 7, "organic": "yes", "colour": "red"}},
            [
                ("UNKNOWN_ATTRIBUTE", "attributes.colour"),
                ("VALIDATION_ERROR", "attributes.organic"),
                ("VALIDATION_ERROR", "attributes.variety"),
            ],
        ),
        (
            {"price": {"kind": "fixed"}},
            [("VALIDATION_ERROR", "price.amount_minor"), ("VALIDATION_ERROR", "price.currency")],
        ),
        (
            {"price": {"kind": "fixed", "amount_minor": 1, "currency": "QQQ"}},
            [("UNKNOWN_CURRENCY", "price.currency")],
        ),
        (
            {"price": {"kind": "range", "amount_minor": 9, "max_minor": 8, "currency": "NGN"}},
            [("VALIDATION_ERROR", "price.max_minor")],
        ),
        (
            {"price": {"kind": "per_unit", "amount_minor": 9, "currency": "NGN"}},
            [("VALIDATION_ERROR", "price.unit")],
        ),
        (
            {"price": {"kind": "negotiable", "amount_minor": 9, "currency": "NGN"}},
            [("VALIDATION_ERROR", "price.amount_minor"), ("VALIDATION_ERROR", "price.currency")],
        ),
        ({"duration_hours": 25}, [("VALIDATION_ERROR", "duration_hours")]),
    ],
)
def test_what_does_not_fit_is_said_by_field(
    suite: Suite, change: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Category, place, attributes and price are held against what we know."""
    owner, business_id = listings.seller(suite)
    body = {**listings.content(**change), "business_id": str(business_id)}
    refused = suite.call(OPERATION, owner, body=body)
    assert refused.status == 422, refused.body
    assert sorted(refused.codes) == sorted(expected)


def test_every_wrong_part_is_said_at_once(suite: Suite) -> None:
    """One answer names the category, the city and the price."""
    owner, business_id = listings.seller(suite)
    wrong = listings.content(category="no-such", city_id=1, price={"kind": "fixed"})
    refused = suite.call(OPERATION, owner, body={**wrong, "business_id": str(business_id)})
    assert {field for _, field in refused.codes} == {
        "category",
        "city_id",
        "price.amount_minor",
        "price.currency",
    }


def test_all_kinds_of_price_are_taken(suite: Suite) -> None:
    """A range, a unit price and an open price, with the currency's own minor units."""
    owner, business_id = listings.seller(suite)
    for price in (
        {"kind": "range", "amount_minor": 5, "max_minor": 9, "currency": "XOF"},
        {"kind": "per_unit", "amount_minor": 5, "currency": "TND", "unit": "kg"},
        {"kind": "negotiable"},
    ):
        made = listings.pending(suite, owner, business_id, price=price, type="request")
        shown = {name: value for name, value in made["price"].items() if value is not None}
        assert shown == price
