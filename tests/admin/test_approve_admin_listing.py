from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from functions.admin.list_admin_listings import LEASE
from schemas.events.listings import ListingWithdrawn
from tests.factories.admin import submission, submitted
from tests.factories.events import hand
from tests.factories.users import business, person
from tests.suite import Answer, Person, Suite


def approve(
    suite: Suite,
    moderator: Person,
    listing_id: UUID,
    *,
    version: int = 1,
    now: datetime | None = None,
    key: str | None = None,
) -> Answer:
    return suite.call(
        f"POST /api/v1/admin/listings/{listing_id}/approve",
        moderator,
        body={"version": version},
        now=now,
        key=key,
    )


def test_the_decision_is_stored_answered_and_announced(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    event = submitted(suite)
    decided = approve(suite, admin, event.listing_id)
    assert decided.status == 200, decided.body
    assert decided.data["state"] == "approved"
    assert decided.data["decided_by"] == str(admin.user_id)
    assert decided.data["snapshot"] == event.snapshot
    assert suite.rows("SELECT state, decided_by, reason FROM admin.review") == [
        ["approved", admin.user_id, None]
    ]
    (announced,) = suite.events("ReviewDecided")
    assert announced["source"] == "admin"
    assert announced["data"]["target_id"] == str(event.listing_id)
    assert announced["data"]["target_version"] == event.version
    assert announced["data"]["approved"] is True
    assert announced["data"]["review_id"] == decided.data["id"]


def test_what_was_decided_stays_decided_and_is_announced_once(suite: Suite) -> None:
    amina, kofi = person(suite, roles=["admin"]), person(suite, roles=["admin"])
    event = submitted(suite)
    assert approve(suite, amina, event.listing_id).status == 200
    late = approve(suite, kofi, event.listing_id)
    assert (late.status, late.codes) == (409, [("ALREADY_DECIDED", None)])
    assert late.json["current"]["decided_by"] == str(amina.user_id)
    assert len(suite.events("ReviewDecided")) == 1


def test_of_many_at_once_one_decides(suite: Suite) -> None:
    admins = [person(suite, roles=["admin"]) for _ in range(4)]
    event = submitted(suite)
    with ThreadPoolExecutor(len(admins)) as crowd:
        answers = list(crowd.map(lambda each: approve(suite, each, event.listing_id), admins))
    assert sorted(each.status for each in answers) == [200, 409, 409, 409]
    assert len(suite.events("ReviewDecided")) == 1


def test_the_same_key_gets_the_same_answer(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    event = submitted(suite)
    first = approve(suite, admin, event.listing_id, key="once")
    again = approve(suite, admin, event.listing_id, key="once")
    assert (again.status, again.data) == (200, first.data)


def test_an_edit_that_the_moderator_has_not_read_is_not_approved(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    event = submitted(suite)
    edited = submitted(suite, submission(listing_id=event.listing_id, version=2, title="Edited"))
    stale = approve(suite, admin, event.listing_id, version=1)
    assert (stale.status, stale.codes) == (409, [("STALE_VERSION", "version")])
    assert stale.json["current"]["snapshot"]["title"] == edited.title
    assert suite.events("ReviewDecided") == []
    assert approve(suite, admin, event.listing_id, version=2).status == 200


def test_a_listing_that_another_moderator_looks_at_waits_for_him(suite: Suite) -> None:
    amina, kofi = person(suite, roles=["admin"]), person(suite, roles=["admin"])
    event = submitted(suite)
    start = datetime.now(UTC)
    suite.call("GET /api/v1/admin/listings", amina, query={"lease": "true"}, now=start)
    refused = approve(suite, kofi, event.listing_id, now=start + LEASE - timedelta(seconds=1))
    assert (refused.status, refused.codes) == (409, [("LEASED", None)])
    assert refused.json["current"]["leased_by"] == str(amina.user_id)
    decided = approve(suite, kofi, event.listing_id, now=start + LEASE)
    assert decided.status == 200
    assert decided.data["leased_by"] is None


def test_what_its_owner_withdrew_is_not_approved(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    event = submitted(suite)
    hand(
        suite,
        "on_listing_withdrawn_close_review",
        ListingWithdrawn(
            listing_id=event.listing_id,
            business_id=event.business_id,
            version=event.version,
            title=event.title,
        ),
    )
    refused = approve(suite, admin, event.listing_id)
    assert (refused.status, refused.codes) == (409, [("WITHDRAWN", None)])


def test_nobody_decides_for_his_own_business(suite: Suite) -> None:
    owner = person(suite, roles=["admin", "business"])
    event = submitted(suite, submission(business_id=UUID(business(suite, owner)["id"])))
    refused = approve(suite, owner, event.listing_id)
    assert (refused.status, refused.codes) == (403, [("FORBIDDEN", None)])
    assert "somebody else must decide" in refused.json["errors"][0]["message"]
    assert suite.value("SELECT state FROM admin.review") == "pending"


def test_a_listing_that_was_never_submitted_is_not_found(suite: Suite) -> None:
    assert approve(suite, person(suite, roles=["admin"]), uuid4()).status == 404


def test_only_admins_decide(suite: Suite) -> None:
    event = submitted(suite)
    refused = approve(suite, person(suite, roles=["business"]), event.listing_id)
    assert (refused.status, refused.codes) == (403, [("ROLE_NOT_ALLOWED", None)])
