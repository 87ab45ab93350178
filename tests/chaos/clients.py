"""People who write and do not give up; what they were told is the history that is judged.

An attempt is answered well, refused, or unknown: a lost answer is never taken for a failure. Each
operation is repeated until its outcome is known, as a phone does, with the same `Idempotency-Key`
or the same version.
"""

import json
import random
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any, Literal
from uuid import uuid4

from pg8000.exceptions import DatabaseError, InterfaceError

from local.home import HOST
from local.tokens import new_user
from shared.roles import Role
from tests.chaos.roles import Stage
from tests.factories.listings import content
from tests.factories.users import LAGOS

LISTINGS_OF_ONE = 18
"""An owner may submit twenty an hour."""

PATIENCE_SECONDS = 180
_BUSY = {429, 503}


class StuckError(Exception):
    """Something that must happen in the end did not."""


@dataclass(slots=True)
class Life:
    """One listing, as its author knows it: what he did, and what he must find."""

    owner: str
    title: str
    id: str = ""
    version: int = 0
    state: str | None = None
    steps: list[tuple[str | None, str]] = field(default_factory=list)
    """From which state to which, one for each version."""
    events: list[tuple[str, int]] = field(default_factory=list)
    """What the listings service announces: type and version."""
    decided: int = 0
    notices: Counter[str] = field(default_factory=Counter)
    known: bool = False
    """Whether every outcome is known: a life that was broken off says nothing."""

    def became(self, state: str, *events: str) -> None:
        """Note one step."""
        self.steps.append((self.state, state))
        self.state = state
        self.version += 1
        self.events += [(each, self.version) for each in events]


@dataclass(eq=False)
class History:
    """What all clients were told."""

    wanted: int
    forget: float
    seed: int
    lives: list[Life] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)
    """Sign-in → user."""
    attempts: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def sure(self) -> list[Life]:
        """Return the lives of which every outcome is known."""
        return [each for each in self.lives if each.known]

    @property
    def enough(self) -> bool:
        """Tell whether no new listing need be begun."""
        return self.acknowledged >= self.wanted

    def count(self, outcome: Literal["ok", "fail", "unknown", "forgotten"]) -> None:
        """Count an attempt."""
        with self.lock:
            self.attempts[outcome] += 1

    def acknowledge(self) -> None:
        """Count a write whose outcome is known."""
        with self.lock:
            self.acknowledged += 1


class Client:
    """One person's phone on a bad line."""

    def __init__(self, stage: Stage, history: History, uid: str, seed: int) -> None:
        """Sign in as `uid`."""
        self._stage, self._history, self.uid = stage, history, uid
        self._wire = HTTPConnection(HOST, stage.people[0].port, timeout=30)
        self._token = stage.signer.person(uid)
        self.choose = random.Random(seed)

    def close(self) -> None:
        """Hang up."""
        self._wire.close()

    def write(
        self,
        operation: str,
        body: object = None,
        *,
        key: str | None = None,
        version: int | None = None,
        until: frozenset[str] = frozenset(),
    ) -> dict[str, Any]:
        """Repeat a write until it is known to be stored; return `data`.

        `until` are refusals that time will cure.
        """
        headers = {} if key is None else {"Idempotency-Key": key}
        if version is not None:
            headers["If-Match"] = str(version)
        deadline = time.monotonic() + PATIENCE_SECONDS
        tried = False
        while time.monotonic() < deadline:
            status, document = self.ask(operation, body, headers)
            if status in {200, 201}:
                if self.choose.random() < self._history.forget:
                    self._history.count("forgotten")
                    tried = True
                    continue
                self._history.acknowledge()
                data: dict[str, Any] = document["data"]
                return data
            if status == 409 and version is not None and tried:
                current: dict[str, Any] = document.get("current") or {}
                if current.get("version") == version + 1:
                    self._history.acknowledge()  # it was stored when the answer was lost
                    return current
            if status not in _BUSY | {0} and _code(document) not in {"LOCKED", *until}:
                self._wrong(f"{operation} was answered {status} {document}")
            tried = tried or status in {0, 503}
            time.sleep(self.choose.uniform(0.02, 0.2))
        raise StuckError(f"{operation} was not answered in {PATIENCE_SECONDS} s")

    def appears(self, path: str) -> None:
        """Wait until something can be read."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            status, document = self.ask(f"GET {path}", None, {})
            if status == 200:
                if document["data"]["id"] != path.rpartition("/")[2]:
                    self._wrong(f"{path} was answered with another row")
                return
            if status not in _BUSY | {0, 404}:
                self._wrong(f"{path} was answered {status} {document}")
            time.sleep(self.choose.uniform(0.05, 0.2))
        raise StuckError(f"{path} did not appear in {PATIENCE_SECONDS} s")

    def ask(self, operation: str, body: object, headers: dict[str, str]) -> tuple[int, Any]:
        """Send one request; status 0 when nobody knows what became of it."""
        method, _, path = operation.partition(" ")
        sent = {"Authorization": f"Bearer {self._token}", **headers}
        text = None
        if body is not None:
            text, sent["Content-Type"] = json.dumps(body), "application/json"
        try:
            self._wire.request(method, path, text, sent)
            with self._wire.getresponse() as answer:  # closed, even where half of it came
                raw = answer.read()
            document = json.loads(raw) if raw else {}
        except (OSError, HTTPException, ValueError):
            self._wire.close()
            self._history.count("unknown")
            return 0, {}
        good = answer.status < 300
        self._history.count("ok" if good else "unknown" if answer.status == 503 else "fail")
        return answer.status, document

    def _wrong(self, what: str) -> None:
        self._history.wrong.append(what[:500])
        raise StuckError(what[:500])


def work(stage: Stage, history: History, number: int) -> None:
    """Live the lives of owners until enough is written."""
    choose = random.Random(history.seed + number)
    uid = f"admin-{number}-{uuid4().hex[:8]}"
    admin = Client(stage, history, uid, number)
    try:
        history.owners[uid] = _onboard(stage, admin, uid)
        # No operation makes an admin.
        appointed = "UPDATE users.account SET roles = '{consumer,admin}' WHERE uid = :uid"
        _persist(stage, [appointed], uid=uid)
        while not (history.enough or stage.over.is_set()):
            _owner(stage, history, admin, choose)
    finally:
        admin.close()


def _onboard(stage: Stage, client: Client, uid: str) -> str:
    # The identity provider knows who has signed in.
    signed_in = "INSERT INTO local.identity (uid) VALUES (:uid) ON CONFLICT DO NOTHING"
    _persist(stage, [signed_in], uid=uid)
    made = client.write("POST /api/v1/users", new_user(Role.BUSINESS), key=uuid4().hex)
    return str(made["id"])


def _owner(stage: Stage, history: History, admin: Client, choose: random.Random) -> None:
    uid = f"owner-{uuid4().hex}"
    client = Client(stage, history, uid, choose.randrange(2**32))
    try:
        history.owners[uid] = _onboard(stage, client, uid)
        body = {
            "name": f"{uid[:14]} Foods",
            "categories": ["fresh-fruit"],
            "country": "NG",
            "city_id": LAGOS,
        }
        business = client.write("POST /api/v1/businesses", body, key=uuid4().hex)["id"]
        for _ in range(LISTINGS_OF_ONE):
            if history.enough or stage.over.is_set():
                return
            life = Life(uid, f"Dried mango {uuid4().hex}")
            history.lives.append(life)
            # Whatever is chosen, one listing is edited, published and stays.
            plain = life is history.lives[0]
            _live(client, admin, life, business, _Plain() if plain else choose)
            if life.state == "published" and not plain and choose.random() < 0.5:
                _end(stage, life)
            life.known = True
    finally:
        client.close()


class _Plain(random.Random):
    """Chooses one edit before the decision, and nothing that ends a listing."""

    def __init__(self) -> None:
        super().__init__(0)
        self._edits = iter([0.0])

    def random(self) -> float:
        """Return what is below every probability once, and above all of them after that."""
        return next(self._edits, 0.999)


def _live(client: Client, admin: Client, life: Life, business: str, choose: random.Random) -> None:
    body = {**content(title=life.title), "business_id": business, "duration_hours": 24}
    life.id = client.write("POST /api/v1/listings", body, key=uuid4().hex)["id"]
    life.became("pending", "ListingSubmitted")
    mine = f"/api/v1/listings/{life.id}"
    while choose.random() < 0.3:
        _edit(client, life, {"description": f"{uuid4().hex} in cartons of 20 kg."})
    if choose.random() < 0.1:
        client.write(f"POST {mine}/close", {"outcome": "withdrawn"}, key=uuid4().hex)
        life.became("closed", "ListingWithdrawn")
        return
    while choose.random() < 0.15:
        _decide(admin, life, "reject", reason="MISLEADING")
        life.became("rejected", "ListingRejected")
        life.notices["listing_rejected"] += 1
        _await_rejection(client, life)
    _decide(admin, life, "approve")
    life.became("published", "ListingPublished")
    life.notices["listing_published"] += 1
    client.appears(mine)
    for step in choose.choices(["price", "extend", "pause"], k=choose.randrange(4)):
        if step == "price":
            price = {"kind": "fixed", "amount_minor": choose.randrange(1, 10**6), "currency": "NGN"}
            _edit(client, life, {"price": price})
        elif step == "extend":
            client.write(f"POST {mine}/extend", {"duration_hours": 24}, key=uuid4().hex)
            life.became("published", "ListingPublished")
        else:
            client.write(f"POST {mine}/pause", key=uuid4().hex)
            life.became("paused")
            client.write(f"POST {mine}/resume", key=uuid4().hex)
            life.became("published", "ListingPublished")
    if choose.random() < 0.6:
        client.write(f"POST {mine}/close", {"outcome": "sold"}, key=uuid4().hex)
        life.became("closed")


def _end(stage: Stage, life: Life) -> None:
    """Have a listing's time end now, which no operation does; what follows is the jobs' work."""
    ended = "SET expires_at = date_trunc('second', clock_timestamp()) WHERE id = :id"
    tables = ("listings.listing", "listings.public_listing")
    _persist(stage, [f"UPDATE {table} {ended}" for table in tables], id=life.id)
    life.became("expired", "ListingExpired")
    life.notices["listing_expired"] += 1


def _persist(stage: Stage, statements: list[str], **values: object) -> None:
    """Do as the superuser what may be done twice, until PostgreSQL has done it."""
    while not stage.over.is_set():
        with suppress(DatabaseError, InterfaceError, OSError):  # PostgreSQL restarts
            for each in statements:
                stage.rows(each, **values)
            return
        time.sleep(0.2)


def _edit(client: Client, life: Life, change: dict[str, Any]) -> None:
    path = f"PATCH /api/v1/listings/{life.id}"
    client.write(path, change, version=life.version)
    if life.state == "published":
        life.became("published")
    else:
        life.became("pending", "ListingSubmitted")


def _decide(admin: Client, life: Life, verb: str, **more: str) -> None:
    """Decide, once the event that opens the review of this version has come."""
    path = f"POST /api/v1/admin/listings/{life.id}/{verb}"
    admin.write(path, {"version": life.version, **more}, key=uuid4().hex, until=_NOT_YET)
    life.decided += 1


# A review that opens between the two looks of a decision is called leased.
_NOT_YET = frozenset({"NOT_FOUND", "STALE_VERSION", "LEASED"})


def _await_rejection(client: Client, life: Life) -> None:
    """Edit what was rejected, which goes into review again; until the event has come it is not."""
    change = {"description": f"{uuid4().hex} in cartons of 25 kg."}
    path = f"PATCH /api/v1/listings/{life.id}"
    client.write(path, change, version=life.version, until=frozenset({"VERSION_CONFLICT"}))
    life.became("pending", "ListingSubmitted")


def _code(document: Any) -> str:
    errors = document.get("errors") or [{}]
    return str(errors[0].get("code"))
