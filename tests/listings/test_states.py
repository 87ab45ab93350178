"""The life of a listing, and what its states forbid."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories import listings, users
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _do(verb: str, listing: dict[str, Any]) -> str:
    return f"POST /api/v1/listings/{listing['id']}/{verb}"


def _is_shown(suite: Suite, listing: dict[str, Any], now: datetime) -> bool:
    detail = suite.call(f"GET /api/v1/listings/{listing['id']}", now=now).status
    listed = suite.call("GET /api/v1/listings", now=now).data
    found = [each["id"] for each in listed] == [listing["id"]]
    assert (detail == 200) is found
    return found


def test_paused_it_is_hidden_and_resumed_it_is_where_it_was(suite: Suite) -> None:
    """Its dates do not move; each step is noted and resuming is announced."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    paused = suite.call(_do("pause", made), owner, now=AT + HOUR)
    assert (paused.status, paused.data["state"]) == (200, "paused")
    assert not _is_shown(suite, made, AT + HOUR)
    resumed = suite.call(_do("resume", made), owner, now=AT + 2 * HOUR)
    assert (resumed.status, resumed.data["state"]) == (200, "published")
    assert _is_shown(suite, made, AT + 2 * HOUR)
    for name in ("published_at", "expires_at"):
        assert resumed.data[name] == made[name]
    assert [event["data"]["first"] for event in suite.events("ListingPublished")] == [True, False]
    noted = suite.rows("SELECT from_state, to_state FROM listings.transition ORDER BY id")
    assert noted[-2:] == [["published", "paused"], ["paused", "published"]]


def test_extended_it_gets_time_but_no_better_place(suite: Suite) -> None:
    """The new date counts from the old one; the place among the newest stays."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    extended = suite.call(_do("extend", made), owner, body={"duration_hours": 48}, now=AT + HOUR)
    assert extended.status == 200, extended.body
    assert datetime.fromisoformat(extended.data["expires_at"]) == AT + timedelta(hours=72)
    assert extended.data["published_at"] == made["published_at"]
    assert _is_shown(suite, made, AT + timedelta(hours=71))


@pytest.mark.parametrize("swept", [False, True])
def test_expired_it_comes_back_with_its_id(suite: Suite, swept: bool) -> None:
    """Whether or not the job has noted the expiry, the new time counts from now."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    later = AT + timedelta(days=29)
    if swept:
        suite.tick("cron_expire_listings", later)
    assert listings.own(suite, owner, made["id"], now=later)["state"] == "expired"
    extended = suite.call(_do("extend", made), owner, body={"duration_hours": 24}, now=later)
    assert extended.status == 200, extended.body
    assert datetime.fromisoformat(extended.data["expires_at"]) == later + timedelta(hours=24)
    assert _is_shown(suite, made, later)


def test_time_is_not_given_without_end(suite: Suite) -> None:
    """At most seven days ahead, and not after a month."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT, duration_hours=96)
    far = suite.call(_do("extend", made), owner, body={"duration_hours": 96}, now=AT)
    assert (far.status, far.codes) == (409, [("EXTENDED_TOO_FAR", "duration_hours")])
    late = AT + timedelta(days=40)
    over = suite.call(_do("extend", made), owner, body={"duration_hours": 24}, now=late)
    assert (over.status, over.codes) == (409, [("LISTING_LONG_EXPIRED", None)])


def test_closed_it_keeps_how_it_ended(suite: Suite) -> None:
    """It is off the market for good."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    closed = suite.call(_do("close", made), owner, body={"outcome": "sold"}, now=AT)
    assert (closed.data["state"], closed.data["outcome"]) == ("closed", "sold")
    assert not _is_shown(suite, made, AT)


def test_removed_it_leaves_a_tombstone(suite: Suite) -> None:
    """Nobody sees it, its owner neither; devices learn of it from the change feed."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    gone = suite.call(f"DELETE /api/v1/listings/{made['id']}", owner, now=AT)
    assert gone.status == 204
    assert not _is_shown(suite, made, AT)
    assert suite.call("GET /api/v1/listings/mine", owner).data == []
    assert suite.value("SELECT state FROM listings.listing") == "removed"
    assert suite.value("SELECT operation FROM platform.change ORDER BY id DESC") == "delete"
    again = suite.call(f"DELETE /api/v1/listings/{made['id']}", owner, now=AT)
    assert again.status == 404


def test_what_waits_for_a_decision_is_withdrawn(suite: Suite) -> None:
    """The reviewers hear that they need not look."""
    owner, business_id = listings.seller(suite)
    first = listings.pending(suite, owner, business_id)
    second = listings.pending(suite, owner, business_id)
    suite.call(_do("close", first), owner, body={"outcome": "withdrawn"})
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
        suite.call(_do("pause", made), owner, now=AT)
    if state == "closed":
        suite.call(_do("close", made), owner, body={"outcome": "fulfilled"}, now=AT)
    if state == "expired":
        now = AT + timedelta(days=10)
    bodies = {"close": {"outcome": "sold"}, "extend": {"duration_hours": 24}}
    refused = suite.call(_do(verb, made), owner, body=bodies.get(verb), now=now)
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
    operation = f"{verb} /api/v1/listings/{made['id']}" if by_method else _do(verb, made)
    refused = suite.call(operation, stranger, body=bodies.get(verb), version=1, now=AT)
    assert (refused.status, refused.codes) == (404, [("LISTING_NOT_FOUND", None)])
    assert _is_shown(suite, made, AT)


def test_an_agent_does_not_remove_what_managers_answer_for(suite: Suite) -> None:
    """Agents publish and edit; removing takes a manager."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    agent = users.person(suite, roles=["business"])
    suite.rows(
        "INSERT INTO users.membership (business_id, user_id, role) VALUES (:b, :u, 'agent')",
        b=business_id,
        u=agent.user_id,
    )
    refused = suite.call(f"DELETE /api/v1/listings/{made['id']}", agent, now=AT)
    assert (refused.status, refused.codes) == (403, [("FORBIDDEN", None)])
    assert suite.call(_do("pause", made), agent, now=AT).status == 200


def test_the_database_itself_refuses_an_illegal_step(suite: Suite) -> None:
    """The last fence, for code that forgets."""
    owner, business_id = listings.seller(suite)
    listings.pending(suite, owner, business_id)
    with pytest.raises(Exception, match="does not go from pending to paused"):
        suite.rows("UPDATE listings.listing SET state = 'paused'")
