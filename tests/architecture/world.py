"""Two businesses that know nothing of each other, everybody who may knock, and what they own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from pg8000.native import literal

from shared.ids import new_id
from shared.manifest.discovery import entries
from shared.tables import SERVICES
from tests.factories import (
    connections,
    exports,
    listings,
    messaging,
    notifications,
    teams,
    users,
)
from tests.suite import Person, Suite

APART = ("platform.rate_limit",)
"""What a refusal leaves behind: it was a call."""

RECORD = frozenset({"platform.audit_chain", "platform.audit_entry"})
"""What a read by staff leaves behind."""

SECRET_A, SECRET_B = "xunseena", "xunseenb"
"""Words that only A's and only B's people may ever read."""

_ROWS = "SELECT coalesce(jsonb_agg(t), '[]')::text FROM {} AS t"
_EMPTY = "DELETE FROM {}"
_FILL = """INSERT INTO {0} OVERRIDING SYSTEM VALUE
    SELECT * FROM jsonb_populate_recordset(NULL::{0}, {1})"""
_MARK = "SELECT '{0}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {0} AS t"
_COUNT_ON = """SELECT setval(format('%I.%I', schemaname, sequencename), 1000000)
    FROM pg_sequences WHERE schemaname = ANY ('{{{}}}')"""

_PHONE = {"A": "+2348031234588", "B": "+2348031234599"}


@dataclass(frozen=True, slots=True)
class Target:
    """What an operation names: the id, whose it is, and what else a good request says of it."""

    id: str
    side: str | None = None
    version: int = 1
    member: str = ""


@dataclass
class World:
    """What was made, and the rows that it is made of."""

    people: dict[str, Person | None] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    businesses: dict[str, str] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    listings: dict[str, dict[str, Any]] = field(default_factory=dict)
    notifications: dict[str, str] = field(default_factory=dict)
    installs: dict[str, str] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    conversations: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    attachments: dict[str, str] = field(default_factory=dict)
    supports: dict[str, str] = field(default_factory=dict)
    resolved: dict[str, str] = field(default_factory=dict)
    connections: dict[str, str] = field(default_factory=dict)
    asked: str = ""
    """A business of somebody else, whom nobody has asked for a connection yet."""
    rows: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    untouched: str = ""
    """The number of the next transaction when every row was as it was made."""

    def secrets(self, side: str) -> list[str]:
        """Return the texts that tell of one side's private rows."""
        waiting = self.listings[f"{side} waiting"]["id"]
        ids = [self.notifications[side], self.members[side], self.exports[side], waiting]
        ids += [self.conversations[side], self.messages[side], self.attachments[side]]
        ids += [self.connections[side], self.supports[side], self.resolved[side]]
        return [secret(side), _PHONE[side], _PHONE[side][4:], *ids]

    def targets(self, kind: str, *, own: str = "live") -> dict[str, Target]:
        """Return relation → what a request names; `own` is the state of A's listing."""
        nothing = Target(str(new_id()), member=self.members["B"])
        business = {side: Target(id_, side, 1) for side, id_ in self.businesses.items()}
        circle = {
            side: Target(id_, side, member=self.members[side])
            for side, id_ in self.businesses.items()
        }
        posted = {
            name: Target(each["id"], name[0], each["version"])
            for name, each in self.listings.items()
        }
        found = {
            "listing": {
                "own": posted[f"A {own}"],
                "private": posted["B waiting"],
                "public": posted["B live"],
                "removed": posted["A removed"],
            },
            "business": {"own": business["A"], "public": business["B"]},
            "circle": {"own": circle["A"], "private": circle["B"]},
            "person": {
                "own": Target(self.id_of("owner"), "A"),
                "public": Target(self.id_of("rival"), "B"),
            },
            "notification": {
                "own": Target(self.notifications["A"], "A"),
                "private": Target(self.notifications["B"], "B"),
            },
            "export": {
                "own": Target(self.exports["A"], "A"),
                "private": Target(self.exports["B"], "B"),
            },
            "conversation": {
                "own": Target(self.conversations["A"], "A"),
                "private": Target(self.conversations["B"], "B"),
            },
            "support": {
                "own": Target(self.supports["A"], "A"),
                "private": Target(self.supports["B"], "B"),
            },
            "resolved support": {
                "own": Target(self.resolved["A"], "A"),
                "private": Target(self.resolved["B"], "B"),
            },
            "file": {
                "own": Target(self.conversations["A"], "A", member=self.attachments["A"]),
                "private": Target(self.conversations["B"], "B", member=self.attachments["B"]),
            },
            "message": {
                "own": Target(self.messages["A"], "A"),
                "private": Target(self.messages["B"], "B"),
            },
            "connection": {
                "own": Target(self.connections["A"], "A"),
                "private": Target(self.connections["B"], "B"),
            },
            "device": {
                "own": Target(self.installs["A"], "A"),
                "private": Target(self.installs["B"], "B"),
            },
        }[kind]
        other = posted["A live"] if kind != "listing" else business["A"]
        strange = Target(other.id, member=self.members["B"])
        return {**found, "missing": nothing, "another_type": strange}

    def id_of(self, principal: str) -> str:
        """Return the user id of a principal who has an account."""
        somebody = self.people[principal]
        assert somebody is not None
        return str(somebody.user_id)

    def restore(self, suite: Suite, tables: list[str] | None = None) -> None:
        """Put every row back as it was, past triggers and keys, and fill every bucket."""
        script = ["SET session_replication_role = replica"]
        if tables is None:  # what is counted goes on where no row has been
            script.append(_COUNT_ON.format(",".join(SERVICES)))
        for table in [*(self.rows if tables is None else tables), *APART]:
            script.append(_EMPTY.format(table))
            if rows := self.rows.get(table):
                script.append(_FILL.format(table, literal(rows)))
        suite.rows("; ".join([*script, "SET session_replication_role = origin"]))
        self.untouched = suite.next_transaction() if tables == [] else ""

    def changed(self, suite: Suite) -> list[str]:
        """Return the tables that are not as they were."""
        number = suite.next_transaction()
        if number == self.untouched:
            return []
        now = _marks(suite, [*self.marks])
        found = sorted(table for table, mark in now.items() if mark != self.marks[table])
        self.untouched = "" if found else number
        return found


def made(suite: Suite) -> World:
    """Make the world as it is made in life: through the API and by events."""
    world = World()
    people = world.people
    for side, name in (("A", "owner"), ("B", "rival")):
        owner = users.person(
            suite, roles=["business"], family_name=secret(side), phone=_PHONE[side]
        )
        people[name] = owner
        business = users.business(suite, owner, name=f"Traders {side}", phone=_PHONE[side])["id"]
        world.businesses[side] = business
        helper = users.member(suite, owner, business)
        world.members[side] = str(helper.user_id)
        world.installs[side] = str(uuid4())
        device = {"push_token": secret(side), "platform": "android", "app_version": "1"}
        path = f"PUT /api/v1/users/me/devices/{world.installs[side]}"
        assert suite.call(path, owner, body=device).status == 200
        document = {"kind": "registration", "number": secret(side), "country": "NG"}
        _notify(suite, world, side, owner)
        world.exports[side] = str(exports.asked(suite, owner))
        _talk(suite, world, side, owner)
        _support(suite, world, side, owner)
        if side == "B":  # A's is what the matrix asks for
            path = f"POST /api/v1/businesses/{business}/verification"
            body = {"level": "verified", "documents": [document]}
            assert suite.call(path, owner, body=body).status == 201
            suite.rows("UPDATE users.verification_request SET state = 'withdrawn'")
    _staff(suite, world)
    for side in "AB":
        _post(suite, world, side)
    _connect(suite, world)
    world.tokens = {
        name: f"Bearer {suite.token(each)}" for name, each in people.items() if each is not None
    }
    suite.rows("UPDATE platform.outbox SET sent_at = clock_timestamp()")
    world.marks = _marks(suite, [each for each in suite.tables() if each not in APART])
    world.rows = {table: suite.value(_ROWS.format(table)) for table in world.marks}
    return world


def secret(side: str) -> str:
    """Return the word that tells of a side's private rows."""
    return SECRET_A if side == "A" else SECRET_B


def _notify(suite: Suite, world: World, side: str, owner: Person) -> None:
    (one,) = notifications.notified(suite, owner)
    world.notifications[side] = str(one)
    suite.rows(
        "UPDATE notifications.notification SET title = :title WHERE id = :id",
        title=secret(side),
        id=one,
    )


def _talk(suite: Suite, world: World, side: str, owner: Person) -> None:
    """Let a customer, who is nobody else here, write to one business, and its owner answer."""
    customer = users.person(suite)
    conversation = messaging.opened(suite, customer, world.businesses[side])["id"]
    world.conversations[side] = conversation
    messaging.said(suite, customer, conversation, secret(side))
    world.attachments[side] = messaging.attached(suite, owner, conversation)
    world.messages[side] = messaging.said(suite, owner, conversation, secret(side))["id"]


def _support(suite: Suite, world: World, side: str, owner: Person) -> None:
    """Let two customers ask for help: the owner has helped one, and has the other."""
    made = teams.Team(UUID(world.businesses[side]), owner, ())
    teams.says(suite, made, owner)
    world.resolved[side] = teams.asks(suite, made)["id"]
    assert teams.does(suite, owner, "resolve", world.resolved[side]).status == 200
    world.supports[side] = teams.asks(suite, made)["id"]


def _connect(suite: Suite, world: World) -> None:
    """Let A and B ask a third business, and leave a fourth for them to ask."""
    third, world.asked = (
        str(connections.firm(suite, name)[1]) for name in ("Third Traders", "Fourth Traders")
    )
    for side, name in (("A", "owner"), ("B", "rival")):
        owner, mine = world.people[name], UUID(world.businesses[side])
        assert owner is not None
        asked = connections.asked(suite, owner, mine, UUID(third), note=secret(side))
        world.connections[side] = asked["id"]


def _staff(suite: Suite, world: World) -> None:
    """Let everybody in who belongs to A or to nobody."""
    people, business = world.people, world.businesses["A"]
    owner = people["owner"]
    assert owner is not None
    hour_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp())
    people["stranger"] = None
    people["newcomer"] = Person("newcomer")
    people["consumer"] = users.person(suite)
    people["banker"] = users.person(suite, roles=["financial"])
    people["partner"] = users.person(suite, roles=["partner"])
    people["moderator"] = users.person(suite, roles=["admin"])
    for name in ("manager", "agent", "suspended"):
        role = "agent" if name == "agent" else "manager"
        people[name] = users.member(suite, owner, business, role=role)
    people["insider"] = users.member(suite, owner, business, roles=("admin", "business"))
    old = users.member(suite, owner, business, role="manager", auth_time=hour_ago)
    people["signed_out"] = old
    suite.rows(
        "UPDATE users.account SET revoked_after = clock_timestamp() WHERE id = :id",
        id=old.user_id,
    )
    suspended = people["suspended"]
    assert suspended is not None
    suite.rows("UPDATE users.account SET state = 'suspended' WHERE id = :id", id=suspended.user_id)


def _post(suite: Suite, world: World, side: str) -> None:
    """Post listings of one business, and let moderators and the market hear of them."""
    owner = world.people["owner" if side == "A" else "rival"]
    moderator = world.people["moderator"]
    assert owner is not None
    business = world.businesses[side]
    for state in ("live", "paused", "removed", "waiting"):
        private = state in {"removed", "waiting"}
        title = f"Dried mango {secret(side)}" if private else "Dried mango, export quality"
        body = {**listings.content(title=title), "business_id": business}
        one = suite.call("POST /api/v1/listings", owner, body=body)
        assert one.status == 201, one.body
        world.listings[f"{side} {state}"] = one.data
        _deliver(suite, "ListingSubmitted", "on_listing_submitted_open_review")
        path = f"/api/v1/listings/{one.data['id']}"
        if state == "removed":
            assert suite.call(f"DELETE {path}", owner).status == 204
            _deliver(suite, "ListingWithdrawn", "on_listing_withdrawn_close_review")
        elif state != "waiting":
            approve = f"POST /api/v1/admin/listings/{one.data['id']}/approve"
            assert suite.call(approve, moderator, body={"version": 1}).status == 200
            _deliver(suite, "ReviewDecided", "on_review_decided_apply")
        if state == "paused":
            assert suite.call(f"POST {path}/pause", owner).status == 200
        (version,) = suite.rows(
            "SELECT version FROM listings.listing WHERE id = :id", id=one.data["id"]
        )[0]
        world.listings[f"{side} {state}"] = {"id": one.data["id"], "version": version}


def _deliver(suite: Suite, kind: str, handler: str) -> None:
    text = json.dumps(suite.events(kind)[-1])
    assert suite.push(entries()[handler], text).status == 204


def _marks(suite: Suite, tables: list[str]) -> dict[str, str]:
    """Return table → a digest of its rows, in one statement."""
    found: Mapping[str, str] = dict(
        suite.rows(" UNION ALL ".join(_MARK.format(table) for table in tables))
    )
    return {**found}
