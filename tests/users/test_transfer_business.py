"""Handing a business over."""

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


def test_the_member_owns_it_and_the_caller_manages(suite: Suite, owner: Person, shop: str) -> None:
    """There is an owner at every moment."""
    ada = member(suite, owner, shop)
    path = f"POST /api/v1/businesses/{shop}/transfer"
    done = suite.call(path, owner, body={"user_id": str(ada.user_id)})
    assert (done.status, done.data["role"]) == (200, "owner")
    roles = dict(suite.rows("SELECT user_id, role FROM users.membership"))
    assert roles == {owner.user_id: "manager", ada.user_id: "owner"}
    again = suite.call(path, owner, body={"user_id": str(ada.user_id)})
    assert again.status == 403
    assert again.json["errors"][0]["message"] == "Only an owner may hand a business over."


def test_the_heir_is_another_member(suite: Suite, owner: Person, shop: str) -> None:
    """Neither a stranger nor oneself."""
    for heir in (person(suite), owner):
        path = f"POST /api/v1/businesses/{shop}/transfer"
        refused = suite.call(path, owner, body={"user_id": str(heir.user_id)})
        assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", "user_id")])


def test_a_stranger_finds_nothing_to_hand_over(suite: Suite, shop: str) -> None:
    """As with all that concerns members."""
    stranger = person(suite, roles=("business",))
    path = f"POST /api/v1/businesses/{shop}/transfer"
    assert suite.call(path, stranger, body={"user_id": str(stranger.user_id)}).status == 404
