"""Asking to be verified."""

from uuid import uuid4

import pytest

from tests.factories.users import business, person
from tests.suite import Person, Suite

BODY = {
    "level": "verified",
    "documents": [{"kind": "registration", "number": "RC 1234567", "country": "NG"}],
}


@pytest.fixture
def owner(suite: Suite) -> Person:
    """Return somebody who may register businesses."""
    return person(suite, roles=("business",))


def test_a_request_waits_and_is_announced(suite: Suite, owner: Person) -> None:
    """The numbers of documents are stored, and not repeated."""
    made = business(suite, owner)
    asked = suite.call(f"POST /api/v1/businesses/{made['id']}/verification", owner, body=BODY)
    assert asked.status == 201, asked.body
    assert (asked.data["state"], asked.data["documents"]) == ("pending", ["registration"])
    assert b"1234567" not in asked.body
    stored = suite.rows("SELECT requested_by, documents FROM users.verification_request")
    assert stored == [[owner.user_id, BODY["documents"]]]
    (event,) = suite.events("VerificationRequested")
    assert event["data"] == {
        "request_id": asked.data["id"],
        "business_id": made["id"],
        "level": BODY["level"],
    }


def test_one_waits_at_a_time(suite: Suite, owner: Person) -> None:
    """A second one is a conflict until the first is decided."""
    path = f"POST /api/v1/businesses/{business(suite, owner)['id']}/verification"
    assert suite.call(path, owner, body=BODY).status == 201
    refused = suite.call(path, owner, body=BODY)
    assert (refused.status, refused.codes) == (409, [("VERIFICATION_PENDING", None)])
    suite.rows("UPDATE users.verification_request SET state = 'rejected'")
    assert suite.call(path, owner, body=BODY).status == 201


def test_what_a_business_has_is_not_asked_for_again(suite: Suite, owner: Person) -> None:
    """Only a higher level makes sense."""
    path = f"POST /api/v1/businesses/{business(suite, owner)['id']}/verification"
    suite.rows("UPDATE users.business SET verification = 'verified'")
    refused = suite.call(path, owner, body=BODY)
    assert (refused.status, refused.codes) == (409, [("ALREADY_VERIFIED", None)])
    assert suite.call(path, owner, body=BODY | {"level": "trusted"}).status == 201


def test_strangers_ask_for_nobody(suite: Suite, owner: Person) -> None:
    """Whoever is not of the business is refused, and an unknown business is 404."""
    made, stranger = business(suite, owner), person(suite, roles=("business",))
    path = f"POST /api/v1/businesses/{made['id']}/verification"
    assert suite.call(path, stranger, body=BODY).status == 403
    unknown = f"POST /api/v1/businesses/{uuid4()}/verification"
    assert suite.call(unknown, owner, body=BODY).status == 404
    assert suite.rows("SELECT id FROM users.verification_request") == []
