"""The life of a listing, and what its states forbid."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import listings
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_what_waits_for_a_decision_is_withdrawn(suite: Suite) -> None:
    """The reviewers hear that they need not look."""
    owner, business_id = listings.seller(suite)
    first = listings.pending(suite, owner, business_id)
    second = listings.pending(suite, owner, business_id)
    suite.call(listings.do("close", first), owner, body={"outcome": "withdrawn"})
    suite.call(f"DELETE /api/v1/listings/{second['id']}", owner)
    withdrawn = [event["data"]["listing_id"] for event in suite.events("ListingWithdrawn")]
    assert withdrawn == [first["id"], second["id"]]


@pytest.mark.parametrize(
    ("state", "verb", "code"),
    [
        ("pending", "pause", "LISTING_NOT_PUBLISHED"),
        ("pending", "resume", "LISTING_NOT_PAUSED"),
        ("pending", "extend", "LISTING_NOT_EXTENSIBLE"),
        ("published", "resume", "LISTING_NOT_PAUSED"),
        ("paused", "pause", "LISTING_NOT_PUBLISHED"),
        ("closed", "resume", "LISTING_NOT_PAUSED"),
        ("closed", "extend", "LISTING_NOT_EXTENSIBLE"),
        ("closed", "close", "LISTING_NOT_OPEN"),
        ("expired", "pause", "LISTING_NOT_PUBLISHED"),
    ],
)
def test_an_illegal_step_is_a_conflict(suite: Suite, state: str, verb: str, code: str) -> None:
    """The answer names the state that is missing and shows the listing as it is."""
    owner, business_id = listings.seller(suite)
    made = listings.pending(suite, owner, business_id)
    now = AT
    if state != "pending":
        listings.decide(suite, made, at=AT)
    if state == "paused":
        suite.call(listings.do("pause", made), owner, now=AT)
    if state == "closed":
        suite.call(listings.do("close", made), owner, body={"outcome": "fulfilled"}, now=AT)
    if state == "expired":
        now = AT + timedelta(days=10)
    bodies = {"close": {"outcome": "sold"}, "extend": {"duration_hours": 24}}
    refused = suite.call(listings.do(verb, made), owner, body=bodies.get(verb), now=now)
    assert (refused.status, refused.codes) == (409, [(code, None)])
    assert refused.json["current"]["state"] == state


@pytest.mark.parametrize("verb", ["pause", "resume", "extend", "close", "PUT", "PATCH", "DELETE"])
def test_others_do_not_know_of_it(suite: Suite, verb: str) -> None:
    """Row-level security hides it: for a stranger it is not there."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    stranger, _ = listings.seller(suite, name="Others")
    bodies = {
        "close": {"outcome": "sold"},
        "extend": {"duration_hours": 24},
        "PUT": listings.content(),
        "PATCH": {"reach": "nationwide"},
    }
    by_method = verb.isupper()
    operation = f"{verb} /api/v1/listings/{made['id']}" if by_method else listings.do(verb, made)
    refused = suite.call(operation, stranger, body=bodies.get(verb), version=1, now=AT)
    assert (refused.status, refused.codes) == (404, [("LISTING_NOT_FOUND", None)])
    assert listings.is_shown(suite, made, AT)


def test_the_database_itself_refuses_an_illegal_step(suite: Suite) -> None:
    """The last fence, for code that forgets."""
    owner, business_id = listings.seller(suite)
    listings.pending(suite, owner, business_id)
    with pytest.raises(Exception, match="does not go from pending to paused"):
        suite.rows("UPDATE listings.listing SET state = 'paused'")
