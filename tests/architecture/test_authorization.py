"""P8: everybody who may knock, at every door, about everything: answered as policy.yaml says.

The requests are made from the registry, what they must be answered from the page alone.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import yaml

from shared import edge
from shared.entry import Entry, reserved
from shared.http import Request, Response
from shared.manifest.discovery import entries
from shared.manifest.routes import find, routes
from tests.architecture import world as worlds
from tests.architecture.samples import (
    CRONS,
    EVENTS,
    HTTP,
    TASKS,
    example,
    http,
    named,
)
from tests.architecture.world import Target, World
from tests.conftest import empty
from tests.factories import listings, users
from tests.suite import Answer, Suite

_OWN_STATE = {"resume_listing": "paused", "approve_admin_listing": "waiting"}
_OWN_STATE["reject_admin_listing"] = "waiting"
"""In which state A's listing is, where the operation asks for another than `live`."""

_BODIES: dict[str, Callable[[World, Target], dict[str, Any]]] = {
    "create_user": lambda *_: users.onboarding(),
    "create_business": lambda *_: {
        "name": "Kano Leather",
        "country": "NG",
        "city_id": users.LAGOS,
        "categories": ["fabrics"],
    },
    "create_conversation": lambda _, target: {"business_id": target.id},
    "create_listing": lambda _, target: {**listings.content(), "business_id": target.id},
    "create_business_member": lambda world, _: {
        "user_id": world.id_of("consumer"),
        "role": "agent",
    },
    "create_business_verification": lambda *_: {
        "level": "verified",
        "documents": [{"kind": "registration", "number": "RC 1234567", "country": "NG"}],
    },
    "update_business_member": lambda *_: {"role": "manager"},
    "transfer_business": lambda _, target: {"user_id": target.member},
    "update_business": lambda *_: {"name": "Kano Leather"},
    "create_connection": lambda world, target: {
        "business_id": target.id,
        "to_business_id": world.asked,
    },
    "read_all_notifications": lambda *_: {},
    "sync": lambda *_: {
        "operations": [{"id": str(uuid4()), "operation": "read_all_notifications", "body": {}}]
    },
    "update_me": lambda *_: {"given_name": "Ada"},
    "update_listing": lambda *_: {"title": "Dried mango, the best of it"},
    "replace_listing": lambda *_: listings.content(title="Dried mango, the best of it"),
    "approve_admin_listing": lambda _, target: {"version": target.version},
    "reject_admin_listing": lambda _, target: {
        "version": target.version,
        "reason": "MISLEADING",
    },
    "assign_conversation": lambda *_: {"agent_id": None},
    "replace_team_me_presence": lambda _, target: {"business_id": target.id, "state": "online"},
    "replace_team_policy": lambda *_: {"capacity": 3},
    "replace_device": lambda *_: {
        "push_token": "a-token-of-this-phone",
        "platform": "android",
        "app_version": "2",
    },
}
"""Good requests, where the document's example does not fit the world."""

_QUERIES: dict[str, dict[str, Any]] = {
    "search": {"q": "dried mango"},
    "list_nearby_listings": {"latitude": 6.4541, "longitude": 3.3947, "radius_km": 50},
}

_ASKED_ABOUT = {"list_connection_suggestions": "business_id"}
"""Where the query names what others name in their path."""

_ALIKE = {
    "assign_conversation": "An agent who passes on what is his writes what another must not.",
    "escalate_conversation": "Whoever is of a team may be told of it by any of them.",
    "resolve_conversation": "An agent who resolves what is his writes what another must not.",
    "create_conversation": "Whoever wrote to his own business would take part on both sides.",
    "delete_business_member": "Whoever leaves is a member like him who takes another out.",
    "list_business_members": "Members are told apart where they write.",
}
"""Where row-level security does not know the members of a business from each other, and why."""

_FOR_NOBODY_HERE = {"restore_me", "create_connection_message"}
"""What only somebody may do whose account waits to be erased, or whose business is connected; their
own tests show that."""

_VARYING = {"X-Request-Id", "ETag"}


@cache
def _policy() -> dict[str, Any]:
    policy: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("policy.yaml").read_text())
    return policy


def _name(entry: Entry) -> str:
    return f"{http(entry).method} {http(entry).path}"


@pytest.fixture(scope="module")
def _made(_suite: Suite) -> World:
    empty(_suite)
    return worlds.made(_suite)


@pytest.fixture
def world(suite: Suite, _made: World) -> World:
    """Return the world, as it was made."""
    _made.restore(suite)
    assert _made.changed(suite) == []
    return _made


def test_p8_the_page_names_every_operation_and_nothing_else() -> None:
    """And every principal, relation and answer that it speaks of."""
    policy = _policy()
    assert sorted(policy["operations"]) == sorted(_name(entry) for entry in HTTP)
    assert policy["entry_points"].keys() == {entry.name for entry in (*EVENTS, *TASKS, *CRONS)}
    people = {*policy["principals"], "others"}
    for name, said in policy["operations"].items():
        rooms = {key: room for key, room in said.items() if isinstance(room, dict)}
        assert said["door"] in policy["doors"], name
        for room in (*rooms.values(), *policy["doors"].values()):
            assert room.keys() <= people, name
            assert {*room.values()} <= policy["answers"].keys(), name


# Every principal, every relation


@pytest.mark.parametrize(**named(HTTP))
def test_p8_everybody_is_answered_as_the_page_says(
    suite: Suite, world: World, entry: Entry
) -> None:
    """Status and code; nothing changes on a refusal; nobody reads what only others may."""
    _hold(suite, world, entry)


def _hold(suite: Suite, world: World, entry: Entry) -> None:
    done = False
    for principal, relation, target, wanted in _cells(world, entry):
        where = f"{principal}, {relation}"
        answer = _call(suite, world, entry, principal, target)
        _require(answer, wanted, where)
        changed = world.changed(suite)
        if wanted != "allowed":
            assert changed == [], where
        elif http(entry).method == "GET":
            assert worlds.RECORD.issuperset(changed), where
        _require_no_secrets(world, entry, answer, principal, where)
        done |= not worlds.RECORD.issuperset(changed)
        world.restore(suite, changed)
    reads = http(entry).method == "GET"
    assert done or reads or entry.name in _FOR_NOBODY_HERE, "nobody's request does anything"


@pytest.mark.parametrize(**named([entry for entry in HTTP if entry.path]))
def test_p8_what_is_anothers_looks_like_what_does_not_exist(
    suite: Suite, world: World, entry: Entry
) -> None:
    """Status, headers and body."""
    for principal in _policy()["principals"]:
        unknown = {}
        for _, relation, target, wanted in _cells(world, entry, principal):
            if wanted == "hidden":
                answer = _call(suite, world, entry, principal, target)
                unknown[relation] = _looks(answer)
                world.restore(suite, [])
        for relation, looks in unknown.items():
            assert looks == unknown["missing"], f"{principal}, {relation}"


@pytest.mark.parametrize(**named(HTTP))
def test_p8_without_any_check_nobody_reads_or_changes_what_is_not_his(
    suite: Suite, world: World, monkeypatch: pytest.MonkeyPatch, entry: Entry
) -> None:
    """The same again while `authorize` allows everything: row-level security is left."""
    _forget(monkeypatch)
    _hold_without_checks(suite, world, entry)


def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, loaded in list(sys.modules.items()):
        if module.startswith("functions.") and hasattr(loaded, "authorize"):
            monkeypatch.setattr(loaded, "authorize", lambda *_: None)


def _hold_without_checks(suite: Suite, world: World, entry: Entry) -> None:
    for principal, relation, target, wanted in _cells(world, entry):
        if wanted == "allowed" or (entry.name in _ALIKE and _belongs(principal, target)):
            continue
        where = f"{principal}, {relation}"
        answer = _call(suite, world, entry, principal, target)
        assert answer.status < 500, f"{where}: {answer.body!r}"
        assert world.changed(suite) == [], where
        _require_no_secrets(world, entry, answer, principal, where)
        world.restore(suite, [])


@pytest.mark.parametrize("name", ["delete_business_member", "list_business_members"])
def test_a_forgotten_check_is_found(
    suite: Suite, world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The matrix can fail."""
    _forget(monkeypatch)
    with pytest.raises(AssertionError):
        _hold(suite, world, entries()[name])


@pytest.mark.parametrize("name", ["list_business_members", "update_business_member"])
def test_a_table_without_row_level_security_is_found(
    suite: Suite, world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """And so can the matrix without checks: by what is read, and by what is changed."""
    _forget(monkeypatch)
    suite.rows("ALTER TABLE users.membership DISABLE ROW LEVEL SECURITY")
    try:
        with pytest.raises(AssertionError):
            _hold_without_checks(suite, world, entries()[name])
    finally:
        suite.rows("ALTER TABLE users.membership ENABLE ROW LEVEL SECURITY")


# What is not quite a request


@pytest.mark.parametrize(**named(HTTP))
def test_p8_another_verb_gets_no_farther(suite: Suite, world: World, entry: Entry) -> None:
    """HEAD is a GET without its body; any other verb is no operation, whoever sends it."""
    method = http(entry).method
    for principal in ("stranger", "rival"):
        ((_, _, target, wanted), *_) = _cells(world, entry, principal)
        for verb in ("HEAD", "OPTIONS", "GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"):
            answer = _served(world, entry, principal, target, method=verb)
            if verb == method:
                _require(answer, wanted, principal)
                world.restore(suite)
            elif verb == "HEAD" and method == "GET":
                assert answer.body == b""
                assert answer.status in _policy()["answers"][wanted]
            else:
                assert answer.status == (204 if verb == "OPTIONS" else 405), verb
                assert verb != "OPTIONS" or answer.body == b""
            assert world.changed(suite) == [], f"{principal}, {verb}"


@pytest.mark.parametrize(**named(HTTP))
def test_p8_another_spelling_of_a_path_gets_no_farther(
    suite: Suite, world: World, entry: Entry
) -> None:
    """It is no operation, at its own function and at the door."""
    known = routes()
    spellings: list[Callable[[str], str]] = [
        lambda path: f"{path}/",
        lambda path: f"/{path}",
        lambda path: path[:1] + path[1:].replace("/", "//", 1) + "/",
        str.upper,
        lambda path: f"/x/..{path}",
        lambda path: f"/x/%2e%2e{path}",
        lambda path: f"{path}/%2e%2e/me",
        lambda path: f"{path};.json/",
    ]
    path = http(entry).path
    if reserved(path):  # Cloud Run keeps it to itself: there it is reached with a slash behind.
        spellings = [spell for spell in spellings if spell(path) != f"{path}/"]
    for principal in ("stranger", "owner"):
        ((_, _, target, _), *_) = _cells(world, entry, principal)
        for number, spell in enumerate(spellings):
            where = f"{principal}, {number}"
            answer = _served(world, entry, principal, target, spell=spell)
            assert answer.status == 404, where
            other = find(known, http(entry).method, spell(_path(entry, target)))
            assert other is None, where
            assert world.changed(suite) == [], where


@pytest.mark.parametrize(**named(HTTP))
def test_p8_a_verb_that_a_request_asks_for_elsewhere_is_not_taken(
    suite: Suite, world: World, entry: Entry
) -> None:
    """Neither from a header nor from the query."""
    headers = ("x-http-method-override", "x-http-method", "x-method-override")
    for principal in ("stranger", "rival", "owner"):
        ((_, relation, target, wanted), *_) = _cells(world, entry, principal)
        where = f"{principal}, {relation}"
        for verb in ("DELETE", "PATCH", "GET"):
            asked = dict.fromkeys(headers, verb)
            answer = _served(world, entry, principal, target, headers=asked)
            _require(answer, wanted, where)
            read, changed = http(entry).method == "GET", world.changed(suite)
            assert not read or worlds.RECORD.issuperset(changed), where
            world.restore(suite, changed)
            answer = _served(world, entry, principal, target, query=f"_method={verb}")
            assert answer.status in {401, 403, 422}, where
            assert world.changed(suite) == [], where


# What is said of others in passing


def test_p8_a_device_hears_of_no_change_that_is_not_its_owners(suite: Suite, world: World) -> None:
    """The change feed of everybody else stays as it is while B's people work."""
    people = {name: each for name, each in world.people.items() if name != "rival"}
    read = [name for name in people if _door(name, "GET /api/v1/sync") is None]
    cursors = {name: suite.call("GET /api/v1/sync", people[name]).data["cursor"] for name in read}
    rival, waiting = world.people["rival"], world.listings["B waiting"]
    path = f"PATCH /api/v1/listings/{waiting['id']}"
    body = {"title": "Dried mango, the best of it"}
    assert suite.call(path, rival, body=body, version=waiting["version"]).status == 200
    for name, cursor in cursors.items():
        told = suite.call("GET /api/v1/sync", people[name], query={"cursor": cursor})
        assert (told.status, told.data["changes"]) == (200, []), name


def test_p8_an_id_that_is_taken_says_nothing_of_the_listing_that_has_it(
    suite: Suite, world: World
) -> None:
    """Waiting, live or removed, his own or another's: the answer is the same."""
    taken = [world.listings[name]["id"] for name in ("B waiting", "B live", "B removed", "A live")]
    looks = []
    for id_ in taken:
        body = {**listings.content(), "business_id": world.businesses["A"], "id": id_}
        answer = suite.call("POST /api/v1/listings", world.people["owner"], body=body)
        looks.append(_looks(answer))
        assert world.changed(suite) == []
        world.restore(suite, [])
    assert looks[0][0] == 409
    assert all(each == looks[0] for each in looks)


# What no person may call


@pytest.mark.parametrize(**named([*EVENTS, *TASKS, *CRONS]))
def test_p8_p14_an_entry_point_serves_its_own_caller_alone(
    suite: Suite, world: World, entry: Entry
) -> None:
    """401 to people, strangers and forged callers, 403 to our other service accounts."""
    own = _policy()["entry_points"][entry.name]
    signer = suite.signer
    for account in ("push", "tasks", "scheduler", "deploy"):
        answer = _knock(entry, f"Bearer {signer.caller(account)}")
        if account == own:
            assert answer.status in {200, 204, 400}, answer.body
            world.restore(suite)
            continue
        assert answer.status == 403, account
        assert world.changed(suite) == []
    expired = signer.caller(own, iat=1, exp=2)
    elsewhere = signer.caller(own, email=f"{own}@another-project.iam.gserviceaccount.com")
    foreign = signer.caller(own, iss="https://accounts.example.com")
    unsigned = signer.caller(own).rpartition(".")[0] + "."
    stripped = signer.caller(own).rpartition(".")[0] + ".SIGNATURE_REMOVED_BY_GOOGLE"
    world.restore(suite)
    for token in (expired, elsewhere, foreign, unsigned, stripped):
        assert _knock(entry, f"Bearer {token}").status in {401, 403}
    for name, token in {**dict.fromkeys(world.people, ""), **world.tokens}.items():
        assert _knock(entry, token).status == 401, name
    assert world.changed(suite) == []


def _knock(entry: Entry, token: str) -> Response:
    headers = {"content-type": "application/json", "x-cloudscheduler": "true"}
    headers |= {"authorization": token} if token else {}
    return edge.serve(entry, Request("POST", "/", "", headers, b"{}"))


def _door(principal: str, operation: str) -> str | None:
    """Return how the door refuses a principal, or None."""
    policy = _policy()
    refused: str | None = policy["doors"][policy["operations"][operation]["door"]].get(principal)
    return refused


def _path(entry: Entry, target: Target) -> str:
    beside = ("user_id", "attachment_id")
    given = dict.fromkeys(beside, target.member) if len(entry.path) > 1 else {}
    return http(entry).path.format(**dict.fromkeys(entry.path, target.id) | given)


def _cells(
    world: World, entry: Entry, principal: str | None = None
) -> Iterator[tuple[str, str, Target, str]]:
    """Return principal, relation, what is named and the answer, for one principal or all."""
    policy = _policy()
    said = policy["operations"][_name(entry)]
    door = policy["doors"][said["door"]]
    targets = {"answer": Target("")}
    if "names" in said:
        targets = world.targets(said["names"], own=_OWN_STATE.get(entry.name, "live"))
    for somebody in [principal] if principal else policy["principals"]:
        for relation, target in targets.items():
            room = said[relation]
            wanted = door.get(somebody) or room.get(somebody) or room["others"]
            yield somebody, relation, target, wanted


def _call(suite: Suite, world: World, entry: Entry, principal: str, target: Target) -> Answer:
    """Send a good request about `target`."""
    sent: dict[str, Any] = {}
    if entry.body:
        sent["body"] = _body(world, entry, target)
    if "version" in entry.wants:
        sent["version"] = target.version
    token = world.tokens.get(principal)
    headers = {"authorization": token} if token else {}
    operation = f"{http(entry).method} {_path(entry, target)}"
    return suite.call(operation, headers=headers, query=_query(entry, target), **sent)


def _served(
    world: World,
    entry: Entry,
    principal: str,
    target: Target,
    *,
    method: str = "",
    spell: Callable[[str], str] = str,
    headers: Mapping[str, str] | None = None,
    query: str = "",
) -> Response:
    """Bring a request to a function whose door might not have let it through."""
    sent = {"content-type": "application/json", "if-match": str(target.version), **(headers or {})}
    if principal in world.tokens:
        sent["authorization"] = world.tokens[principal]
    body = json.dumps(_body(world, entry, target)).encode() if entry.body else b""
    asked = urlencode(_query(entry, target))
    path = spell(_path(entry, target))
    verb = method or http(entry).method
    query = "&".join(filter(None, (asked, query)))
    return edge.serve(entry, Request(verb, path, query, sent, body))


def _query(entry: Entry, target: Target) -> dict[str, Any]:
    named = _ASKED_ABOUT.get(entry.name)
    return {**_QUERIES.get(entry.name, {}), **({named: target.id} if named else {})}


def _body(world: World, entry: Entry, target: Target) -> dict[str, Any]:
    assert entry.body is not None
    made = _BODIES.get(entry.name)
    body: dict[str, Any] = made(world, target) if made else example(entry.body)
    return body


def _require(answer: Answer | Response, wanted: str, where: str) -> None:
    status, *code = _policy()["answers"][wanted]
    if wanted == "allowed":
        assert answer.status in _policy()["answers"][wanted], f"{where}: {answer.body!r}"
        return
    assert answer.status == status, f"{where}: {answer.body!r}"
    if code:
        told = json.loads(answer.body)["errors"]
        assert [each["code"] for each in told] == code, where


def _require_no_secrets(
    world: World, entry: Entry, answer: Answer, principal: str, where: str
) -> None:
    if _policy()["operations"][_name(entry)].get("shows_all"):
        return
    text = answer.body.decode() + str(answer.headers)
    for side in "AB":
        if not _belongs(principal, Target("", side)):
            told = [each for each in world.secrets(side) if each in text]
            assert told == [], where


def _belongs(principal: str, target: Target) -> bool:
    """Tell whether a principal is of the side that a target is of."""
    if principal == "rival":
        return target.side == "B"
    insiders = {"owner", "manager", "agent", "insider", "suspended", "signed_out"}
    return target.side == "A" and principal in insiders


def _looks(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in answer.headers.items() if name not in _VARYING}
    return answer.status, headers, answer.body
