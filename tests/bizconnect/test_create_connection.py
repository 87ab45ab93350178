"""One business asks another."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from functions.bizconnect._rules.requests import COOLS, LASTS, MOST_WAITING
from shared.ids import new_id
from tests.factories import connections, users
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)

_WAITING = """INSERT INTO bizconnect.connection
    (id, requester_id, receiver_id, market, requested_at, expires_at)
    SELECT gen_random_uuid(), gen_random_uuid(), :receiver, 'afcfta', :at,
        CAST(:at AS timestamptz) + interval '30 days'
    FROM generate_series(1, CAST(:count AS integer))"""


_OTHERS = """INSERT INTO users.business (id, slug, name, description, categories, country, city_id,
        latitude, longitude, zone, language, corridors)
    SELECT gen_random_uuid(), 'firm-' || n, 'Firm ' || n, '', '{fabrics}', 'NG', 2332459, 6.4, 3.4,
        'Africa/Lagos', 'en', '{}' FROM generate_series(1, 50) AS n;
    INSERT INTO users.public_business (id, slug, name, verification, country, city_id, categories,
        search, card, detail, created_at)
    SELECT id, slug, name, verification, country, city_id, categories, '', '{}', '{}', created_at
    FROM users.business WHERE slug LIKE 'firm-%'"""
"""Fifty businesses that nobody leads."""


def _others(suite: Suite, kano: UUID) -> list[UUID]:
    suite.rows(_OTHERS)
    found = suite.rows("SELECT id FROM users.public_business WHERE id <> :kano", kano=kano)
    return [id_ for (id_,) in found]


def test_what_was_asked_is_stored_announced_and_seen_by_both(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    bola, nairobi = connections.firm(suite, "Nairobi Bakery", country="KE", city_id=users.NAIROBI)
    made = connections.asked(suite, ada, kano, nairobi, now=AT, note="  We roast  sesame. ")
    assert made == {
        "id": made["id"],
        "business_id": str(kano),
        "other_id": str(nairobi),
        "other": {
            "id": str(nairobi),
            "slug": "nairobi-bakery",
            "name": "Nairobi Bakery",
            "country": "KE",
            "verification": "none",
        },
        "direction": "sent",
        "status": "pending",
        "market": "afcfta",
        "note": "We roast sesame.",
        "requested_at": "2026-11-22T09:30:00+00:00",
        "expires_at": "2026-12-22T09:30:00+00:00",
        "accepted_at": None,
        "version": 1,
    }
    received = connections.seen(suite, bola, made, AT).data
    assert (received["business_id"], received["other_id"]) == (str(nairobi), str(kano))
    assert (received["direction"], received["status"]) == ("received", "pending")
    (event,) = suite.events("ConnectionRequested")
    assert event["data"] == {
        "connection_id": made["id"],
        "requester_id": str(kano),
        "receiver_id": str(nairobi),
        "version": 1,
        "market": "afcfta",
        "requester_name": "Kano Sesame",
        "requested_at": "2026-11-22T09:30:00Z",
        "expires_at": "2026-12-22T09:30:00Z",
    }
    audiences = "SELECT audience, operation FROM platform.change WHERE entity = 'connection'"
    assert sorted(suite.rows(audiences)) == sorted([[kano, "upsert"], [nairobi, "upsert"]])


def test_the_market_follows_from_the_two_countries_and_must_fit_them(suite: Suite) -> None:
    african, kano = connections.firm(suite)
    _, cairo = connections.firm(suite, "Cairo Textiles", country="EG", city_id=users.CAIRO)
    american, harlem = connections.american(suite)
    _, boston = connections.american(suite, "Boston Foods")
    refused = connections.ask(suite, african, kano, harlem, market="afcfta")
    assert (refused.status, refused.codes) == (422, [("MARKET_MISMATCH", "market")])
    assert connections.asked(suite, african, kano, cairo, market="afcfta")["market"] == "afcfta"
    assert connections.asked(suite, african, kano, harlem)["market"] == "africa-us"
    assert connections.asked(suite, american, harlem, cairo)["market"] == "us-africa"
    nowhere = connections.ask(suite, american, harlem, boston)
    assert (nowhere.status, nowhere.codes) == (422, [("NO_MARKET", "to_business_id")])


def test_who_asks_one_that_waits_for_him_accepts_and_pays_nothing(suite: Suite) -> None:
    """Crossing requests accept each other; the market stays that of the first."""
    ada, kano = connections.firm(suite)
    jane, harlem = connections.american(suite)
    made = connections.asked(suite, ada, kano, harlem, now=AT)
    crossed = connections.asked(suite, jane, harlem, kano, now=AT + SECOND)
    assert (crossed["id"], crossed["status"]) == (made["id"], "accepted")
    assert (crossed["market"], crossed["direction"]) == ("africa-us", "received")
    assert connections.seen(suite, ada, made, AT + SECOND).data["status"] == "accepted"
    (event,) = suite.events("ConnectionAccepted")
    assert event["data"]["receiver_name"] == "Harlem Imports"
    used = suite.rows("SELECT subject_id FROM platform.quota_window WHERE period = 'day'")
    assert used == [[kano]]


def test_two_that_ask_each_other_at_once_are_connected(suite: Suite) -> None:
    """Twenty pairs, each on two connections at the same time: never two requests, never none."""
    for _ in range(20):
        ada, kano = connections.firm(suite)
        bola, lagos = connections.firm(suite, "Lagos Mills")
        with ThreadPoolExecutor(2) as threads:
            one = threads.submit(connections.ask, suite, ada, kano, lagos)
            two = threads.submit(connections.ask, suite, bola, lagos, kano)
            answers = [one.result(), two.result()]
        assert [each.status for each in answers] == [201, 201]
        assert sorted(each.data["status"] for each in answers) == ["accepted", "pending"]
        suite.rows("DELETE FROM platform.rate_limit")
    assert suite.rows("SELECT state, count(*) FROM bizconnect.connection GROUP BY 1") == [
        ["accepted", 20]
    ]
    assert len(suite.events("ConnectionRequested")) == len(suite.events("ConnectionAccepted")) == 20


@pytest.mark.parametrize(
    ("state", "code"), [("pending", "ALREADY_PENDING"), ("accepted", "ALREADY_CONNECTED")]
)
def test_asked_twice_is_refused_and_costs_nothing(suite: Suite, state: str, code: str) -> None:
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    made = connections.asked(suite, ada, kano, lagos, now=AT)
    if state == "accepted":
        connections.asked(suite, bola, lagos, kano, now=AT)
    refused = connections.ask(suite, ada, kano, lagos, now=AT + SECOND)
    assert (refused.status, refused.codes) == (409, [(code, None)])
    assert refused.json["current"]["id"] == made["id"]
    assert suite.value("SELECT used FROM platform.quota_window WHERE period = 'day'") == 1


def test_a_request_that_nobody_answered_is_over_by_the_clock(suite: Suite) -> None:
    """No job has run. Whoever asked waits for ninety days; the other may ask at once."""
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    made = connections.asked(suite, ada, kano, lagos, now=AT)
    over, warm = AT + LASTS, AT + LASTS + COOLS
    assert connections.seen(suite, ada, made, over - SECOND).data["status"] == "pending"
    for who in (ada, bola):
        now_seen = connections.seen(suite, who, made, over).data
        assert (now_seen["status"], now_seen["expires_at"]) == ("expired", None)
    refused = connections.ask(suite, ada, kano, lagos, now=warm - SECOND)
    assert (refused.status, refused.codes) == (409, [("COOLING_DOWN", None)])
    assert "2027-03-22" in refused.json["errors"][0]["message"]
    again = connections.asked(suite, ada, kano, lagos, now=warm)
    assert (again["id"], again["status"], again["version"]) == (made["id"], "pending", 2)


def test_who_was_asked_asks_back_when_the_request_is_over(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    made = connections.asked(suite, ada, kano, lagos, now=AT, note="From Kano.")
    turned = connections.asked(suite, bola, lagos, kano, now=AT + LASTS)
    assert (turned["id"], turned["direction"], turned["status"]) == (made["id"], "sent", "pending")
    assert turned["note"] is None
    assert connections.seen(suite, ada, made, AT + LASTS).data["direction"] == "received"


def test_a_full_inbox_is_told_and_costs_nothing(suite: Suite) -> None:
    """What is over takes no room."""
    ada, kano = connections.firm(suite)
    _, lagos = connections.firm(suite, "Lagos Mills")
    suite.rows(_WAITING, receiver=lagos, at=AT - LASTS, count=5)
    suite.rows(_WAITING, receiver=lagos, at=AT, count=MOST_WAITING - 1)
    _, other = connections.firm(suite, "Ibadan Mills")
    suite.rows(_WAITING, receiver=other, at=AT, count=MOST_WAITING)
    refused = connections.ask(suite, ada, kano, other, now=AT)
    assert (refused.status, refused.codes) == (409, [("INBOX_FULL", "to_business_id")])
    assert suite.value("SELECT count(*) FROM platform.quota_window") == 0
    assert connections.ask(suite, ada, kano, lagos, now=AT).status == 201


def test_the_last_place_of_an_inbox_is_taken_once(suite: Suite) -> None:
    """Eight ask at once for one place."""
    _, lagos = connections.firm(suite, "Lagos Mills")
    suite.rows(_WAITING, receiver=lagos, at=AT, count=MOST_WAITING - 1)
    firms = [connections.firm(suite, f"Kano Sesame {number}") for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(
            lambda firm: connections.ask(suite, firm[0], firm[1], lagos, now=AT), firms
        )
        statuses = sorted(each.status for each in found)
    assert statuses == [201, *[409] * 7]


def test_the_same_request_again_gets_the_same_answer_and_costs_nothing(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    _, lagos = connections.firm(suite, "Lagos Mills")
    first = connections.ask(suite, ada, kano, lagos, key="once")
    again = connections.ask(suite, ada, kano, lagos, key="once")
    assert (first.status, first.body) == (again.status, again.body)
    assert suite.value("SELECT used FROM platform.quota_window WHERE period = 'day'") == 1


def test_a_business_does_not_ask_itself_nor_one_that_is_not_there(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    itself = connections.ask(suite, ada, kano, kano)
    assert (itself.status, itself.codes) == (422, [("VALIDATION_ERROR", "to_business_id")])
    unknown = connections.ask(suite, ada, kano, new_id())
    assert (unknown.status, unknown.codes) == (404, [("BUSINESS_NOT_FOUND", "to_business_id")])


def test_a_closed_business_asks_nobody(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    _, lagos = connections.firm(suite, "Lagos Mills")
    suite.rows("UPDATE users.business SET state = 'closed' WHERE id = :id", id=kano)
    refused = connections.ask(suite, ada, kano, lagos)
    assert (refused.status, refused.codes) == (409, [("BUSINESS_CLOSED", "business_id")])


@pytest.mark.parametrize("role", ["financial", "partner"])
def test_banks_and_partners_ask_too_if_they_lead_a_business(suite: Suite, role: str) -> None:
    ada, kano = connections.firm(suite)
    _, lagos = connections.firm(suite, "Lagos Mills")
    banker = users.member(suite, ada, str(kano), role="manager", roles=(role,))
    assert connections.ask(suite, banker, kano, lagos).status == 201


def test_an_agent_does_not_ask(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    _, lagos = connections.firm(suite, "Lagos Mills")
    agent = users.member(suite, ada, str(kano))
    refused = connections.ask(suite, agent, kano, lagos)
    assert (refused.status, refused.codes) == (403, [("FORBIDDEN", None)])


def test_every_answer_says_what_is_left_and_until_when(suite: Suite) -> None:
    """In Lagos the day ends at 23:00 UTC, the month eight days later."""
    ada, kano = connections.firm(suite)
    _, lagos = connections.firm(suite, "Lagos Mills")
    told = connections.ask(suite, ada, kano, lagos, now=AT).headers
    assert told["RateLimit-Policy"] == (
        '"connection_requests-day";q=20, "connection_requests-month";q=200'
    )
    assert told["RateLimit"] == (
        '"connection_requests-day";r=19;t=48600, "connection_requests-month";r=199;t=739800'
    )


def test_p10_trap_4_of_fifty_at_once_exactly_as_many_as_are_left_are_served(suite: Suite) -> None:
    """No job has reset anything, and none has to."""
    ada, kano = connections.firm(suite)
    others = _others(suite, kano)
    assert len(others) == 50
    suite.rows(
        "INSERT INTO platform.quota_window SELECT :kano, 'connection_requests', period, starts_on, "
        "'2026-12-01', 13, 20 FROM (VALUES ('day', DATE '2026-11-22'), ('month', '2026-11-01')) "
        "AS v (period, starts_on)",
        kano=kano,
    )
    with ThreadPoolExecutor(50) as threads:
        asked = list(
            threads.map(lambda each: connections.ask(suite, ada, kano, each, now=AT), others)
        )
    statuses = [each.status for each in asked]
    assert (statuses.count(201), statuses.count(429)) == (7, 43)
    assert {each.codes[0][0] for each in asked if each.status == 429} == {"QUOTA_EXHAUSTED"}
    assert suite.value("SELECT count(*) FROM bizconnect.connection") == 7
    used = "SELECT period, used FROM platform.quota_window WHERE subject_id = :kano ORDER BY 1"
    assert suite.rows(used, kano=kano) == [["day", 20], ["month", 20]]
    (refused, *_) = [other for other, each in zip(others, asked, strict=True) if each.status == 429]
    suite.rows("DELETE FROM platform.rate_limit")
    assert connections.ask(suite, ada, kano, refused, now=AT + timedelta(days=1)).status == 201


def test_trap_5_who_moves_gains_no_day(suite: Suite) -> None:
    """The month's zone is kept: midnight of the new zone brings nothing."""
    ada, kano = connections.firm(suite)
    others = _others(suite, kano)
    late = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # 23:30 in Lagos, past midnight in Mauritius
    assert connections.ask(suite, ada, kano, others[0], now=late).status == 201
    suite.rows("UPDATE platform.quota_window SET used = 20 WHERE period = 'day'")
    suite.rows("UPDATE users.business SET zone = 'Indian/Mauritius' WHERE id = :kano", kano=kano)
    refused = connections.ask(suite, ada, kano, others[1], now=late)
    assert (refused.status, refused.codes) == (429, [("QUOTA_EXHAUSTED", None)])
    assert refused.headers["Retry-After"] == "1800"
    assert (
        connections.ask(suite, ada, kano, others[1], now=late + timedelta(minutes=31)).status == 201
    )


def test_a_better_plan_raises_the_limit_at_once(suite: Suite) -> None:
    """And forgets nothing that was used."""
    ada, kano = connections.firm(suite)
    _, lagos = connections.firm(suite, "Lagos Mills")
    _, ibadan = connections.firm(suite, "Ibadan Mills")
    assert connections.ask(suite, ada, kano, lagos, now=AT).status == 201
    suite.rows("UPDATE platform.quota_window SET used = 20 WHERE period = 'day'")
    assert connections.ask(suite, ada, kano, ibadan, now=AT).status == 429
    suite.rows("UPDATE users.business SET plan = 'premium' WHERE id = :kano", kano=kano)
    served = connections.ask(suite, ada, kano, ibadan, now=AT)
    assert served.status == 201
    assert '"connection_requests-day";r=179' in served.headers["RateLimit"]
