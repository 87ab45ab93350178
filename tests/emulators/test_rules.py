"""Who may do what in Firestore, asked of Google's emulator as people's apps would."""

import base64
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from local.emulators.process import Emulator
from local.identity import PROJECT
from schemas.projections.messaging import LiveConversation, LiveMessage
from schemas.projections.notifications import Inbox
from shared.cloud.documents import encoded
from shared.manifest.discovery import ROOT

RULES = (ROOT / "schemas" / "firestore.rules").read_text()

INBOX, CHAT, OTHERS = "inboxes/ada", "conversations/ours", "conversations/theirs"
SEEDED: dict[str, dict[str, Any]] = {
    INBOX: {"unread": 1},
    "inboxes/obi": {"unread": 2},
    CHAT: {"members": ["ada", "obi"]},
    OTHERS: {"members": ["obi", "eve"]},
    f"{CHAT}/messages/1": {"text": "a"},
    f"{OTHERS}/messages/1": {"text": "b"},
    f"{CHAT}/typing/obi": {"expires_at": datetime(2026, 1, 1, tzinfo=UTC)},
    f"{CHAT}/typing/gone": {"expires_at": datetime(2026, 1, 1, tzinfo=UTC)},
    f"{OTHERS}/typing/obi": {"expires_at": datetime(2026, 1, 1, tzinfo=UTC)},
    "elsewhere/any": {"a": 1},
}
"""Ada and Obi talk, and Obi and Eve; one has left."""

ADA, OBI, EVE, NOBODY = "ada", "obi", "eve", None


@dataclass(frozen=True, slots=True)
class Case:
    """What somebody asks for, and whether he may."""

    may: bool
    who: str | None
    verb: str
    path: str
    sent: dict[str, Any] = field(default_factory=dict)
    listens: float | None = None
    """For how many seconds more, where the sign-in only listens."""

    def __str__(self) -> str:
        listens = "" if self.listens is None else f", listening for {self.listens} s"
        return f"{self.who or 'nobody'} {self.verb} {self.path} {self.sent or ''}{listens}"


def soon(seconds: float) -> dict[str, Any]:
    return {"expires_at": datetime.now(UTC) + timedelta(seconds=seconds)}


def cases() -> Iterator[Case]:
    """Everybody at everything, in the order in which typing goes."""
    for who in (ADA, OBI, EVE, NOBODY):
        is_member = who in (ADA, OBI)
        yield Case(who == ADA, who, "get", INBOX)
        yield Case(is_member, who, "get", CHAT)
        yield Case(is_member, who, "get", f"{CHAT}/messages/1")
        yield Case(is_member, who, "get", f"{CHAT}/typing/obi")
        yield Case(is_member, who, "list", f"{CHAT}/messages", {"limit": 100})
        yield Case(is_member, who, "list", f"{CHAT}/typing", {"limit": 100})
        yield Case(False, who, "get", "elsewhere/any")
        for path in (INBOX, CHAT, f"{CHAT}/messages/1", "elsewhere/any"):
            yield Case(False, who, "update", path, {"unread": 0})
            yield Case(False, who, "delete", path)
        for path in ("inboxes/new", "conversations/new", f"{CHAT}/messages/2", "elsewhere/new"):
            yield Case(False, who, "create", path, {"members": [who or ""]})
    for collection in ("messages", "typing"):
        yield Case(False, ADA, "list", f"{CHAT}/{collection}", {"limit": 101})
        yield Case(False, ADA, "list", f"{CHAT}/{collection}")
        yield Case(False, ADA, "list", f"{OTHERS}/{collection}", {"limit": 1})
    yield Case(False, ADA, "list", "inboxes", {"limit": 1})
    yield Case(True, ADA, "list", "conversations", {"of": ADA})
    yield Case(False, ADA, "list", "conversations", {"of": OBI})
    yield Case(False, ADA, "list", "conversations", {"limit": 1})
    yield Case(False, NOBODY, "list", "conversations", {"of": ADA})
    mine, his = f"{CHAT}/typing/ada", f"{CHAT}/typing/obi"
    refused = [{}, soon(-5), soon(75), {"expires_at": "soon"}, {"expires_at": 2**40}]
    for sent in [*refused, {**soon(30), "text": "x"}, {"until": soon(30)["expires_at"]}]:
        yield Case(False, ADA, "create", mine, sent)
    yield Case(False, NOBODY, "create", mine, soon(30))
    yield Case(True, ADA, "create", mine, soon(30))
    for sent in [*refused, {**soon(30), "text": "x"}]:
        yield Case(False, ADA, "update", mine, sent)
    yield Case(True, ADA, "update", mine, soon(55))
    yield Case(False, OBI, "update", mine, soon(30))
    yield Case(False, OBI, "delete", mine)
    yield Case(False, NOBODY, "delete", mine)
    yield Case(True, ADA, "delete", mine)
    yield Case(False, ADA, "update", his, soon(30))
    yield Case(False, ADA, "delete", his)
    yield Case(False, ADA, "create", f"{OTHERS}/typing/ada", soon(30))
    yield Case(False, ADA, "create", "conversations/missing/typing/ada", soon(30))
    for seconds, may in ((60, True), (-60, False)):
        yield Case(False, ADA, "get", INBOX, listens=seconds)
        yield Case(may, ADA, "get", CHAT, listens=seconds)
        yield Case(may, ADA, "list", f"{CHAT}/messages", {"limit": 50}, listens=seconds)
        yield Case(may, ADA, "list", "conversations", {"of": ADA}, listens=seconds)
        yield Case(False, ADA, "get", OTHERS, listens=seconds)
    # Who has left the conversation can no longer say that he is typing, or that he was.
    yield Case(False, "gone", "update", f"{CHAT}/typing/gone", soon(30))
    yield Case(False, "gone", "delete", f"{CHAT}/typing/gone")


class Asked:
    """An emulator with some rules, asked in people's names over REST."""

    def __init__(self, emulator: Emulator) -> None:
        self._web = httpx.Client(base_url=emulator.url, timeout=60)
        self._admin = f"/emulator/v1/projects/{PROJECT}"
        self._documents = f"/v1/projects/{PROJECT}/databases/(default)/documents"

    def load(self, rules: str) -> None:
        """Put the rules and the documents there, anew."""
        content = {"files": [{"name": "firestore.rules", "content": rules}]}
        done = self._web.put(f"{self._admin}:securityRules", json={"rules": content})
        assert done.status_code == 200, done.text
        every = f"{self._admin}/databases/(default)/documents"
        assert self._web.delete(every).status_code == 200
        for path, fields in SEEDED.items():
            assert self._send("PATCH", path, "owner", json=encoded(fields)).status_code == 200

    def mistaken(self) -> Iterator[str]:
        """Ask everything; yield what was not answered as it should be."""
        for case in cases():
            answer = self.ask(case)
            if (answer.status_code == 200) is not case.may:
                yield f"{case}: {answer.status_code} {answer.text[:300]}"

    def ask(self, case: Case) -> httpx.Response:
        token = case.who and _token(case.who, case.listens)
        match case.verb:
            case "get":
                return self._send("GET", case.path, token)
            case "create":
                exists = {"currentDocument.exists": "false"}
                body = encoded(case.sent)
                return self._send("PATCH", case.path, token, json=body, params=exists)
            case "update":
                exists = {"currentDocument.exists": "true"}
                body = encoded(case.sent)
                return self._send("PATCH", case.path, token, json=body, params=exists)
            case "delete":
                return self._send("DELETE", case.path, token)
        parent, _, collection = f"/{case.path}".rpartition("/")
        query: dict[str, Any] = {"from": [{"collectionId": collection}]}
        if "limit" in case.sent:
            query["limit"] = case.sent["limit"]
        if "of" in case.sent:
            holds = {"field": {"fieldPath": "members"}, "op": "ARRAY_CONTAINS"}
            query["where"] = {"fieldFilter": {**holds, "value": {"stringValue": case.sent["of"]}}}
        return self._send(
            "POST", f"{parent.strip('/')}:runQuery", token, json={"structuredQuery": query}
        )

    def coverage(self) -> list[dict[str, Any]]:
        """Return every expression of the rules, with the values that it had."""
        found: list[dict[str, Any]] = []

        def walk(nodes: list[dict[str, Any]]) -> None:
            for node in nodes:
                found.append(node)
                walk(node.get("children", []))

        walk(self._web.get(f"{self._admin}:ruleCoverage").json()["report"])
        return found

    def _send(self, method: str, path: str, token: str | None, **sent: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self._documents}{'' if path.startswith(':') else '/'}{path}"
        return self._web.request(method, url, headers=headers, **sent)

    def close(self) -> None:
        self._web.close()


def _token(uid: str, listens: float | None = None) -> str:
    """Return an ID token as the emulators take it: unsigned."""
    head = {"alg": "none", "typ": "JWT"}
    firebase = {"sign_in_provider": "phone"}
    said: dict[str, Any] = {"sub": uid, "user_id": uid, "aud": PROJECT, "firebase": firebase}
    said["iss"] = f"https://securetoken.google.com/{PROJECT}"
    if listens is not None:
        said["listens_until"] = int(time.time() + listens)
    return f"{_part(head)}.{_part(said)}."


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture
def asked(firestore: Emulator) -> Iterator[Asked]:
    made = Asked(firestore)
    yield made
    made.load(RULES)
    made.close()


def test_p8_everybody_may_what_he_may_and_no_more(asked: Asked) -> None:
    """And no condition is left that none of these requests has put to the question."""
    asked.load(RULES)
    assert list(asked.mistaken()) == []
    seen = asked.coverage()
    assert [_text(each) for each in seen if not each.get("values")] == []
    # The whole condition of a line comes before its parts, which may begin where it begins.
    decided = {_begin(each): each for each in reversed(seen) if _decides(each)}
    assert len(decided) == RULES.count("allow ")
    for each in decided.values():
        values = [value["value"] for value in each["values"]]
        assert {"boolValue": True} in values, f"never allowed: {_text(each)}"
        refused = any(value != {"boolValue": True} for value in values)
        assert refused, f"never refused: {_text(each)}"


def _begin(expression: dict[str, Any]) -> int:
    begin: int = expression["sourcePosition"]["currentOffset"]
    return begin


def _text(expression: dict[str, Any]) -> str:
    return RULES[_begin(expression) :].partition("\n")[0]


def _decides(expression: dict[str, Any]) -> bool:
    return RULES[: _begin(expression)].endswith(": if ")


def mutants() -> dict[str, str]:
    """Return name → rules in which one condition, or one part of one, is always true."""
    found = {}
    for condition in re.finditer(r"(?<=: if )[^;]+(?=;)|(?<=return )[^;]+(?=;)", RULES):
        parts = [condition.span()]
        start = condition.start()
        for part in condition[0].split("&&"):
            parts.append((start, start + len(part)))
            start += len(part) + 2
        for begin, end in parts:
            text = RULES[begin:end]
            # Whoever has no sign-in has no uid either: the next part of the sentence refuses him.
            if text.strip() != "request.auth != null":
                line = RULES.count("\n", 0, begin + len(text) - len(text.lstrip())) + 1
                found[f"{line}: {' '.join(text.split())}"] = f"{RULES[:begin]}true {RULES[end:]}"
    # The conditions of the others look at what only their own requests have.
    for written in ("get", "get, list", "delete"):
        found[f"{written} is all"] = RULES.replace(f"allow {written}:", "allow read, write:")
    return found


@pytest.mark.parametrize("mutant", mutants().values(), ids=mutants())
def test_a_rule_that_is_too_generous_is_found(asked: Asked, mutant: str) -> None:
    asked.load(mutant)
    assert next(asked.mistaken(), None) is not None


def test_every_condition_is_mutated() -> None:
    assert len(mutants()) > 20


def _as_of_firestore(rules: str) -> str:
    """Return rules of Storage with the names exchanged that tell which service they are of.

    The engine of Firebase's own emulator of Storage is a download that no registry of packages
    has. That of Firestore reads the same language; what a path begins with is all that differs.
    """
    for storage, firestore in (
        ("service firebase.storage {", "service cloud.firestore {"),
        ("match /b/{bucket}/o {", "match /databases/{bucket}/documents {"),
    ):
        assert rules.count(storage) == 1
        rules = rules.replace(storage, firestore)
    return rules


def test_p8_nobody_reaches_a_bucket_by_his_sign_in(asked: Asked) -> None:
    """One line of Storage's rules decides everything: turned round, it allows everything."""
    rules = _as_of_firestore((ROOT / "schemas" / "storage.rules").read_text())
    asked.load(rules)
    everything = [
        Case(False, who, verb, path, sent)
        for who in (ADA, OBI, NOBODY)
        for verb, path, sent in (
            ("get", INBOX, {}),
            ("get", f"{CHAT}/messages/1", {}),
            ("list", "conversations", {"of": ADA}),
            ("create", "inboxes/new", {"a": 1}),
            ("update", INBOX, {"unread": 0}),
            ("delete", INBOX, {}),
        )
    ]
    assert {asked.ask(each).status_code for each in everything} == {403}
    assert rules.count("allow ") == rules.count("if false") == 1
    asked.load(rules.replace("if false", "if true"))
    assert {asked.ask(each).status_code for each in everything[:6]} == {200}


def test_what_nobody_asks_by_has_no_index_and_what_is_ephemeral_goes() -> None:
    """A field that grows with every write would hold them all to the pace of one index."""
    indexes = json.loads((ROOT / "schemas" / "firestore.indexes.json").read_text())
    exempt = [each for each in indexes["fieldOverrides"] if each["indexes"] == []]
    assert exempt == indexes["fieldOverrides"]
    fields = {
        name: {each["fieldPath"] for each in exempt if each["collectionGroup"] == name}
        for name in ("inboxes", "conversations", "messages", "typing")
    }
    assert fields["inboxes"] == {*Inbox.model_fields, "version"}
    # Those of a member by the newest; the messages of one by their numbers.
    asked_by = {"members", "updated_at"}
    assert fields["conversations"] == {*LiveConversation.model_fields, "version"} - asked_by
    assert fields["messages"] == {*LiveMessage.model_fields} - {"seq"}
    (written,) = re.findall(r"hasOnly\(\['(\w+)'\]\)", RULES)
    assert fields["typing"] == {written}
    expiring = [each["collectionGroup"] for each in exempt if each.get("ttl")]
    assert expiring == ["typing"]
    (ours,) = indexes["indexes"]  # those of a member, the newest first
    assert ours["fields"][0] == {"fieldPath": "members", "arrayConfig": "CONTAINS"}
