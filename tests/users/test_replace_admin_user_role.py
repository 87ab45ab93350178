"""Giving roles to others."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pg8000.exceptions import DatabaseError

from shared.db import connect
from tests.factories import audit
from tests.factories.users import person
from tests.suite import Answer, Person, Suite
from tests.users.provider import Provider

QUEUE = "GET /api/v1/admin/listings"


@pytest.fixture
def amina(suite: Suite) -> Person:
    return person(suite, roles=["admin", "consumer"])


def _give(
    suite: Suite, by: Person, to: Person, *roles: str, reason: str = "OTHER_DUTIES"
) -> Answer:
    path = f"PUT /api/v1/admin/users/{to.user_id}/role"
    return suite.call(path, by, body={"roles": roles, "reason": reason})


def test_the_next_request_is_judged_by_the_new_roles(suite: Suite, amina: Person) -> None:
    """With the very token that he had before: what it says of roles is not read."""
    kofi = person(suite)
    token = {"authorization": f"Bearer {suite.token(kofi)}"}
    assert suite.call(QUEUE, headers=token).status == 403
    given = _give(suite, amina, kofi, "admin", "consumer", "admin")
    assert given.status == 200
    assert given.data == {
        "user_id": str(kofi.user_id),
        "roles": ["admin", "consumer"],
        "role_version": 2,
    }
    assert suite.call(QUEUE, headers=token).status == 200
    assert _give(suite, amina, kofi, "consumer", reason="LEFT").status == 200
    assert suite.call(QUEUE, headers=token).status == 403


def test_his_tokens_are_told(suite: Suite, amina: Person, provider: Provider) -> None:
    kofi = person(suite)
    suite.deliver()
    _give(suite, amina, kofi, "partner")
    assert suite.deliver() == ["RolesChanged"]
    (event,) = suite.events("RolesChanged")
    assert event["data"] == {
        "user_id": str(kofi.user_id),
        "uid": kofi.uid,
        "roles": ["partner"],
        "role_version": 2,
    }
    _, told = provider.told[-1]
    assert told["localId"] == kofi.uid
    assert '"partner"' in told["customAttributes"]


def test_p22_the_record_says_from_what_to_what_and_why(suite: Suite, amina: Person) -> None:
    kofi = person(suite)
    _give(suite, amina, kofi, "partner", reason="VERIFIED")
    (entry,) = audit.entries(suite)
    assert (entry["actor_id"], entry["target_id"]) == (str(amina.user_id), str(kofi.user_id))
    assert entry["before"] == {"roles": ["consumer"]}
    assert entry["after"] == {"roles": ["partner"], "role_version": 2}
    assert entry["reason"] == "VERIFIED"


def test_the_same_roles_again_change_nothing(suite: Suite, amina: Person) -> None:
    kofi = person(suite)
    for _ in range(2):
        assert _give(suite, amina, kofi, "partner", "consumer").data["role_version"] == 2
    assert len(suite.events("RolesChanged")) == 1


def test_the_last_administrator_stays_one(suite: Suite, amina: Person) -> None:
    """One who is suspended cannot give roles either, and does not count."""
    suspended = person(suite, roles=["admin"])
    suite.rows("UPDATE users.account SET state = 'suspended' WHERE id = :id", id=suspended.user_id)
    refused = _give(suite, amina, amina, "consumer")
    assert (refused.status, refused.codes) == (409, [("LAST_ADMIN", "roles")])
    assert audit.entries(suite) == []
    person(suite, roles=["admin"])
    assert _give(suite, amina, amina, "consumer").status == 200
    assert _give(suite, amina, amina, "consumer").status == 403


def test_two_administrators_do_not_remove_each_other_at_once(suite: Suite) -> None:
    """Whoever comes second is the last one, or has no say any more."""
    for _ in range(5):
        suite.rows("UPDATE users.account SET roles = '{consumer}'")
        amina, kofi = person(suite, roles=["admin"]), person(suite, roles=["admin"])
        pairs = [(amina, kofi), (kofi, amina)]
        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(lambda pair: _give(suite, *pair, "consumer"), pairs))
        assert min(each.status for each in answers) == 200
        assert max(each.status for each in answers) in {403, 409}
        left = "SELECT count(*) FROM users.account WHERE 'admin' = ANY (roles)"
        assert suite.value(left) == 1


def test_nobody_gives_himself_a_role(suite: Suite, amina: Person) -> None:
    """To lay one down is another matter."""
    refused = _give(suite, amina, amina, "admin", "financial")
    assert refused.status == 403
    sentence = "Nobody gives himself a role; another administrator must."
    assert refused.json["errors"][0]["message"] == sentence


def test_what_is_erased_gets_no_roles(suite: Suite, amina: Person) -> None:
    kofi = person(suite)
    suite.rows("UPDATE users.account SET state = 'erased' WHERE id = :id", id=kofi.user_id)
    assert _give(suite, amina, kofi, "admin").status == 404


@pytest.mark.parametrize("roles", [[], ["root"], ["admin"] * 6, "admin", [None]])
def test_roles_are_those_there_are(suite: Suite, amina: Person, roles: object) -> None:
    path = f"PUT /api/v1/admin/users/{person(suite).user_id}/role"
    refused = suite.call(path, amina, body={"roles": roles, "reason": "JOINED"})
    assert refused.status == 422


def test_p9_postgresql_lets_nobody_else_give_roles(suite: Suite, amina: Person) -> None:
    """Neither a request of somebody who is no administrator, nor another service."""
    give = f"select users.replace_roles('{amina.user_id}', '{{consumer}}')"
    for role in ("svc_users", "svc_admin", "job_users"):
        db = connect(role)
        with pytest.raises(DatabaseError) as refused:
            db.script(give)
        db.close()
        assert refused.value.args[0]["C"] == "42501"
