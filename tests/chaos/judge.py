"""Holds what is stored, once all has come to rest, against what the clients were told."""

import json
from collections import Counter, defaultdict
from typing import Any

import pg8000.native

from shared.manifest.discovery import entries
from shared.triggers import Cron, OnEvent
from tests.chaos.clients import History
from tests.chaos.roles import Stage

LOST = "acknowledged and not stored"
TWICE = "stored twice"
UNSENT = "events lost"
DOUBLED = "effects doubled or missing"
DISORDERED = "out of order within a key"
HALF = "half done"
WRONG = "answers that nobody should get"
CHECKS = (LOST, TWICE, UNSENT, DOUBLED, DISORDERED, HALF, WRONG)

Findings = dict[str, list[str]]


def judge(stage: Stage, history: History) -> Findings:
    """Return what is wrong, by check; every check is there, with nothing in it when all is well."""
    found: Findings = {check: [] for check in CHECKS}
    found[WRONG] += history.wrong
    with stage.superuser() as db:
        _accounts(db, history, found)
        _listings(db, history, found)
        _effects(db, history, found)
        _events(db, history, found)
        _deliveries(db, found)
        _order_on_the_bus(db, found)
        _halves(db, found)
    return found


def _accounts(db: pg8000.native.Connection, history: History, found: Findings) -> None:
    stored = {
        uid: (str(user), roles, version)
        for uid, user, roles, version in db.run(
            "SELECT uid, id, roles, role_version FROM users.account"
        )
    }
    told = dict(db.run("SELECT uid, claims FROM local.identity"))
    for uid, user in history.owners.items():
        if uid not in stored:
            found[LOST].append(f"account {uid}")
        elif stored[uid][0] != user:
            found[TWICE].append(f"account {uid} is {stored[uid][0]}, acknowledged as {user}")
    for uid, (user, _, _) in stored.items():
        if (told.get(uid) or {}).get("account_id") != user:
            found[DOUBLED].append(f"the token of {uid} does not know its account")


def _listings(db: pg8000.native.Connection, history: History, found: Findings) -> None:
    rows = db.run("SELECT id, title, state, version FROM listings.listing")
    stored = {str(row[0]): (str(row[2]), int(row[3])) for row in rows}
    titles = Counter(str(row[1]) for row in rows)
    found[TWICE] += [f"{title}, {count} times" for title, count in titles.items() if count > 1]
    steps = _by_listing(db, "SELECT listing_id, from_state, to_state FROM listings.transition")
    shown = {str(row[0]) for row in db.run("SELECT id FROM listings.public_listing")}
    for life in history.sure:
        if life.id not in stored:
            found[LOST].append(f"listing {life.id}")
            continue
        state, version = stored[life.id]
        if version != life.version:
            check = LOST if version < life.version else TWICE
            found[check].append(f"{life.id} is at version {version}, told {life.version}")
        if steps[life.id] != life.steps:
            found[DISORDERED].append(f"{life.id} went {steps[life.id]}, told {life.steps}")
        if (state == "published") != (life.id in shown) or state != life.state:
            found[HALF].append(f"{life.id} is {state}, told {life.state}")


def _effects(db: pg8000.native.Connection, history: History, found: Findings) -> None:
    """What other services made of what the listings service announced."""
    told = _by_listing(db, "SELECT subject_id, type FROM notifications.notification")
    reviewed = _by_listing(db, "SELECT target_id, target_version FROM admin.review")
    for life in history.sure:
        notices = Counter(kind for (kind,) in told[life.id])
        if notices != life.notices:
            found[DOUBLED].append(f"of {life.id} told {dict(notices)}, not {dict(life.notices)}")
        waited = [v for kind, v in life.events if kind.endswith(("Submitted", "Withdrawn"))]
        if reviewed[life.id] != [(waited[-1],)]:
            found[DOUBLED].append(f"the review of {life.id} is of {reviewed[life.id]}")


def _by_listing(db: pg8000.native.Connection, sql: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of a query, by its first column."""
    rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for listing, *rest in db.run(f"{sql} ORDER BY id"):
        rows[str(listing)].append(tuple(rest))
    return rows


def _events(db: pg8000.native.Connection, history: History, found: Findings) -> None:
    announced: dict[str, list[tuple[str, int]]] = defaultdict(list)
    decisions = Counter[str]()
    for kind, key, body in db.run(
        "SELECT type, ordering_key, body FROM platform.outbox ORDER BY seq"
    ):
        if kind.startswith("Listing"):
            announced[key].append((kind, json.loads(body)["data"]["version"]))
        decisions[key] += kind == "ReviewDecided"
    for life in history.sure:
        if announced[life.id] != life.events:
            found[DOUBLED].append(f"{life.id} announced {announced[life.id]}, told {life.events}")
        if decisions[life.id] != life.decided:
            found[DOUBLED].append(f"{life.id} was decided {decisions[life.id]} times")


def _deliveries(db: pg8000.native.Connection, found: Findings) -> None:
    """Every event was sent and noted by each of its handlers, and nothing else was."""
    subscribed: dict[str, set[str]] = defaultdict(set)
    for entry in entries().values():
        if isinstance(entry.trigger, OnEvent) and entry.event:
            subscribed[entry.event.__name__].add(entry.name)
    handled: dict[str, set[str]] = defaultdict(set)
    for handler, event in db.run("SELECT handler, event_id FROM platform.inbox"):
        if not isinstance(entries()[handler].trigger, Cron):  # which notes its runs there
            handled[str(event)].add(handler)
    for event, kind, unsent in db.run("SELECT id, type, sent_at IS NULL FROM platform.outbox"):
        if unsent:
            found[UNSENT].append(f"{kind} {event} was never sent")
        if missing := subscribed[kind] - handled.pop(str(event), set()):
            found[UNSENT].append(f"{kind} {event} was not noted by {', '.join(missing)}")
    found[HALF] += [f"{event} was handled and never was" for event in handled]


def _order_on_the_bus(db: pg8000.native.Connection, found: Findings) -> None:
    """The bus has the events of a key in the order in which they were committed."""
    overtaken = db.run(
        """
        WITH arrived AS (
            SELECT target, CAST(message -> 'attributes' ->> 'id' AS uuid) AS event, min(id) AS place
            FROM local.delivery WHERE kind = 'event' GROUP BY 1, 2
        ), placed AS (
            SELECT a.target, o.topic, o.ordering_key, o.id, o.type, o.seq, a.place,
                max(a.place) OVER (PARTITION BY a.target, o.topic, o.ordering_key
                    ORDER BY o.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
            FROM arrived AS a JOIN platform.outbox AS o ON o.id = a.event
        )
        SELECT target, ordering_key, type, id FROM placed WHERE place < before
        """
    )
    for target, key, kind, event in overtaken:
        found[DISORDERED].append(f"{kind} {event} of {key} overtook an earlier one to {target}")


def _halves(db: pg8000.native.Connection, found: Findings) -> None:
    for what, sql in _HALVES.items():
        found[HALF] += [f"{what}: {row[0]}" for row in db.run(sql)]


_HALVES = {
    "a key without its answer": "SELECT key FROM platform.idempotency_key WHERE status IS NULL",
    "an account without consents": """
        SELECT uid FROM users.account AS a
        WHERE NOT EXISTS (SELECT FROM users.consent AS c WHERE c.user_id = a.id)""",
    "a business without its owner": """
        SELECT id FROM users.business AS b
        WHERE NOT EXISTS (SELECT FROM users.membership AS m WHERE m.business_id = b.id)""",
    "a business that strangers do not see": """
        SELECT id FROM users.business AS b
        WHERE NOT EXISTS (SELECT FROM users.public_business AS p WHERE p.id = b.id)""",
    "a listing without its step": """
        SELECT id FROM listings.listing AS l WHERE version <> (
            SELECT count(*) FROM listings.transition AS t WHERE t.listing_id = l.id)""",
    "a step that begins where the last did not end": """
        SELECT listing_id FROM (
            SELECT listing_id, from_state, lag(to_state) OVER (
                PARTITION BY listing_id ORDER BY id) AS was FROM listings.transition) AS step
        WHERE from_state IS DISTINCT FROM was""",
    "a business whose quota does not count its listings": """
        SELECT b.id FROM users.business AS b WHERE
            (SELECT coalesce(sum(used), 0) FROM platform.quota_window AS w
                WHERE w.subject_id = b.id AND metric = 'listings' AND period = 'month')
            <> (SELECT count(*) FROM listings.listing AS l WHERE l.business_id = b.id)""",
    "a delivery that was given up": "SELECT id FROM local.delivery WHERE state = 'dead'",
}
