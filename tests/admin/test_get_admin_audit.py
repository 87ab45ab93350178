import json
import re
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from functions.admin import _queries as queries
from shared import pages
from tests.factories.admin import queue
from tests.factories.audit import hash_of
from tests.factories.users import person
from tests.suite import Person, Suite

OPERATION = "GET /api/v1/admin/audit"
SOMEBODY = UUID("01a20534-1111-7111-8111-111111111111")


@pytest.fixture
def amina(suite: Suite) -> Person:
    return person(suite, roles=["admin"])


def _decide(suite: Suite, who: Person, count: int) -> list[str]:
    waiting = queue(suite, count)
    for listing in waiting:
        path = f"POST /api/v1/admin/listings/{listing}/reject"
        body = {"version": 1, "reason": "OTHER", "note": "Ngozi, call me on 0803 123 4567."}
        assert suite.call(path, who, body=body).status == 200
    return waiting


def _read(suite: Suite, who: Person, **query: object) -> list[dict[str, Any]]:
    answer = suite.call(OPERATION, who, query=query)
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.data
    return found


def test_p22_a_decision_says_who_decided_what_and_why(suite: Suite, amina: Person) -> None:
    """The note for the owner is words: it stays with the review."""
    (listing,) = _decide(suite, amina, 1)
    (entry,) = _read(suite, amina)
    wanted = {
        "actor_id": str(amina.user_id),
        "role": "admin",
        "on_behalf_of": None,
        "operation": "reject_admin_listing",
        "target_type": "listing",
        "target_id": listing,
        "before": {"state": "pending", "version": 1},
        "after": {"state": "rejected", "version": 1},
        "reason": "OTHER",
    }
    assert {name: entry[name] for name in wanted} == wanted


def test_the_newest_comes_first_and_pages_neither_miss_nor_repeat(
    suite: Suite, amina: Person
) -> None:
    decided = _decide(suite, amina, 5)
    reader = person(suite, roles=["admin"])
    read = suite.pages(OPERATION, reader, actor_id=amina.user_id, limit=2)
    assert [each["target_id"] for each in read] == decided[::-1]


def test_p22_the_chain_can_be_verified_from_what_is_read(suite: Suite, amina: Person) -> None:
    """By anybody, in any language, without the database."""
    _decide(suite, amina, 4)
    read = sorted(suite.pages(OPERATION, amina, limit=2), key=lambda each: each["seq"])
    assert [each["hash"] for each in read] == [hash_of(each) for each in read]
    assert all(after["previous"] == before["hash"] for before, after in pairwise(read))


def test_it_is_read_by_actor_target_and_operation(suite: Suite, amina: Person) -> None:
    kofi = person(suite, roles=["admin"])
    first, second = _decide(suite, amina, 2)
    assert suite.call("POST /api/v1/users/me/sessions/revoke", kofi).status == 204
    assert [each["operation"] for each in _read(suite, amina, actor_id=kofi.user_id)] == [
        "revoke_sessions"
    ]
    assert [each["target_id"] for each in _read(suite, amina, target_id=first)] == [first]
    rejected = {"actor_id": amina.user_id, "operation": "reject_admin_listing", "target_id": second}
    assert [each["target_id"] for each in _read(suite, amina, **rejected)] == [second]
    assert _read(suite, amina, target_id=first, operation="approve_admin_listing") == []


def test_p22_reading_it_is_in_it(suite: Suite, amina: Person) -> None:
    assert _read(suite, amina) == []
    assert [each["operation"] for each in _read(suite, amina)] == ["get_admin_audit"]


@pytest.mark.parametrize("role", ["consumer", "business", "financial", "partner"])
def test_only_admins_read_it(suite: Suite, role: str) -> None:
    refused = suite.call(OPERATION, person(suite, roles=[role]))
    assert (refused.status, refused.codes) == (403, [("ROLE_NOT_ALLOWED", None)])


def test_a_cursor_of_another_filter_is_refused(suite: Suite, amina: Person) -> None:
    _decide(suite, amina, 3)
    cursor = suite.call(OPERATION, amina, query={"limit": 1}).next
    refused = suite.call(OPERATION, amina, query={"operation": "revoke_sessions", "cursor": cursor})
    assert (refused.status, refused.codes) == (422, [("INVALID_CURSOR", "cursor")])


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "audit_entry_newest"),
        ({"actor_id": SOMEBODY}, "audit_entry_actor"),
        ({"target_id": SOMEBODY}, "audit_entry_target"),
        ({"operation": "revoke_sessions"}, "audit_entry_operation"),
    ],
)
def test_a_page_is_read_by_its_index(suite: Suite, filters: dict[str, Any], index: str) -> None:
    """However long the log has become: in its order, and no further than the page goes."""
    suite.rows(
        "INSERT INTO platform.audit_entry (chain, seq, id, at, actor_id, role, operation, "
        "target_type, target_id, request_id, previous, hash) SELECT 'admin', n, "
        "gen_random_uuid(), clock_timestamp() - n * interval '1 minute', gen_random_uuid(), "
        "'admin', 'operation_' || n % 40, 'listing', gen_random_uuid(), gen_random_uuid(), "
        "sha256(''), sha256('') FROM generate_series(1, 5000) AS n"
    )
    suite.rows("ANALYZE platform.audit_entry")
    given = {"actor_id": None, "target_id": None, "operation": None, "limit": 20, **filters}
    given |= {"after_key": pages.NEWEST[0], "after_id": pages.NEWEST[1]}
    plan = _plan(suite, given)
    assert re.findall(r'"Index Name": "(\w+)"', plan) == [index]
    assert "Seq Scan" not in plan
    assert "Bitmap" not in plan


def _plan(suite: Suite, given: dict[str, Any]) -> str:
    """Return how the page is read by the role that reads it."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    class Spy:
        def one(self, _: object, text: str, *values: object) -> None:
            asked.append((text, values))

    queries.page_of_audit_entries(Spy(), **given)  # type: ignore[arg-type]  # it only asks
    ((text, values),) = asked
    said = ["NULL" if each is None else f"'{each}'" for each in values]
    bound = re.sub(r"\$(\d+)", lambda found: said[int(found[1]) - 1], text)
    suite.rows("BEGIN")
    try:
        suite.rows("SET LOCAL ROLE svc_admin")
        ((plan,),) = suite.rows(f"EXPLAIN (FORMAT JSON) {bound}")
    finally:
        suite.rows("ROLLBACK")
    return plan if isinstance(plan, str) else json.dumps(plan)
