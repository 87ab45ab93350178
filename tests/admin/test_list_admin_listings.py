from datetime import UTC, datetime, timedelta

import pytest

from functions.admin.list_admin_listings import LEASE
from tests.factories.admin import queue, submission, submitted
from tests.factories.users import business, person
from tests.suite import Answer, Person, Suite

OPERATION = "GET /api/v1/admin/listings"


def _lease(
    suite: Suite, moderator: Person, *, now: datetime | None = None, limit: int = 2
) -> Answer:
    return suite.call(OPERATION, moderator, query={"lease": "true", "limit": limit}, now=now)


def _ids(answer: Answer) -> list[str]:
    return [each["listing_id"] for each in answer.data]


def test_the_oldest_comes_first_and_pages_neither_miss_nor_repeat(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    waiting = queue(suite, 5)
    read = list(suite.pages(OPERATION, admin, limit=2))
    assert [each["listing_id"] for each in read] == waiting


def test_two_that_came_in_the_same_microsecond_are_both_read(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    together = {str(submitted(suite).listing_id) for _ in range(3)}
    read = list(suite.pages(OPERATION, admin, limit=1))
    assert {each["listing_id"] for each in read} == together
    assert len(read) == 3


def test_a_row_says_what_was_submitted(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    event = submitted(suite)
    (review,) = suite.call(OPERATION, admin).data
    assert review["listing_id"] == str(event.listing_id)
    assert review["version"] == event.version
    assert review["snapshot"] == event.snapshot
    assert review["leased_by"] is None


def test_two_moderators_lease_different_work(suite: Suite) -> None:
    amina, kofi = person(suite, roles=["admin"]), person(suite, roles=["admin"])
    waiting = queue(suite, 5)
    assert _ids(_lease(suite, amina)) == waiting[:2]
    assert _ids(_lease(suite, kofi)) == waiting[2:4]
    assert _ids(_lease(suite, amina)) == waiting[:2]
    everything = suite.call(OPERATION, kofi).data
    assert [each["leased_by"] for each in everything] == [
        str(amina.user_id), str(amina.user_id), str(kofi.user_id), str(kofi.user_id), None,
    ]  # fmt: skip


def test_a_cursor_leads_to_more_work(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    waiting = queue(suite, 3)
    assert [
        each["listing_id"] for each in suite.pages(OPERATION, admin, lease="true", limit=2)
    ] == (waiting)


def test_a_row_that_is_being_leased_right_now_is_skipped_not_waited_for(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    waiting = queue(suite, 3)
    suite.rows("BEGIN")
    try:
        suite.rows(
            "SELECT id FROM admin.review WHERE target_id = CAST(:id AS uuid) FOR UPDATE",
            id=waiting[0],
        )
        assert _ids(_lease(suite, admin)) == waiting[1:]
    finally:
        suite.rows("ROLLBACK")


def test_a_lease_ends_by_the_clock(suite: Suite) -> None:
    amina, kofi = person(suite, roles=["admin"]), person(suite, roles=["admin"])
    waiting = queue(suite, 2)
    start = datetime.now(UTC)
    (first, _) = _lease(suite, amina, now=start).data
    assert datetime.fromisoformat(first["leased_until"]) == start + LEASE
    assert _ids(_lease(suite, kofi, now=start + LEASE - timedelta(microseconds=1))) == []
    assert _ids(_lease(suite, kofi, now=start + LEASE)) == waiting


def test_nobody_leases_what_he_may_not_decide(suite: Suite) -> None:
    owner = person(suite, roles=["admin", "business"])
    shop = business(suite, owner)
    submitted(suite, submission(business_id=shop["id"]))
    others = submitted(suite)
    assert _ids(_lease(suite, owner)) == [str(others.listing_id)]
    assert len(suite.call(OPERATION, owner).data) == 2


def test_decisions_are_read_by_their_state(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    first, second = queue(suite, 2)
    decided = suite.call(f"POST /api/v1/admin/listings/{first}/approve", admin, body={"version": 1})
    assert decided.status == 200
    assert _ids(suite.call(OPERATION, admin)) == [second]
    assert _ids(suite.call(OPERATION, admin, query={"state": "approved"})) == [first]
    assert suite.call(OPERATION, admin, query={"state": "rejected"}).data == []


def test_only_pending_rows_are_leased(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    refused = suite.call(OPERATION, admin, query={"state": "approved", "lease": "true"})
    assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", "lease")])


def test_a_cursor_of_another_state_is_refused(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    queue(suite, 2)
    cursor = suite.call(OPERATION, admin, query={"limit": 1}).next
    refused = suite.call(OPERATION, admin, query={"state": "approved", "cursor": cursor})
    assert (refused.status, refused.codes) == (422, [("INVALID_CURSOR", "cursor")])


@pytest.mark.parametrize("role", ["consumer", "business"])
def test_only_admins_read_the_queue(suite: Suite, role: str) -> None:
    refused = suite.call(OPERATION, person(suite, roles=[role]))
    assert (refused.status, refused.codes) == (403, [("ROLE_NOT_ALLOWED", None)])
