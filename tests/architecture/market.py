"""A living database into which hostile requests are sent, and what each of them may leave."""

import base64
import gzip
import io
import json
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from urllib.parse import quote

import brotli

from shared import edge
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection, pool
from shared.entry import Entry, compile_entry, open_to_strangers
from shared.http import Request, Response, from_environ
from shared.roles import ANY, Role
from shared.triggers import get
from tests.architecture.samples import example, http
from tests.factories import connections, exports, listings, messaging, users
from tests.scenarios import ACTS
from tests.scenarios.acts import Call
from tests.suite import Person, Suite

PATIENCE = 20.0
"""Seconds after which a request hangs; the slowest of them takes a hundredth of this."""

_ABOUT_A_FIELD = {"VALIDATION_ERROR", "UNKNOWN_FIELD", "UNKNOWN_PARAMETER", "DUPLICATE_PARAMETER"}
_ABOUT_A_FIELD |= {"FORBIDDEN_CHARACTER", "INVALID_CURSOR"}


class HangError(BaseException):
    """A request took too long; no `except Exception` on its way keeps this."""


@get("/canary/{nonce}", roles=ANY)
def get_canary(nonce: str, actor: Actor, db: Connection) -> Json[str]:
    """Say who calls, by the row of his account and by what row-level security was told."""
    told = db.value("SELECT $1::text || current_setting('app.user_id', true)", nonce)
    return Json(json.dumps([nonce, str(actor.user_id), told, db.value("SELECT $1::int", 7)]))


@dataclass(frozen=True, slots=True)
class Good:
    """A request that would be served: what an attacker starts from."""

    method: str
    path: str
    person: Person | None
    body: Any = None
    query: str = ""
    version: int | None = None


class Market:
    """Sends hostile requests into a living database, and looks at what each of them left."""

    def __init__(self, suite: Suite) -> None:
        """Let people trade in an empty database."""
        self.suite = suite
        self._numbers = count(1)
        self._tokens: dict[str, str] = {}
        self._ready: dict[str, Good] = {}
        self._number, self._seen = "", list[list[Any]]()
        self.data: Any = None
        self.errors: list[dict[str, Any]] = []
        self.owner, business = listings.seller(suite)
        self.admin = users.person(suite, roles=["admin"])
        self.bystander = users.person(suite, given_name="Bystander")
        listing = listings.published(suite, self.owner, business)
        self._ids = {"listing_id": listing["id"], "business_id": str(business)}
        self._ids["user_id"] = str(self.owner.user_id)
        self._ids["export_id"] = str(exports.noted(suite, self.owner))
        self._ids["conversation_id"] = messaging.opened(suite, self.bystander, business)["id"]
        self._ids["attachment_id"] = messaging.attached(
            suite, self.owner, self._ids["conversation_id"]
        )
        counted = "SELECT '{0}', count(*), max(xmin::text::bigint) FROM {0}"
        _, other = connections.firm(suite, "Other Traders")
        self._ids["connection_id"] = connections.asked(suite, self.owner, business, other)["id"]
        self._counts = " UNION ALL ".join(
            counted.format(table) for table in suite.tables() if table != "platform.rate_limit"
        )
        self._counts += " ORDER BY 1"  # a plan with parallel workers returns them as they come

    def good(self, entry: Entry) -> Good:
        """Return a good request, on rows that no hostile one has changed yet."""
        if entry.name not in self._ready:
            self._ready[entry.name] = self._prepared(entry)
        return self._ready[entry.name]

    def renew(self, entry: Entry) -> None:
        """Let the next good request be on rows that nothing has touched."""
        self._ready.pop(entry.name, None)

    def attack(
        self, entry: Entry, *, about: str | None = None, fine: bool = False, **changed: Any
    ) -> list[str]:
        """Send one request; return what is wrong with how it was taken.

        With `about` it must be refused, naming that field if it is not empty; with `fine` it must
        be served.
        """
        good = self.good(entry)
        before = self._stored()
        unlimited = replace(http(entry), limit=None)  # he is patient
        response = self.send(replace(entry, trigger=unlimited), good, **changed)
        wrong = [*self._answered(entry, response, about)]
        if fine and response.status >= 400:
            wrong.append(f"{response.status} {response.body[:300]!r}")
        if 200 <= response.status < 300:
            if http(entry).method != "GET":
                del self._ready[entry.name]
        elif self._stored() != before:
            wrong.append(f"{response.status}, and yet something was stored")
        return [*wrong, *self.canary(entry)]

    def send(
        self,
        entry: Entry,
        good: Good,
        *,
        path: bytes | None = None,
        query: str | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Serve a request as it comes from the wire."""
        sent = {"content-type": "application/json"} if good.body is not None else {}
        if good.person is not None:
            sent["authorization"] = f"Bearer {self._token(good.person)}"
        if good.version is not None:
            sent["if-match"] = str(good.version)
        if body is None:
            body = b"" if good.body is None else json.dumps(good.body).encode()
        environ = {
            "REQUEST_METHOD": good.method,
            "PATH_INFO": (path or good.path.encode()).decode("latin-1"),
            "QUERY_STRING": good.query if query is None else query,
            "CONTENT_LENGTH": str(len(body)) if body else "",
            "wsgi.input": io.BytesIO(body),
        }
        for name, value in {**sent, **(headers or {})}.items():
            known = name.upper().replace("-", "_")
            plain = known in {"CONTENT_TYPE", "CONTENT_LENGTH"}
            environ[known if plain else f"HTTP_{known}"] = value
        return _served(entry, from_environ(environ))

    def told(self, entry: Entry, event: str, **around: Any) -> list[str]:
        """Push an event to its handler; return what is wrong with how it was taken."""
        told = {"data": base64.b64encode(event.encode("utf-8", "surrogatepass")).decode()}
        told |= {"attributes": around.pop("attributes", {})}
        body = json.dumps({"message": told, "deliveryAttempt": 1, **around}).encode()
        return self.knock(entry, "push", body)

    def knock(
        self,
        entry: Entry,
        account: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Call an entry point of the platform as its own account."""
        before = self._stored()
        sent = {"authorization": f"Bearer {self.suite.signer.caller(account)}"}
        response = _served(entry, Request("POST", "/", "", {**sent, **(headers or {})}, body))
        wrong = []
        if response.status >= 500:
            wrong.append(f"{response.status} {response.body[:300]!r}")
        if response.status >= 400 and self._stored() != before:
            wrong.append(f"{response.status}, and yet something was stored")
        with pool(entry.db_role).connection() as db:
            nonce = f"n{next(self._numbers)}"
            said = [db.value("SELECT $1::text", f"{nonce}{n}") for n in range(2)]
        return wrong if said == [f"{nonce}0", f"{nonce}1"] else [*wrong, f"the next heard {said}"]

    def canary(self, entry: Entry) -> list[str]:
        """Let a bystander call on the same pool; return what is wrong with his answer."""
        nonce, him = f"n{next(self._numbers)}", str(self.bystander.user_id)
        headers = {"authorization": f"Bearer {self._token(self.bystander)}"}
        request = Request("GET", f"/canary/{nonce}", "", headers)
        answer = edge.serve(replace(_CANARY, service=entry.service), request)
        wanted = [nonce, him, nonce + him, 7]
        if answer.status != 200 or json.loads(answer.body)["data"] != wanted:
            return [f"the bystander was told {answer.body[:200]!r}"]
        return []

    def _prepared(self, entry: Entry) -> Good:
        if entry.name in ACTS:
            self.suite.rows("DELETE FROM platform.rate_limit")
            call = ACTS[entry.name](self.suite)
            assert isinstance(call, Call)
            if entry.name == "create_user":
                call = call.by(Person(f"newcomer-{next(self._numbers)}"))
            method, _, path = call.operation.partition(" ")
            return Good(
                method, path, call.person, call.sent.get("body"), "", call.sent.get("version")
            )
        trigger = http(entry)
        path = trigger.path.format_map(self._ids)
        needed = entry.query.model_fields.items() if entry.query else ()
        values = {**example(entry.query), **self._ids} if entry.query else {}
        query = "&".join(
            f"{name}={quote(str(values[name]))}" for name, each in needed if each.is_required()
        )
        return Good(trigger.method, path, self._caller(entry), None, query)

    def _caller(self, entry: Entry) -> Person | None:
        if open_to_strangers(http(entry)):
            return None
        return self.admin if http(entry).roles == {Role.ADMIN} else self.owner

    def _token(self, person: Person) -> str:
        if person.uid not in self._tokens:
            self._tokens[person.uid] = self.suite.token(person)
        return self._tokens[person.uid]

    def _stored(self) -> object:
        """Return what all tables hold: how many rows, and the transaction that wrote the last."""
        number = self.suite.next_transaction()
        if number != self._number:
            self._number, self._seen = number, self.suite.rows_again(self._counts)
        return self._seen

    def _answered(self, entry: Entry, response: Response, about: str | None) -> Iterator[str]:
        self.data, self.errors = None, []
        if response.status >= 500:
            yield f"{response.status} {response.body[:300]!r}"
            return
        if response.status < 400:
            if about is not None:
                yield f"{response.status} {response.body[:300]!r}"
            Suite._check_shape(entry, response)
            self.data = json.loads(_unpacked(response))["data"] if response.body else None
            return
        errors = self.errors = json.loads(_unpacked(response))["errors"]
        if not errors or not all(each["code"] and each["message"] for each in errors):
            yield f"{response.status} without a code: {response.body[:300]!r}"
        named = [each.get("field") for each in errors]
        if about:
            if response.status == 422 and not any(_within(about, str(name)) for name in named):
                yield f"{response.status} is about {named}: {response.body[:300]!r}"
        elif about is None and any(
            each["code"] in _ABOUT_A_FIELD and not each.get("field") for each in errors
        ):
            yield f"{response.status} names no field: {response.body[:300]!r}"


_CANARY = compile_entry(get_canary)


def _within(asked: str, named: str) -> bool:
    """Tell whether a refusal of `named` is about `asked`, or about something in it."""
    named = named.lower()
    return named == asked or named.startswith(f"{asked}.") or asked.startswith(f"{named}.")


def _unpacked(response: Response) -> bytes:
    unpack: dict[str | None, Callable[[bytes], bytes]] = {
        "br": brotli.decompress,
        "gzip": gzip.decompress,
    }
    return unpack.get(response.headers.get("Content-Encoding"), bytes)(response.body)


def _served(entry: Entry, request: Request) -> Response:
    try:
        with _patience():
            return edge.serve(entry, request)
    except HangError:
        return Response(599, {}, b"it hangs")


@contextmanager
def _patience() -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise HangError

    kept = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, kept)
