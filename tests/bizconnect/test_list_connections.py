"""One's connections, page by page."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.bizconnect._rules.requests import LASTS
from shared.db import Connection
from tests.factories import connections, users
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)

_ROWS = """INSERT INTO bizconnect.connection
    (id, requester_id, receiver_id, market, requested_at, expires_at)
    SELECT gen_random_uuid(), CASE WHEN n % 2 = 0 THEN CAST(:mine AS uuid) ELSE other END,
        CASE WHEN n % 2 = 0 THEN other ELSE CAST(:mine AS uuid) END, 'afcfta',
        CAST(:at AS timestamptz) + make_interval(secs => n / 10),
        CAST(:at AS timestamptz) + interval '30 days'
    FROM (SELECT n, gen_random_uuid() AS other FROM generate_series(1, 45) AS n) AS made"""


def test_both_directions_the_last_asked_first_each_once(suite: Suite) -> None:
    """Ten of one instant, and others asked while he pages."""
    ada, kano = connections.firm(suite)
    suite.rows(_ROWS, mine=kano, at=AT)
    seen = []
    for number, each in enumerate(suite.pages("GET /api/v1/connections", ada, limit=7)):
        seen.append(each)
        if number in {6, 20}:
            _, other = connections.firm(suite, f"Late {number}")
            connections.asked(suite, ada, kano, other)
    assert len({each["id"] for each in seen}) == len(seen) == 45
    order = [(each["requested_at"], each["id"]) for each in seen]
    assert order == sorted(order, reverse=True)
    assert {each["direction"] for each in seen} == {"sent", "received"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"sent", "received", "accepted", "abroad", "own"}),
        ({"status": "pending"}, {"sent", "received", "abroad", "own"}),
        ({"status": "accepted"}, {"accepted"}),
        ({"status": "pending", "direction": "received"}, {"received", "own"}),
        ({"market": "africa-us"}, {"abroad"}),
        ({"market": "us-africa"}, set()),
        ({"business_id": "leather"}, {"own"}),
        ({"business_id": "stranger"}, set()),
        ({"status": "expired"}, set()),
    ],
)
def test_what_is_asked_for_must_hold(suite: Suite, query: dict[str, Any], found: set[str]) -> None:
    ada, kano = connections.firm(suite)
    leather = users.business(suite, ada, name="Kano Leather")["id"]
    bola, lagos = connections.firm(suite, "Lagos Mills")
    chidi, ibadan = connections.firm(suite, "Ibadan Mills")
    _, harlem = connections.american(suite)
    made = {
        "sent": connections.asked(suite, ada, kano, ibadan, now=AT),
        "received": connections.asked(suite, bola, lagos, kano, now=AT),
        "abroad": connections.asked(suite, ada, kano, harlem, now=AT),
        "own": connections.asked(suite, bola, lagos, leather, now=AT),
    }
    made["accepted"] = connections.asked(suite, chidi, ibadan, leather, now=AT)
    connections.stepped(suite, ada, made["accepted"], "accept", AT)
    named = {"leather": leather, "stranger": str(lagos)}
    if query.get("business_id") == "leather":
        found = {*found, "accepted"}
    asked = {name: named.get(value, value) for name, value in query.items()}
    ids = {each["id"] for each in connections.listed(suite, ada, **asked, now=AT)}
    assert ids == {made[name]["id"] for name in found}


def test_what_is_over_is_listed_as_that_by_the_clock(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    _, lagos = connections.firm(suite, "Lagos Mills")
    made = connections.asked(suite, ada, kano, lagos, now=AT)
    over = AT + LASTS
    assert connections.listed(suite, ada, status="pending", now=over) == []
    (found,) = connections.listed(suite, ada, status="expired", now=over)
    assert found["id"] == made["id"]
    assert len(connections.listed(suite, ada, status="pending", now=over - timedelta(seconds=1)))


def test_the_list_costs_one_statement_however_much_there_is(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of the others come with it."""
    ada, kano = connections.firm(suite)
    sent: list[str] = []
    run = Connection._run

    def counted(db: Connection, sql: str, values: Sequence[object]) -> Any:  # the driver's own
        sent.append(sql)
        return run(db, sql, values)

    monkeypatch.setattr(Connection, "_run", counted)
    connections.listed(suite, ada)
    few = len(sent)
    suite.rows(_ROWS, mine=kano, at=AT)
    sent.clear()
    assert len(connections.listed(suite, ada)) == 20
    assert len(sent) == few
