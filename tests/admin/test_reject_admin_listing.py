from typing import Any

import pytest

from tests.factories.admin import submitted
from tests.factories.users import person
from tests.suite import Answer, Person, Suite

NOTE = "The photo shows another model."


def _reject(suite: Suite, moderator: Person, listing_id: object, **body: Any) -> Answer:
    return suite.call(
        f"POST /api/v1/admin/listings/{listing_id}/reject",
        moderator,
        body={"version": 1, "reason": "MISLEADING", **body},
    )


def test_reason_and_note_are_stored_answered_and_announced(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    event = submitted(suite)
    decided = _reject(suite, admin, event.listing_id, note=NOTE)
    assert decided.status == 200, decided.body
    assert (decided.data["state"], decided.data["reason"]) == ("rejected", "MISLEADING")
    assert suite.rows("SELECT state, decided_by, reason, note FROM admin.review") == [
        ["rejected", admin.user_id, "MISLEADING", NOTE]
    ]
    (announced,) = suite.events("ReviewDecided")
    assert announced["data"]["approved"] is False
    assert (announced["data"]["reason"], announced["data"]["note"]) == ("MISLEADING", NOTE)


def test_a_reason_that_says_nothing_needs_a_note(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    event = submitted(suite)
    for note in ({}, {"note": None}):
        refused = _reject(suite, admin, event.listing_id, reason="OTHER", **note)
        assert (refused.status, refused.codes) == (422, [("NOTE_REQUIRED", "note")])
    assert _reject(suite, admin, event.listing_id, reason="OTHER", note=NOTE).status == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("reason", "RUDE"), ("reason", None), ("version", 0), ("version", "1"), ("note", "  ")],
)
def test_what_cannot_be_is_refused_with_its_field(suite: Suite, field: str, value: object) -> None:
    event = submitted(suite)
    refused = _reject(suite, person(suite, roles=["admin"]), event.listing_id, **{field: value})
    assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", field)])


def test_what_was_approved_is_not_rejected_after(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    event = submitted(suite)
    path = f"/api/v1/admin/listings/{event.listing_id}"
    assert suite.call(f"POST {path}/approve", admin, body={"version": 1}).status == 200
    refused = _reject(suite, admin, event.listing_id)
    assert (refused.status, refused.codes) == (409, [("ALREADY_DECIDED", None)])
    assert suite.value("SELECT state FROM admin.review") == "approved"
