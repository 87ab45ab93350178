"""P13: whatever is sent, the answer is clean, a refusal stores nothing, and the next is right."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from pg8000.core import Context

from shared import db, parsing
from shared.db import Connection, Pool, close_pools
from shared.entry import Entry
from shared.errors import InvalidError
from shared.manifest.discovery import entries
from shared.text import clean
from tests.architecture import abuse
from tests.architecture import market as markets
from tests.architecture.abuse import Field
from tests.architecture.market import Market
from tests.architecture.samples import CRONS, EVENTS, HTTP, event_text, http, named
from tests.conftest import empty
from tests.suite import Suite


@pytest.fixture(scope="module")
def market(_suite: Suite) -> Market:
    """Return one market for all: what was refused must not have changed it anyway."""
    empty(_suite)
    return Market(_suite)


def _demand(cases: Mapping[str, list[str]]) -> None:
    """Fail with all that was wrong, by what was sent."""
    said = [f"{case!r}: {each}" for case, wrong in cases.items() for each in wrong]
    assert not said, "\n".join(said)


def _abuse_of(market: Market, field: Field) -> dict[str, list[str]]:
    """Put everything hostile in one place of a body; return what was wrong, by what was sent."""
    found = {}
    for raw in abuse.UNREADABLE:
        found[str(raw[:60])] = _placed(market, field, raw, about="")
    for raw in abuse.refused_values(field):
        found[str(raw[:60])] = _placed(market, field, raw, about=field.name)
    for raw in abuse.odd_values(field):
        found[str(raw[:60])] = _placed(market, field, raw)
    return found


def _placed(
    market: Market, field: Field, raw: bytes, about: str | None = None, sent: str | None = None
) -> list[str]:
    good = market.good(field.entry)
    body = abuse.placed(field.entry, good.body, field.path, raw)
    wrong = market.attack(field.entry, about=about, body=body)
    kept = abuse.shown(market.data, field.path)
    if sent is not None and isinstance(kept, str) and kept not in {sent.strip(), clean(sent)}:
        wrong.append(f"stored as {kept!r}")
    return wrong


@pytest.mark.parametrize("field", abuse.BODIES, ids=abuse.ids(abuse.BODIES))
def test_p13_nothing_in_a_field_breaks_anything(market: Market, field: Field) -> None:
    _demand(_abuse_of(market, field))


TEXTS = [field for field in abuse.BODIES if field.kind == "text"]


@pytest.mark.parametrize("field", TEXTS, ids=abuse.ids(TEXTS))
def test_p13_text_is_only_text(market: Market, field: Field) -> None:
    """Stored as it was sent, or refused; and everybody else's text is as it was."""
    found = {}
    for text in abuse.texts(field):
        found[text] = _placed(market, field, json.dumps(text).encode(), sent=text)
    _demand(found)


@pytest.mark.parametrize("level", abuse.OBJECTS, ids=abuse.ids(abuse.OBJECTS))
def test_p13_a_field_that_no_shape_has_is_refused(market: Market, level: Field) -> None:
    """Columns of our tables too: nobody names himself an owner or raises a version."""
    known = level.schema["properties"]
    columns = market.suite.rows(
        "SELECT DISTINCT attname::text FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid "
        "JOIN pg_namespace n ON relnamespace = n.oid WHERE relkind = 'r' AND nspname NOT LIKE 'pg%'"
    )
    names = [name for (name,) in columns if name not in known]
    assert {"owner_id", "uid", "state", "roles"} - {*names, *known, *abuse.ALIEN} == set()
    found = {}
    for some in (abuse.ALIEN, *(names[n : n + 40] for n in range(0, len(names), 40))):
        good = market.good(level.entry).body
        inside = abuse.shown(good, level.path)
        more = {**(inside if isinstance(inside, dict) else {}), **dict.fromkeys(some, "x")}
        raw = json.dumps(more).encode()
        body = abuse.placed(level.entry, good, level.path, raw)
        wrong = market.attack(level.entry, about=level.name, body=body)
        unknown = [each.get("field") for each in market.errors if each["code"] == "UNKNOWN_FIELD"]
        found[str(some)] = wrong if len(unknown) >= len(some) else [*wrong, f"only {unknown}"]
    _demand(found)


@pytest.mark.parametrize(**named([entry for entry in HTTP if entry.body]))
def test_p13_no_body_breaks_anything(market: Market, entry: Entry) -> None:
    """Not JSON, not UTF-8, too large, compressed, of another kind, with something behind it."""
    found = {}
    for body, headers in abuse.WHOLE:
        optional = body == b"{}"
        found[str(body[:40])] = market.attack(
            entry, about=None if optional else "", body=body, headers=headers
        )
    good = json.dumps(market.good(entry).body).encode()
    for body in (
        good + b"x",
        good + good,
        b"\xef\xbb\xbf" + good,
        good[:-1],
        good.decode().encode("utf-16"),
    ):
        found[str(body[:40])] = market.attack(entry, about="", body=body)
    for coding in abuse.CODINGS:
        bomb = abuse.BOMBS.get(coding, good)
        found[coding[:40]] = market.attack(
            entry, about="", body=bomb, headers={"content-encoding": coding}
        )
    for kind in abuse.KINDS:
        found[kind] = market.attack(entry, about="", headers={"content-type": kind})
    _demand(found)


@pytest.mark.parametrize("field", abuse.PARAMETERS, ids=abuse.ids(abuse.PARAMETERS))
def test_p13_no_parameter_breaks_anything(market: Market, field: Field) -> None:
    found = {}
    others = _without(market.good(field.entry).query, field.name)
    for value in abuse.parameter_values(field):
        query = "&".join([*others, f"{field.name}={value}"])
        found[value[:40]] = market.attack(field.entry, query=query)
    for query in (
        f"{field.name}[]=1",
        f"{field.name}[a]=1",
        f"{field.name}.a=1",
        f"{field.name}%00=1",
    ):
        found[query] = market.attack(field.entry, about="", query="&".join([*others, query]))
    if field.kind != "list":
        twice = "&".join([*others, f"{field.name}=1", f"{field.name}=1"])
        found[twice] = market.attack(field.entry, about=field.name, query=twice)
    _demand(found)


SEARCHES = [field for field in abuse.PARAMETERS if field.name in {"q", "attribute"}]


@pytest.mark.parametrize("field", SEARCHES, ids=abuse.ids(SEARCHES))
def test_p13_signs_of_a_pattern_find_nothing(market: Market, field: Field) -> None:
    """They are no words; and what is asked for beside them is not there."""
    others = _without(market.good(field.entry).query, field.name)
    others += ["category=fresh-fruit"] if field.name == "attribute" else []
    before = "variety:" if field.name == "attribute" else ""
    found = {}
    for value in abuse.WILD:
        query = "&".join([*others, f"{field.name}={quote(before + value)}"])
        found[value] = market.attack(field.entry, query=query)
        if market.data:
            found[value].append(f"found {market.data}")
    _demand(found)


@pytest.mark.parametrize(
    ("entry", "name"), abuse.VARIABLES, ids=lambda each: getattr(each, "name", each)
)
def test_p13_nothing_in_a_path_breaks_anything(market: Market, entry: Entry, name: str) -> None:
    place = http(entry).path.split("/").index(f"{{{name}}}")
    found = {}
    for segment in abuse.SEGMENTS:
        path = market.good(entry).path.encode().split(b"/")
        path[place] = segment
        found[str(segment[:50])] = market.attack(entry, about=name, path=b"/".join(path))
    _demand(found)


@pytest.mark.parametrize(**named(HTTP))
def test_p13_no_header_breaks_anything(market: Market, entry: Entry) -> None:
    """One that is read is refused by its name; one that is not changes no answer."""
    found = {}
    read = {"if-match": "version" in entry.wants, "idempotency-key": http(entry).idempotent}
    for name, values in abuse.HEADERS.items():
        for value in values if read[name] else ():
            found[f"{name}: {value[:40]}"] = market.attack(entry, headers={name: value}, about=name)
    market.renew(entry)
    for values in zip_longest(*abuse.HARMLESS.values(), fillvalue=""):
        sent = dict(zip(abuse.HARMLESS, values, strict=True))
        found[str(values)[:200]] = market.attack(entry, headers=sent, fine=True)
    _demand(found)


@pytest.mark.parametrize(**named([entry for entry in HTTP if not entry.query]))
def test_p13_no_query_breaks_what_takes_none(market: Market, entry: Entry) -> None:
    found = {}
    for query in (
        "%00",
        "%FF=1",
        "&" * 4_000,
        "a=" * 2_000,
        "a" * 10_240,
        "fields=%00",
        "fields=,",
    ):
        found[query[:40]] = market.attack(entry, query=query)
    _demand(found)


@pytest.mark.parametrize("field", abuse.TOLD, ids=abuse.ids(abuse.TOLD))
def test_p13_nothing_in_an_event_breaks_its_handler(market: Market, field: Field) -> None:
    """Refused, it ends among the dead letters, where an operator reads it."""
    found = {}
    envelope = json.loads(event_text(field.entry))
    values = [*abuse.refused_values(field), *abuse.odd_values(field)]
    values += [json.dumps(text).encode() for text in abuse.texts(field)]
    for raw in (*values, b"NaN", b"1e999", b"9" * 5_000, b"[" * 5_000):
        envelope["id"] = str(uuid4())
        body = abuse.placed(field.entry, envelope, ("data", *field.path), raw)
        found[str(raw[:60])] = market.told(field.entry, body.decode())
    _demand(found)


@pytest.mark.parametrize(**named(EVENTS))
def test_p13_no_envelope_breaks_a_handler(market: Market, entry: Entry) -> None:
    found = {}
    for name, value in abuse.ENVELOPES:
        envelope = json.loads(event_text(entry))
        around = {name: value} if name not in envelope else {}
        event = json.dumps(envelope if around else {**envelope, name: value})
        found[f"{name}: {value!r}"] = market.told(entry, event, **around)
    for event in ("", "1", "[]", "{", "\ud800", "[" * 100_000, "NaN", "\x00", "9" * 5_000):
        found[event[:40]] = market.told(entry, event)
    _demand(found)


@pytest.mark.parametrize(**named(CRONS))
def test_p13_no_clock_breaks_a_job(market: Market, entry: Entry) -> None:
    name = "x-cloudscheduler-scheduletime"
    _demand(
        {
            each[:40]: market.knock(entry, "scheduler", headers={name: each})
            for each in abuse.SCHEDULES
        }
    )


def _without(query: str, name: str) -> list[str]:
    return [each for each in query.split("&") if each and not each.startswith(f"{name}=")]


# The harness itself: each oracle sees what it is there for.


@pytest.fixture
def broken(market: Market, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let a test break the kernel; whatever it did to a connection ends with it."""
    market.good(entries()["update_me"])
    with monkeypatch.context() as broken:
        yield broken
    close_pools()


NAME = next(field for field in abuse.BODIES if field.name == "given_name")
SURROGATE = rb'"\ud800"'


def test_p13_a_surrogate_that_is_let_in_is_seen(market: Market, broken: pytest.MonkeyPatch) -> None:
    assert not _placed(market, NAME, SURROGATE, about=NAME.name)
    broken.setattr(parsing, "_check_text", lambda *_: None)
    assert _placed(market, NAME, SURROGATE, about=NAME.name)


def test_p13_a_connection_out_of_step_is_seen(market: Market, broken: pytest.MonkeyPatch) -> None:
    """A statement that was sent and whose reply nobody read, as pg8000 does it."""

    def halfway(self: Connection, sql: str, values: Sequence[object]) -> Context:
        if any("poison" in str(value) for value in values):
            self._wire._send_message(b"Q", b"select 'left behind'\x00")
            self._wire._flush()
            raise InvalidError("This cannot be stored.", field="given_name")
        return execute(self, sql, values)

    execute = Connection._execute
    broken.setattr(Connection, "_execute", halfway)
    broken.setattr(db, "breaks_connection", lambda _: False)
    wrong = _placed(market, NAME, b'"poison"', about=NAME.name)
    assert any("bystander" in each for each in wrong), wrong


def test_p13_a_refusal_that_stores_is_seen(market: Market, broken: pytest.MonkeyPatch) -> None:
    """Committed in place of rolled back."""
    field = next(each for each in abuse.BODIES if each.name == "category")
    unknown = abuse.placed(
        field.entry, market.good(field.entry).body, field.path, b'"nothing-we-know"'
    )
    sent: dict[str, Any] = {"body": unknown, "headers": {"idempotency-key": "k"}}
    assert not market.attack(field.entry, about="category", **sent)
    broken.setattr(Pool, "_recover", lambda _, lent: lent.script("commit"))
    wrong = market.attack(field.entry, about="category", **sent)
    assert wrong == ["422, and yet something was stored"]


def test_p13_a_request_that_hangs_is_seen(market: Market, broken: pytest.MonkeyPatch) -> None:
    broken.setattr(markets, "PATIENCE", 0.2)
    broken.setattr(parsing, "_walk", lambda *_: re.match(r"(a|a)*b", "a" * 50))
    assert "599" in _placed(market, NAME, b'"a"')[0]
