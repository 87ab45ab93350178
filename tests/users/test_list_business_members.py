"""Who belongs to a business."""

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


def test_owners_and_managers_see_everybody_page_by_page(
    suite: Suite, owner: Person, shop: str
) -> None:
    """Each once, with a name and a role, and nothing that is only on the account."""
    people = [owner, *(member(suite, owner, shop) for _ in range(4))]
    manager = member(suite, owner, shop, role="manager")
    listed = list(suite.pages(f"GET /api/v1/businesses/{shop}/members", manager, limit=2))
    assert {each["user_id"] for each in listed} == {
        str(each.user_id) for each in [*people, manager]
    }
    assert len(listed) == 6
    assert set(listed[0]) == {"user_id", "name", "role", "since"}
    assert [each["role"] for each in listed].count("owner") == 1


def test_an_agent_is_told_why_not(suite: Suite, owner: Person, shop: str) -> None:
    """He knows of the business, so this is 403 with the sentence of the rule."""
    agent = member(suite, owner, shop)
    refused = suite.call(f"GET /api/v1/businesses/{shop}/members", agent)
    sentence = "Only the owners and managers of a business see who belongs to it."
    assert (refused.status, refused.json["errors"][0]["message"]) == (403, sentence)


def test_others_find_nothing(suite: Suite, shop: str) -> None:
    """Whoever is not a member cannot tell a list he may not see from none."""
    stranger = person(suite, roles=("business",))
    refused = suite.call(f"GET /api/v1/businesses/{shop}/members", stranger)
    assert (refused.status, refused.codes) == (404, [("NOT_FOUND", None)])


def test_a_cursor_of_another_business_is_refused(suite: Suite, owner: Person, shop: str) -> None:
    """A cursor names whose list it continues."""
    for _ in range(2):
        member(suite, owner, shop)
    other = business(suite, owner)["id"]
    cursor = suite.call(f"GET /api/v1/businesses/{shop}/members", owner, query={"limit": 1}).next
    query = {"limit": 1, "cursor": cursor}
    refused = suite.call(f"GET /api/v1/businesses/{other}/members", owner, query=query)
    assert refused.codes == [("INVALID_CURSOR", "cursor")]
