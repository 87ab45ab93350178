"""Leaving a business, or being taken out of it."""

from uuid import uuid4

import pytest

from tests.factories.users import business, member, person
from tests.suite import Person, Suite


@pytest.fixture
def owner(suite: Suite) -> Person:
    """Return somebody who may register businesses."""
    return person(suite, roles=("business",))


@pytest.fixture
def shop(suite: Suite, owner: Person) -> str:
    """Return the id of a business of the owner."""
    made: str = business(suite, owner)["id"]
    return made


@pytest.mark.parametrize(
    ("caller", "member_is", "status"),
    [
        ("owner", "owner", 204),
        ("owner", "manager", 204),
        ("manager", "agent", 204),
        ("manager", "manager", 403),
        ("manager", "owner", 403),
        ("agent", "agent", 403),
        (None, "agent", 404),
    ],
)
def test_who_may_take_out_whom(
    suite: Suite, owner: Person, shop: str, caller: str | None, member_is: str, status: int
) -> None:
    """Owners everybody, managers agents."""
    asking = (
        member(suite, owner, shop, role=caller) if caller else person(suite, roles=("business",))
    )
    ada = member(suite, owner, shop, role=member_is)
    path = f"DELETE /api/v1/businesses/{shop}/members/{ada.user_id}"
    answer = suite.call(path, asking)
    assert answer.status == status, answer.body
    stays = suite.value("SELECT count(*) FROM users.membership WHERE user_id = :id", id=ada.user_id)
    assert stays == (status != 204)


@pytest.mark.parametrize("role", ["agent", "manager", "owner"])
def test_anyone_may_leave(suite: Suite, owner: Person, shop: str, role: str) -> None:
    """And is a stranger at his next request."""
    ada = member(suite, owner, shop, role=role)
    path = f"/api/v1/businesses/{shop}/members"
    assert suite.call(f"DELETE {path}/{ada.user_id}", ada).status == 204
    assert suite.call(f"GET {path}", ada).status == 404


def test_the_last_owner_cannot_leave(suite: Suite, owner: Person, shop: str) -> None:
    """He hands the business over first."""
    member(suite, owner, shop, role="manager")
    refused = suite.call(f"DELETE /api/v1/businesses/{shop}/members/{owner.user_id}", owner)
    assert (refused.status, refused.codes) == (409, [("LAST_OWNER", None)])


def test_who_is_not_a_member_is_not_taken_out(suite: Suite, owner: Person, shop: str) -> None:
    """404 for the owner; he may know."""
    path = f"DELETE /api/v1/businesses/{shop}/members/{uuid4()}"
    assert suite.call(path, owner).status == 404
