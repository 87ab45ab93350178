"""P10: a rate limit is never exceeded by many at once, nor refuses below."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from schemas.platform import Health
from shared import limits
from shared.auth import Actor
from shared.roles import ANY, PUBLIC
from shared.triggers import Limit, per_day, per_hour, per_minute, post
from tests.factories.users import business, person
from tests.running import soon
from tests.shared.probes import ask
from tests.suite import Person, Suite

_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@post("/notes", roles=ANY, limit=per_hour(20))
def create_note(actor: Actor) -> Health:
    """Write a note."""
    return Health(status="ok")


@post("/beacons", roles=PUBLIC, limit=per_minute(2))
def create_beacon() -> Health:
    """Note that something was seen."""
    return Health(status="ok")


def _send(suite: Suite, who: Person) -> Any:
    return ask(create_note, method="POST", authorization=f"Bearer {suite.token(who)}")


def test_p10_fifty_at_once_at_a_limit_of_twenty(suite: Suite) -> None:
    """Exactly twenty, whoever is first."""
    who = person(suite)
    with ThreadPoolExecutor(16) as threads:
        statuses = [answer.status for answer in threads.map(lambda _: _send(suite, who), range(50))]
    assert (statuses.count(200), statuses.count(429)) == (20, 30)


def test_p10_a_bucket_that_many_want_holds_up_nobody_elses(suite: Suite) -> None:
    """While some wait for the hot one another caller is served, and afterwards so are they."""
    hot, other = person(suite), person(suite)
    assert _send(suite, hot).status == 200
    suite.rows("BEGIN")
    suite.rows("SELECT FROM platform.rate_limit WHERE key LIKE '%' || :uid FOR UPDATE", uid=hot.uid)
    with ThreadPoolExecutor(3) as threads:
        try:
            waiting = [threads.submit(_send, suite, hot) for _ in range(2)]
            assert soon(lambda: suite.value(_WAITING) >= 2)
            # Few enough to be served before those who wait give up, on a busy machine too.
            assert [_send(suite, other).status for _ in range(5)] == [200] * 5
            assert not any(each.done() for each in waiting)
        finally:
            suite.rows("COMMIT")
        assert [_send(suite, other).status for _ in range(15)] == [200] * 15
        assert [each.result().status for each in waiting] == [200, 200]


def test_p10_in_a_crowd_each_has_exactly_his_share(suite: Suite) -> None:
    """Four callers, sixteen requests at once: each has all of his, and nothing of another."""
    who = [person(suite) for _ in range(4)]
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda turn: _send(suite, who[turn % 4]), range(120)))
    statuses = [answer.status for answer in answers]
    for place in range(4):
        mine = statuses[place::4]
        assert (mine.count(200), mine.count(429)) == (20, 10)


def test_p10_what_is_left_is_said(suite: Suite) -> None:
    """Every answer counts down; the refusal says when to come back."""
    who = person(suite)
    left = [int(_send(suite, who).headers["RateLimit-Remaining"]) for _ in range(20)]
    assert left == list(range(19, -1, -1))
    refused = _send(suite, who)
    assert refused.status == 429
    assert json.loads(refused.body)["errors"][0]["code"] == "RATE_LIMITED"
    assert refused.headers["RateLimit-Limit"] == "20"
    assert 1 <= int(refused.headers["Retry-After"]) <= 180
    assert _send(suite, person(suite)).status == 200


def test_p10_a_bucket_refills_evenly(suite: Suite) -> None:
    """After three minutes of an hour's twenty there is one again, not twenty."""
    who = person(suite)
    for _ in range(20):
        _send(suite, who)
    suite.rows(
        "UPDATE platform.rate_limit SET full_at = full_at - interval '181 seconds' "
        "WHERE key LIKE '%:create_note:%'"
    )
    assert [_send(suite, who).status for _ in range(2)] == [200, 429]


@post("/offers", roles=ANY, limit=per_hour(3, premium=5, admin=7))
def create_offer(actor: Actor) -> Health:
    """Make an offer."""
    return Health(status="ok")


def _offer(suite: Suite, who: Person) -> Any:
    return ask(create_offer, "/offers", method="POST", authorization=f"Bearer {suite.token(who)}")


def test_p10_a_role_or_a_plan_may_have_more(suite: Suite) -> None:
    """The most that any of them allows; a business that is closed gives nothing."""
    owners = [person(suite, roles=["business"]) for _ in range(3)]
    for owner, plan, state in zip(
        owners, ("free", "premium", "premium"), ("active", "active", "closed"), strict=True
    ):
        shop = business(suite, owner)["id"]
        change = "UPDATE users.business SET plan = :plan, state = :state WHERE id = :id"
        suite.rows(change, plan=plan, state=state, id=shop)
    moderator = person(suite, roles=["admin"])
    for who, calls in zip([*owners, moderator], (3, 5, 3, 7), strict=True):
        answers = [_offer(suite, who) for _ in range(calls + 1)]
        assert [each.status for each in answers] == [200] * calls + [429]
        assert answers[0].headers["RateLimit-Limit"] == str(calls)


@pytest.mark.parametrize(
    ("forwarded", "network"),
    [
        (None, "unknown"),
        ("", "unknown"),
        ("6.6.6.6, 1.1.1.1", "1.1.1.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("not:an:address", "unknown"),
        ("x" * 10_000, "x" * 64),
    ],
)
def test_a_network_is_an_address_or_a_64(forwarded: str | None, network: str) -> None:
    """Whoever has one address of IPv6 has 2**64 of them."""
    assert limits.origin(forwarded) == network


def test_strangers_are_told_apart_by_their_network(suite: Suite) -> None:
    """By the address that our own front end appended, not one that they claim."""

    def knock(forwarded: str) -> int:
        return ask(create_beacon, "/beacons", method="POST", x_forwarded_for=forwarded).status

    assert [knock("6.6.6.6, 1.1.1.1"), knock("7.7.7.7, 1.1.1.1"), knock("8.8.8.8, 1.1.1.1")] == [
        200,
        200,
        429,
    ]
    assert knock("2.2.2.2") == 200


def test_words_for_limits() -> None:
    """As they read."""
    assert (per_minute(3), per_hour(3), per_day(3)) == (
        Limit(3, 60),
        Limit(3, 3600),
        Limit(3, 86_400),
    )
    assert per_hour(3, premium=9).tiers == (("premium", 9),)
