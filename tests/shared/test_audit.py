"""The audit log: what an entry says, its chain, who may read and write it."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from pg8000.core import CoreConnection
from pg8000.exceptions import DatabaseError

from shared import audit, edge
from shared.auth import Actor
from shared.db import Connection, connect
from shared.entry import BadSignatureError, compile_entry
from shared.errors import ConflictError
from shared.http import Request, Response
from shared.roles import ADMIN, BUSINESS, SIGNED_IN
from shared.tables import SERVICES
from shared.triggers import post
from tests.factories.audit import entries, hash_of
from tests.factories.users import person
from tests.shared.probes import Note, entry_of
from tests.suite import Person, Suite

TARGET = UUID("01a20534-1111-7111-8111-111111111111")
AT_ONCE = 8


@post("/notes", roles={ADMIN, BUSINESS}, status=201, sensitive=True)
def create_note(body: Note, actor: Actor, db: Connection) -> Note:
    """Write a note, on record."""
    audit.note(
        db,
        "note",
        TARGET,
        before={"version": body.amount, "fields": ["title", "tags"]},
        after={"version": body.amount + 1, "author": actor.user_id, "since": None},
        reason="MISLEADING",
        on_behalf_of=TARGET,
    )
    if body.title == "conflict":
        raise ConflictError("Taken.")
    return body


@post("/notes", roles={ADMIN, BUSINESS}, status=201)
def create_ordinary_note(body: Note, actor: Actor, db: Connection) -> Note:
    """Write a note, off the record."""
    return body


def _call(
    suite: Suite, who: Person, title: str = "Mango", amount: int = 1, service: str = "platform"
) -> Response:
    return _send(suite, who, create_note, title, amount, service)


def _send(
    suite: Suite, who: Person, function: Any, title: str, amount: int, service: str
) -> Response:
    headers = {"authorization": f"Bearer {suite.token(who)}", "content-type": "application/json"}
    body = json.dumps({"title": title, "amount": amount}).encode()
    return edge.serve(entry_of(function, service), Request("POST", "/notes", "", headers, body))


@pytest.fixture
def amina(suite: Suite) -> Person:
    return person(suite, roles=["admin"])


def test_p22_an_entry_says_who_what_why_and_by_which_request(suite: Suite, amina: Person) -> None:
    answer = _call(suite, amina)
    assert answer.status == 201
    (entry,) = entries(suite)
    assert {name: entry[name] for name in entry if name not in {"id", "at", "hash"}} == {
        "chain": "platform",
        "seq": 1,
        "actor_id": str(amina.user_id),
        "role": "admin",
        "on_behalf_of": str(TARGET),
        "operation": "create_note",
        "target_type": "note",
        "target_id": str(TARGET),
        "before": {"version": 1, "fields": ["title", "tags"]},
        "after": {"version": 2, "author": str(amina.user_id), "since": None},
        "reason": "MISLEADING",
        "request_id": answer.headers["X-Request-Id"],
        "previous": "00" * 32,
    }
    assert datetime.fromisoformat(entry["at"]) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("roles", "role"), [(["admin"], "admin"), (["admin", "business", "consumer"], "business")]
)
def test_the_role_is_the_humblest_that_opens_the_door(
    suite: Suite, roles: list[str], role: str
) -> None:
    """Nobody needs to be an admin for what any business may do."""
    assert _call(suite, person(suite, roles=roles)).status == 201
    assert [each["role"] for each in entries(suite)] == [role]


def test_p22_a_refusal_is_not_an_entry(suite: Suite, amina: Person) -> None:
    """Its transaction is undone; the log line of the request says who was refused what."""
    assert _call(suite, amina, "conflict").status == 409
    assert _call(suite, person(suite, roles=["partner"])).status == 403
    assert entries(suite) == []


def test_p22_many_at_once_make_one_chain_a_service(suite: Suite, amina: Person) -> None:
    """No gap, no fork, no entry lost, and every hash is the one that an auditor computes."""
    wanted = [(number, service) for number in range(12) for service in ("platform", "users")]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = threads.map(
            lambda each: _call(suite, amina, amount=each[0], service=each[1]), wanted
        )
        assert [each.status for each in answers] == [201] * len(wanted)
    for service in ("platform", "users"):
        chain = [each for each in entries(suite) if each["chain"] == service]
        assert [each["seq"] for each in chain] == list(range(1, 13))
        assert sorted(each["before"]["version"] for each in chain) == list(range(12))
        assert [each["hash"] for each in chain] == [hash_of(each) for each in chain]
        for before, after in pairwise(chain):
            assert after["previous"] == before["hash"]


def test_an_entry_costs_no_round_trip(
    suite: Suite, amina: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the last statement that travels with COMMIT: its chain is held for that long only."""
    sent: list[str] = []
    real = CoreConnection.execute_simple

    def sending(connection: Any, text: str) -> Any:
        sent.append(text)
        return real(connection, text)

    monkeypatch.setattr(CoreConnection, "execute_simple", sending)
    trips = {}
    for function in (create_note, create_ordinary_note):
        assert _send(suite, amina, function, "Mango", 1, "platform").status == 201
        sent.clear()
        assert _send(suite, amina, function, "Mango", 1, "platform").status == 201
        trips[function.__name__] = len(sent)
        if function is create_note:
            *_, entry, commit = sent[-1].split(";")
            assert (entry.split("(")[0], commit) == ("select platform.append_audit", "commit")
    assert trips["create_note"] == trips["create_ordinary_note"]


@pytest.mark.parametrize(
    "said",
    [
        {"name": "Ngozi Okafor"},
        {"email": "ngozi@example.com"},
        {"phone": "+2348031234567"},
        {"phone": "2348031234567"},
        {"fields": ["title", "what she said"]},
        {"state": ""},
        {"state": "x" * 65},
    ],
)
def test_p22_words_are_refused(said: dict[str, Any]) -> None:
    """What is personal stays in the row that is referred to, and is erased with it."""
    with pytest.raises(ValueError, match="is not a version, a code or the name of a field"):
        audit.note(None, "note", TARGET, after=said)  # type: ignore[arg-type]  # not reached


@pytest.mark.parametrize("reason", ["she was rude", "RUDE!", "x" * 41, ""])
def test_p22_a_reason_is_a_code(suite: Suite, reason: str) -> None:
    """The table refuses words, whatever the code forgets."""
    assert _refusal(_as("svc_admin"), _append(reason)) == "23514"


def _as(role: str) -> Connection:
    return connect(role)


def _append(reason: str = "MISLEADING") -> str:
    return (
        f"select set_config('app.user_id', '{TARGET}', true); select platform.append_audit("
        f"'admin', '{TARGET}', 'admin', null, 'probe', null, null, null, null, '{reason}', "
        f"'{TARGET}')"
    )


def _refusal(db: Connection, statements: str) -> str | None:
    """Return the SQLSTATE with which a login is refused; undo whatever was not."""
    try:
        db.script(f"begin; {statements}")
    except DatabaseError as error:
        return str(error.args[0]["C"])
    finally:
        db.close()
    return None


@pytest.mark.parametrize("role", [f"{kind}_{each}" for each in SERVICES for kind in ("svc", "job")])
@pytest.mark.parametrize("table", ["audit_entry", "audit_chain"])
def test_p9_p22_no_login_rewrites_the_log(
    suite: Suite, amina: Person, role: str, table: str
) -> None:
    """Neither changes, removes nor empties it, nor adds what is not chained."""
    assert _call(suite, amina).status == 201
    for statement in (
        f"update platform.{table} set chain = 'other'",  # noqa: S608  # ours
        f"delete from platform.{table}",  # noqa: S608  # ours
        f"truncate platform.{table}",
        f"insert into platform.{table} select * from platform.{table}",  # noqa: S608  # ours
    ):
        as_admin = "select set_config('app.is_admin', 'true', true)"
        assert _refusal(_as(role), f"{as_admin}; {statement}") == "42501"
    assert len(entries(suite)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE platform.audit_entry SET role = 'nobody'",
        "DELETE FROM platform.audit_entry",
        "TRUNCATE platform.audit_entry",
        "DELETE FROM platform.audit_chain",
        "TRUNCATE platform.audit_chain",
        "DELETE FROM platform.audit_checkpoint",
        "TRUNCATE platform.audit_checkpoint",
    ],
)
@pytest.mark.parametrize("by", ["own_platform", "postgres"])
def test_p22_its_owner_and_a_superuser_are_refused_too(
    suite: Suite, amina: Person, statement: str, by: str
) -> None:
    """A slip in a migration, or in psql, is refused by the table itself."""
    assert _call(suite, amina).status == 201
    suite.rows("BEGIN")
    try:
        if by == "own_platform":
            suite.rows("SET LOCAL ROLE own_platform")
        with pytest.raises(DatabaseError) as refused:
            suite.rows(statement)
        assert refused.value.args[0]["C"] == "42501"
    finally:
        suite.rows("ROLLBACK")


def test_p22_who_acts_is_not_for_the_function_to_say(suite: Suite) -> None:
    """Outside a request nobody acts: there is no entry without an account."""
    anonymous = _append().partition(";")[2]
    assert _refusal(_as("svc_admin"), anonymous) == "23502"


def test_p8_admins_alone_read_the_log(suite: Suite, amina: Person) -> None:
    """Row-level security hides it from everybody whom PostgreSQL does not know as one."""
    assert _call(suite, amina).status == 201
    count = "select count(*) from platform.audit_entry"
    db = _as("svc_admin")
    assert db.script(count)[-1] == [0]
    known = f"begin; select set_config('app.is_admin', 'true', true); {count}"
    assert db.script(known)[-1] == [1]
    db.close()
    for service in SERVICES:
        if service != "admin":
            assert _refusal(_as(f"svc_{service}"), count) == "42501"


def test_what_is_on_record_has_an_account_behind_it() -> None:
    """Somebody who has only signed in has no id that an entry could hold."""

    @post("/notes", roles=SIGNED_IN, sensitive=True)
    def create_note(body: Note) -> None:
        """Refuse to be."""

    with pytest.raises(BadSignatureError, match="what is on record has an account behind it"):
        compile_entry(create_note)
