"""Changing what a member is."""

import threading
from uuid import uuid4

import pytest

from tests.factories.users import business, member, person
from tests.suite import Answer, Person, Suite


@pytest.fixture
def owner(suite: Suite) -> Person:
    """Return somebody who may register businesses."""
    return person(suite, roles=("business",))


@pytest.fixture
def shop(suite: Suite, owner: Person) -> str:
    """Return the id of a business of the owner."""
    made: str = business(suite, owner)["id"]
    return made


def role_of(suite: Suite, who: Person) -> str | None:
    """Return what somebody is in the only business."""
    found: str | None = suite.value(
        "SELECT role FROM users.membership WHERE user_id = :id", id=who.user_id
    )
    return found


@pytest.mark.parametrize(
    ("caller", "member_is", "becomes", "status"),
    [
        ("owner", "agent", "owner", 200),
        ("owner", "manager", "agent", 200),
        ("manager", "agent", "agent", 200),
        ("manager", "agent", "manager", 403),
        ("manager", "owner", "agent", 403),
        ("agent", "agent", "manager", 403),
        (None, "agent", "manager", 404),
    ],
)
def test_who_may_change_whom(
    suite: Suite,
    owner: Person,
    shop: str,
    caller: str | None,
    member_is: str,
    becomes: str,
    status: int,
) -> None:
    """Owners everybody; managers agents; nobody himself upwards."""
    asking = (
        member(suite, owner, shop, role=caller) if caller else person(suite, roles=("business",))
    )
    ada = member(suite, owner, shop, role=member_is)
    path = f"PATCH /api/v1/businesses/{shop}/members/{ada.user_id}"
    answer = suite.call(path, asking, body={"role": becomes})
    assert answer.status == status, answer.body
    assert role_of(suite, ada) == (becomes if status == 200 else member_is)


def test_nobody_raises_himself(suite: Suite, owner: Person, shop: str) -> None:
    """A manager stays one until an owner says otherwise."""
    manager = member(suite, owner, shop, role="manager")
    path = f"PATCH /api/v1/businesses/{shop}/members/{manager.user_id}"
    assert suite.call(path, manager, body={"role": "owner"}).status == 403


def test_a_change_counts_at_the_next_request(suite: Suite, owner: Person, shop: str) -> None:
    """Membership is a row: the very same token opens less."""
    manager = member(suite, owner, shop, role="manager")
    sent = {"authorization": f"Bearer {suite.token(manager)}"}
    members = f"/api/v1/businesses/{shop}/members"
    assert suite.call(f"GET {members}", headers=sent).status == 200
    suite.call(f"PATCH {members}/{manager.user_id}", owner, body={"role": "agent"})
    assert suite.call(f"GET {members}", headers=sent).status == 403


def test_the_last_owner_stays_one(suite: Suite, owner: Person, shop: str) -> None:
    """A business without an owner could never be changed again."""
    path = f"PATCH /api/v1/businesses/{shop}/members/{owner.user_id}"
    refused = suite.call(path, owner, body={"role": "manager"})
    assert (refused.status, refused.codes) == (409, [("LAST_OWNER", None)])
    member(suite, owner, shop, role="owner")
    assert suite.call(path, owner, body={"role": "manager"}).status == 200


@pytest.mark.parametrize("_round", range(3))
@pytest.mark.parametrize("verbs", [("PATCH", "PATCH"), ("PATCH", "DELETE"), ("DELETE", "DELETE")])
@pytest.mark.parametrize("each_other", [True, False])
def test_two_owners_cannot_both_go_at_once(
    suite: Suite, owner: Person, shop: str, verbs: tuple[str, str], each_other: bool, _round: int
) -> None:
    """Demoted or removed, by himself or by the other: one goes, one stays."""
    other = member(suite, owner, shop, role="owner")
    pair = [(owner, other), (other, owner)] if each_other else [(owner, owner), (other, other)]
    answers: list[Answer] = []
    ready = threading.Barrier(2)

    def go(verb: str, caller: Person, target: Person) -> None:
        body = {"role": "agent"} if verb == "PATCH" else None
        ready.wait()
        path = f"{verb} /api/v1/businesses/{shop}/members/{target.user_id}"
        answers.append(suite.call(path, caller, body=body))

    threads = [
        threading.Thread(target=go, args=(verb, *people))
        for verb, people in zip(verbs, pair, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sorted(answer.status for answer in answers)
    assert statuses[0] in {200, 204}
    assert statuses[1] in {403, 404, 409}
    assert suite.value("SELECT count(*) FROM users.membership WHERE role = 'owner'") == 1


def test_who_is_not_a_member_is_not_changed(suite: Suite, owner: Person, shop: str) -> None:
    """404 for the owner; he may know."""
    path = f"PATCH /api/v1/businesses/{shop}/members/{uuid4()}"
    assert suite.call(path, owner, body={"role": "agent"}).status == 404
