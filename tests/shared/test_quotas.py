"""P10, P12: what a plan allows is exactly what is given, in the days and months of the business."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from local.postgres import Server
from shared import quotas
from shared.db import connect
from tests.factories.listings import content, seller
from tests.suite import Answer, Person, Suite

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FREE = quotas.LISTINGS.plans["free"]


def _post(suite: Suite, owner: Person, business: UUID, now: datetime = NOON) -> Answer:
    suite.rows("DELETE FROM platform.rate_limit")
    body = {**content(), "business_id": str(business)}
    return suite.call("POST /api/v1/listings", owner, body=body, now=now)


def _used(suite: Suite, business: UUID, **used: int) -> None:
    for period, count in used.items():
        suite.rows(
            "UPDATE platform.quota_window SET used = :used "
            "WHERE subject_id = :business AND period = :period",
            used=count,
            business=business,
            period=period,
        )


@pytest.fixture
def taking(server: Server) -> Callable[..., list[Any]]:
    """Return what takes a quota as the listings service does, past the API."""

    def take(
        subject: UUID, at: datetime, zone: str = "Africa/Lagos", day: int = 5, month: int = 50
    ) -> list[Any]:
        db = connect("svc_listings")
        try:
            return db.one(
                lambda *row: [*row],
                "SELECT * FROM platform.take_quota($1::uuid, 'x', $2::text, $3::int, $4::int, "
                "$5::timestamptz)",
                subject,
                zone,
                day,
                month,
                at,
            )
        finally:
            db.close()

    return take


def test_p10_p12_fifty_at_once_with_five_left(suite: Suite, taking: Any) -> None:
    """Exactly five, whoever is first; the month counts no more than the day."""
    subject = uuid4()
    with ThreadPoolExecutor(10) as threads:
        granted = [row[0] for row in threads.map(lambda _: taking(subject, NOON), range(50))]
    assert granted.count(True) == 5
    assert suite.rows("SELECT period, used FROM platform.quota_window ORDER BY 1") == [
        ["day", 5],
        ["month", 5],
    ]


def test_p10_an_answer_says_what_is_left_of_the_day_and_the_month(suite: Suite) -> None:
    """As the draft standard for rate limit headers has it; Lagos is an hour ahead."""
    owner, business = seller(suite)
    _post(suite, owner, business)
    answer = _post(suite, owner, business)
    assert answer.headers["RateLimit-Policy"] == (
        f'"listings-day";q={FREE.day}, "listings-month";q={FREE.month}'
    )
    assert answer.headers["RateLimit"] == (
        f'"listings-day";r={FREE.day - 2};t={11 * 3600}, '
        f'"listings-month";r={FREE.month - 2};t={(8 * 24 + 11) * 3600}'
    )


@pytest.mark.parametrize(
    ("used", "period", "wait"),
    [({"day": 50}, "day", 11 * 3600), ({"day": 9, "month": 500}, "month", (8 * 24 + 11) * 3600)],
)
def test_p10_beyond_it_nothing_is_stored(
    suite: Suite, used: dict[str, int], period: str, wait: int
) -> None:
    """429 with when to come back; and at that moment it works, whoever has reset anything."""
    owner, business = seller(suite)
    _post(suite, owner, business)
    _used(suite, business, **used)
    before = suite.stored(apart=("platform.rate_limit",))
    refused = _post(suite, owner, business)
    assert (refused.status, refused.codes) == (429, [("QUOTA_EXHAUSTED", None)])
    assert refused.headers["Retry-After"] == str(wait)
    assert f"a {period}" in refused.json["errors"][0]["message"]
    assert suite.stored(apart=("platform.rate_limit",)) == before
    early = NOON + timedelta(seconds=wait - 1)
    assert _post(suite, owner, business, early).status == 429
    assert _post(suite, owner, business, early + timedelta(seconds=1)).status == 201


def test_p10_what_fails_costs_nothing(suite: Suite) -> None:
    """The quota is taken in the transaction that uses it."""
    owner, business = seller(suite)
    _post(suite, owner, business)
    body = {**content(category="no-such"), "business_id": str(business)}
    assert suite.call("POST /api/v1/listings", owner, body=body, now=NOON).status == 422
    assert suite.value("SELECT max(used) FROM platform.quota_window") == 1


def test_p2_p10_a_replay_costs_nothing(suite: Suite) -> None:
    owner, business = seller(suite)
    body = {**content(), "business_id": str(business)}
    for _ in range(3):
        made = suite.call("POST /api/v1/listings", owner, body=body, key="same", now=NOON)
        assert made.status == 201
    assert suite.value("SELECT max(used) FROM platform.quota_window") == 1


def test_a_plan_allows_more_at_once(suite: Suite) -> None:
    """Whoever used up the free plan and pays goes on, and what he used is not forgotten."""
    owner, business = seller(suite)
    _post(suite, owner, business)
    _used(suite, business, day=FREE.day)
    assert _post(suite, owner, business).status == 429
    suite.rows("UPDATE users.business SET plan = 'premium'")
    answer = _post(suite, owner, business)
    assert answer.status == 201
    left = quotas.LISTINGS.plans["premium"].day - FREE.day - 1
    assert answer.headers["RateLimit"].startswith(f'"listings-day";r={left};')


def test_a_quota_of_nothing_is_refused_from_the_first(suite: Suite, taking: Any) -> None:
    assert taking(uuid4(), NOON, day=0)[0] is False
    assert taking(uuid4(), NOON, month=0)[0] is False
    assert suite.value("SELECT count(*) FROM platform.quota_window") == 0


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Africa/Dakar", datetime(2026, 4, 1, tzinfo=UTC)),
        ("Africa/Lagos", datetime(2026, 3, 31, 23, tzinfo=UTC)),
        ("Africa/Johannesburg", datetime(2026, 3, 31, 22, tzinfo=UTC)),
        ("Africa/Nairobi", datetime(2026, 3, 31, 21, tzinfo=UTC)),
        ("Africa/Cairo", datetime(2026, 3, 31, 22, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 4, 1, 4, tzinfo=UTC)),
    ],
)
def test_p10_a_window_turns_at_midnight_of_the_business(
    suite: Suite, taking: Any, zone: str, midnight: datetime
) -> None:
    """To the millisecond, day and month both."""
    subject, moment = uuid4(), timedelta(milliseconds=1)
    before = taking(subject, midnight - moment, zone, 1, 1)
    assert before == [True, 1, 1, midnight, midnight]
    assert taking(subject, midnight - moment, zone, 1, 1)[0] is False
    assert taking(subject, midnight, zone, 1, 1)[0] is True


@pytest.mark.parametrize(
    ("noon", "hours"),
    [
        (datetime(2026, 3, 8, 16, tzinfo=UTC), 23),  # summer time begins in New York
        (datetime(2026, 11, 1, 17, tzinfo=UTC), 25),  # and ends
        (datetime(2026, 6, 1, 16, tzinfo=UTC), 24),
    ],
)
def test_p10_a_day_is_as_long_as_the_calendar_says(
    suite: Suite, taking: Any, noon: datetime, hours: int
) -> None:
    """Twenty-three hours, twenty-five, and twenty-four."""
    subject = uuid4()
    ends_at = taking(subject, noon, "America/New_York")[3]
    begins = ends_at - timedelta(hours=hours)
    assert taking(subject, begins, "America/New_York")[1] == 2
    assert taking(subject, begins - timedelta(milliseconds=1), "America/New_York")[1] == 1


def test_p10_moving_to_another_zone_gains_nothing(suite: Suite, taking: Any) -> None:
    """The zone of the month's first call counts until the month ends."""
    subject = uuid4()
    late = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # half past eleven in the evening in Lagos
    assert taking(subject, late, "Africa/Lagos", 1, 50)[0] is True
    for zone in ("Africa/Nairobi", "Pacific/Auckland", "Pacific/Honolulu"):
        assert taking(subject, late, zone, 1, 50)[0] is False
    december = datetime(2026, 12, 1, 1, tzinfo=UTC)
    assert taking(subject, december, "Africa/Nairobi")[3].hour == 21


def test_going_west_at_the_end_of_a_month_counts_on(suite: Suite, taking: Any) -> None:
    """It is the old month there for a while, and that month has been used."""
    subject = uuid4()
    assert taking(subject, datetime(2026, 11, 30, 20, tzinfo=UTC), "Africa/Nairobi", 9, 1)[0]
    evening = datetime(2026, 11, 30, 22, tzinfo=UTC)  # December in Nairobi, November in Dakar
    assert taking(subject, evening, "Africa/Dakar", 9, 1)[0] is False
