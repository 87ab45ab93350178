"""Bringing people into a business."""

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


def bring(who: Person, role: str) -> dict[str, str]:
    """Return the body that brings somebody in."""
    return {"user_id": str(who.user_id), "role": role}


def test_a_consumer_who_joins_may_act_as_a_business(suite: Suite, owner: Person, shop: str) -> None:
    """His account gains the role, which is announced; his next request has it."""
    ada = person(suite, given_name="Ada", family_name="Eze")
    path = f"POST /api/v1/businesses/{shop}/members"
    made = suite.call(path, owner, body=bring(ada, "agent"))
    assert (made.status, made.data["name"], made.data["role"]) == (201, "Ada E.", "agent")
    (event,) = suite.events("RolesChanged")
    assert event["data"] == {
        "user_id": str(ada.user_id),
        "uid": ada.uid,
        "roles": ["consumer", "business"],
        "role_version": 2,
    }
    me = suite.call("GET /api/v1/users/me", ada).data
    assert me["roles"] == ["consumer", "business"]
    assert [each["role"] for each in me["businesses"]] == ["agent"]


def test_who_had_the_role_changes_nothing_else(suite: Suite, owner: Person, shop: str) -> None:
    """No event without a change."""
    member(suite, owner, shop)
    assert suite.events("RolesChanged") == []


def test_nobody_joins_twice(suite: Suite, owner: Person, shop: str) -> None:
    """The second time is a conflict, and the role stays."""
    agent = member(suite, owner, shop)
    path = f"POST /api/v1/businesses/{shop}/members"
    refused = suite.call(path, owner, body=bring(agent, "owner"))
    assert (refused.status, refused.codes) == (409, [("ALREADY_MEMBER", None)])
    stored = suite.value("SELECT role FROM users.membership WHERE user_id = :id", id=agent.user_id)
    assert stored == "agent"


def test_nobody_is_made_up(suite: Suite, owner: Person, shop: str) -> None:
    """There must be an account."""
    path = f"POST /api/v1/businesses/{shop}/members"
    refused = suite.call(path, owner, body={"user_id": str(uuid4()), "role": "agent"})
    assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", "user_id")])


@pytest.mark.parametrize(
    ("caller", "role", "status"),
    [
        ("owner", "owner", 201),
        ("manager", "agent", 201),
        ("manager", "manager", 403),
        ("manager", "owner", 403),
        ("agent", "agent", 403),
        (None, "agent", 404),
    ],
)
def test_who_may_bring_whom(
    suite: Suite, owner: Person, shop: str, caller: str | None, role: str, status: int
) -> None:
    """Owners everybody, managers agents, agents and strangers nobody."""
    asking = (
        member(suite, owner, shop, role=caller) if caller else person(suite, roles=("business",))
    )
    path = f"POST /api/v1/businesses/{shop}/members"
    answer = suite.call(path, asking, body=bring(person(suite), role))
    assert answer.status == status, answer.body
    if status == 403:
        sentence = "Owners decide on every member and managers on agents; anyone may leave."
        assert answer.json["errors"][0]["message"] == sentence
