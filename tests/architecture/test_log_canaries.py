"""P15: what people write is in no log line, in no refusal to others, in no event without need."""

import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pg8000.core import Context
from pg8000.exceptions import DatabaseError

from shared import log, parsing
from shared.db import Connection
from shared.entry import Entry, open_to_strangers
from shared.http import Request
from tests.architecture import abuse
from tests.architecture.abuse import Field
from tests.architecture.market import Good, Market
from tests.architecture.samples import HTTP, http, named
from tests.conftest import empty
from tests.factories import listings, users
from tests.factories.admin import submission
from tests.factories.events import hand
from tests.scenarios import ACTS
from tests.suite import Person, Suite

PHONE, CLAIMED_PHONE = "+2348031239876", "+2348031239877"
CARD = "4929 1234 5678 1234"
TEXT = f"Canary Namecanary mail.canary@example.org {PHONE} {CARD} and the textcanary of it all"
CLAIMS = {
    "name": "Claimcanary",
    "email": "claim.canary@example.org",
    "email_verified": True,
    "phone_number": CLAIMED_PHONE,
    "picture": "https://example.org/claimcanary.jpg",
}
_CANARY = re.compile(r"canary|803\W?123\W?987|4929\W?1234\W?5678|eyJ[\w-]{20}", re.IGNORECASE)
"""Any of what was sent, a token too; function names have none of it."""

ALLOWED = {
    "ListingSubmitted.title": "A moderator's queue shows it.",
    "ListingSubmitted.snapshot": "A moderator decides on what the author wrote.",
    "ListingWithdrawn.title": "A moderator's queue has it, and closes it.",
    "ListingPublished.title": "The notification to its owner names it.",
    "ListingRejected.title": "The notification to its owner names it.",
    "ListingRejected.note": "The moderator writes it for the owner.",
    "ListingExpiring.title": "The notification to its owner names it.",
    "ListingExpired.title": "The notification to its owner names it.",
    "ReviewDecided.note": "The moderator writes it for the owner.",
}
"""What an event may say of what people wrote, and why its readers need it."""

_HEADERS = [*abuse.HARMLESS, "user-agent", "referer", "x-request-id", "x-cloud-trace-context"]
_LINE = {"severity", "time", "message", "request_id", "function", "trace", "status"}
_LINE |= {"latency_ms", "bytes", "actor", "event_id", "batch_done", "error"}


@dataclass
class Heard:
    """What came of requests full of canaries."""

    lines: list[str] = field(default_factory=list)
    served: set[str] = field(default_factory=set)
    paths: dict[str, str] = field(default_factory=dict)
    to_others: list[tuple[str, bytes]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture(scope="module")
def market(_suite: Suite) -> Market:
    """Return a market of its own."""
    empty(_suite)
    return Market(_suite)


@pytest.fixture(scope="module")
def heard(market: Market) -> Heard:
    """Send canaries everywhere, let all that follows happen, and ask for it as somebody else."""
    heard, written = Heard(), io.StringIO()
    with redirect_stdout(written):
        for each in abuse.BODIES:
            _write(market, each, heard)
        for entry in HTTP:
            _ask(market, entry)
        _live(market.suite)
        for entry in HTTP:
            heard.to_others += _asked_by_others(market, entry, heard)
    heard.lines = written.getvalue().splitlines()
    heard.events = market.suite.events()
    return heard


def _claiming(good: Good) -> Good:
    return good if good.person is None else replace(good, person=_known(good.person))


def _known(person: Person) -> Person:
    return Person(f"{person.uid}", person.user_id, CLAIMS)


def _values(field: Field) -> Iterator[str]:
    """Return canaries that `field` takes, and one that it refuses."""
    most = field.schema.get("maxLength", 2_000)
    if field.path[-1] == "phone":
        yield PHONE
    elif "pattern" in field.schema and not re.search(field.schema["pattern"], "Namecanary a"):
        yield f"slug-canary-{field.entry.name.replace('_', '-')}"
        yield "push-token-canary!"
    elif field.kind == "text":
        yield TEXT if len(TEXT) <= most else "Namecanary"
    yield "wrong canary"


def _write(market: Market, field: Field, heard: Heard) -> None:
    for value in _values(field):
        good = _claiming(market.good(field.entry))
        body = abuse.placed(field.entry, good.body, field.path, json.dumps(value).encode())
        response = market.send(_unlimited(field.entry), good, body=body)
        if 200 <= response.status < 300:
            heard.served.add(f"{field.entry.name}.{field.name}")
            heard.paths[field.entry.name] = good.path
            market.renew(field.entry)


def _unlimited(entry: Entry) -> Entry:
    return replace(entry, trigger=replace(http(entry), limit=None))


def _ask(market: Market, entry: Entry) -> None:
    """Put canaries into every parameter, every part of the path and every header."""
    parameters = list(entry.query.model_fields) if entry.query else []
    for name in (*parameters, "canary", "fields"):
        query = f"{name}=query.canary@example.org"
        market.send(_unlimited(entry), _claiming(market.good(entry)), query=query)
    good = _claiming(market.good(entry))
    for number, _ in enumerate(good.path.split("/")):
        parts = good.path.split("/")
        parts[number] = "path.canary@example.org"
        market.send(_unlimited(entry), good, path="/".join(parts).encode())
    for names in (*([name] for name in abuse.HEADERS), _HEADERS):
        sent = dict.fromkeys(names, "header.canary@example.org")
        market.send(_unlimited(entry), _claiming(market.good(entry)), headers=sent)
    wrong = {"authorization": "Bearer eyJcanarycanarycanarycanary.e30.e30"}
    market.send(_unlimited(entry), good, headers=wrong)
    market.send(_unlimited(entry), replace(good, method="CANARY"))
    market.renew(entry)


def _live(suite: Suite) -> None:
    """Let listings be published, refused and withdrawn, and those that are left expire."""
    owner, business = listings.seller(suite, name="Namecanary and Sons", description=TEXT)
    about = {"title": TEXT[:90], "description": TEXT}
    listings.published(suite, owner, business, **about)
    listings.decide(
        suite,
        listings.pending(suite, owner, business, **about),
        approved=False,
        reason="OTHER",
        note=TEXT,
    )
    withdrawn = listings.pending(suite, owner, business, **about)
    assert suite.call(f"DELETE /api/v1/listings/{withdrawn['id']}", owner).status == 204
    hand(suite, "on_listing_submitted_open_review", submission(title=TEXT[:90]))
    suite.deliver()
    for hours in (60, 80):
        at = datetime.now(UTC) + timedelta(hours=hours)
        suite.tick("cron_remind_expiring_listings", at)
        suite.tick("cron_expire_listings", at)
    suite.deliver()


def _asked_by_others(market: Market, entry: Entry, heard: Heard) -> Iterator[tuple[str, bytes]]:
    """Ask as a stranger, a bystander and a rival for what the owner of canaries wrote."""
    fresh = market.good(entry)
    good = replace(fresh, path=heard.paths.get(entry.name, fresh.path))
    rival = users.person(market.suite, roles=["business"])
    for person in (None, market.bystander, rival):
        response = market.send(_unlimited(entry), replace(good, person=person))
        if response.status >= 400:
            yield entry.name, response.body
    market.renew(entry)


def _with_canary(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if _CANARY.search(line)]


def test_p15_no_line_of_the_log_holds_what_was_sent(heard: Heard) -> None:
    assert len(heard.lines) > 1_000
    assert _with_canary(heard.lines) == []


def test_p15_canaries_were_served_too(heard: Heard) -> None:
    """What is always refused would prove little."""
    texts = {"title", "description", "given_name", "family_name", "note", "number", "push_token"}
    texts |= {"app_version", "policy_version", "phone", "name", "slug"}
    wanted = {f"{each.entry.name}.{each.name}" for each in abuse.BODIES if each.path[-1] in texts}
    assert wanted - heard.served == set()


def test_p15_a_refusal_holds_nothing_that_others_wrote(heard: Heard) -> None:
    assert {name for name, _ in heard.to_others} >= {each for each in ACTS if each in _guarded()}
    assert [each for each in heard.to_others if _CANARY.search(each[1].decode())] == []


def _guarded() -> set[str]:
    return {entry.name for entry in HTTP if not open_to_strangers(http(entry))}


def test_p15_an_event_tells_what_its_readers_need(heard: Heard) -> None:
    """And a reason that no event has any more is taken off the list."""
    told = {
        f"{event['type']}.{name}"
        for event in heard.events
        for name, value in event["data"].items()
        if _CANARY.search(json.dumps(value))
    }
    assert told == set(ALLOWED)
    around = [{**event, "data": None} for event in heard.events]
    assert [each for each in around if _CANARY.search(json.dumps(each))] == []


FORGED = 'a\r\n{"severity":"CRITICAL","message":"forged"}\n\x1b[31m\u2028{"severity":"CRITICAL"}'


@pytest.mark.parametrize(**named(HTTP))
def test_p15_a_request_is_one_record_whatever_is_in_it(
    market: Market, capsys: pytest.CaptureFixture[str], entry: Entry
) -> None:
    """Line ends, colours of a terminal, and what looks like a record of ours."""
    fields = [each for each in abuse.BODIES if each.entry.name == entry.name]
    good = market.good(entry)
    requests: list[dict[str, Any]] = [{}]
    for each in fields:
        for text in (FORGED, FORGED.replace("\x1b", "")):
            raw = json.dumps(text).encode()
            requests.append({"body": abuse.placed(entry, good.body, each.path, raw)})
    requests += [
        {"path": good.path.encode() + FORGED.encode()},
        {"query": f"a={FORGED}"},
        {"query": "a=%0D%0A%7B%22severity%22:%22CRITICAL%22%7D"},
        *({"headers": {name: FORGED}} for name in abuse.HEADERS),
        {"headers": dict.fromkeys(_HEADERS, FORGED)},
    ]
    for request in requests:
        good = market.good(entry)
        capsys.readouterr()
        response = market.send(_unlimited(entry), good, **request)
        lines = capsys.readouterr().out.split("\n")[:-1]
        records = [json.loads(line) for line in lines]
        assert len(records) == 1 or entry.name == "sync", "one for each operation, and its own"
        assert records[-1]["message"] == f"{good.method} {entry.name} {response.status}"
        assert {each["severity"] for each in records} == {"INFO"}
        assert all(line.isascii() for line in lines)
        assert all(each.keys() <= _LINE for each in records)
        if response.status < 300:
            market.renew(entry)


@pytest.mark.parametrize(
    "failure",
    [
        lambda values: DatabaseError(
            {"S": "ERROR", "C": "XX000", "M": f"failed on {values}", "D": f"Key ({values}) is bad"}
        ),
        lambda values: DatabaseError(
            {"S": "ERROR", "C": "23505", "M": f"failed on {values}", "n": "account_uid_key"}
        ),
        lambda values: ValueError(f"cannot encode {values}"),
        lambda values: OSError(5, f"cannot send {values}"),
    ],
    ids=["server", "constraint", "driver", "network"],
)
def test_p15_what_fails_keeps_it_to_itself(
    market: Market,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: Callable[[object], Exception],
) -> None:
    """Drivers and libraries repeat in their messages what they were given."""
    bad = _failing(market, monkeypatch, failure)
    said = capsys.readouterr().out.splitlines()
    assert bad >= 3
    assert len(said) > bad
    assert _with_canary(said) == []
    assert all(json.loads(line)["function"] for line in said)


def _failing(
    market: Market, monkeypatch: pytest.MonkeyPatch, failure: Callable[[object], Exception]
) -> int:
    """Let every statement with a canary in it fail; return how many requests did."""
    execute = Connection._execute

    def fail(self: Connection, sql: str, values: Sequence[object]) -> Context:
        if _CANARY.search(str(values)):
            raise failure(values)
        return execute(self, sql, values)

    fields = [each for each in abuse.BODIES if each.path[-1] in {"title", "given_name", "name"}]
    ready = [(each, market.good(each.entry)) for each in fields]
    bad = 0
    with monkeypatch.context() as broken:
        broken.setattr(Connection, "_execute", fail)
        for each, good in ready:
            raw = json.dumps(TEXT[:60]).encode()
            body = abuse.placed(each.entry, good.body, each.path, raw)
            response = market.send(_unlimited(each.entry), good, body=body)
            bad += response.status in {409, 500, 503}
            assert not _CANARY.search(response.body.decode()), response.body
    return bad


# The canaries themselves: each is seen where it gets out.


def test_p15_a_message_that_is_logged_is_seen(
    market: Market, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(log, "described", str)
    _failing(market, monkeypatch, lambda values: ValueError(f"cannot encode {values}"))
    assert _with_canary(capsys.readouterr().out.splitlines())


def test_p15_a_body_that_is_logged_is_seen(
    market: Market, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def talkative(request: Request, shape: Any) -> Any:
        log.write("DEBUG", "body", body=str(request.body))
        return body_of(request, shape)

    body_of = parsing.body_of
    monkeypatch.setattr(parsing, "body_of", talkative)
    _write(market, next(each for each in abuse.BODIES if each.path[-1] == "given_name"), Heard())
    assert _with_canary(capsys.readouterr().out.splitlines())
