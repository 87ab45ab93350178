"""Numbers of a business, and what they are."""

from datetime import UTC, datetime, timedelta

from functions.bizconnect._rules.figures import MEASURED
from tests.factories import connections
from tests.suite import Suite

READ = "GET /api/v1/connections/metrics"
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_what_was_asked_accepted_and_is_left(suite: Suite) -> None:
    """A decline counts as no answer."""
    ada, kano = connections.firm(suite)
    others = [connections.firm(suite, f"Mill {number}") for number in range(3)]
    made = [connections.asked(suite, ada, kano, other, now=AT) for _, other in others]
    connections.stepped(suite, others[0][0], made[0], "accept", AT)
    connections.stepped(suite, others[1][0], made[1], "decline", AT)
    told = suite.call(READ, ada, now=AT).data
    (found,) = told["businesses"]
    assert set(told["definitions"]) == {*found} - {"business_id", "name"}
    assert found == {
        "business_id": str(kano),
        "name": "Kano Sesame",
        "sent": 3,
        "accepted": 1,
        "acceptance_rate": 0.3333,
        "received": 0,
        "answered": 0,
        "median_response_seconds": None,
        "quota": {
            "plan": "free",
            "zone": "Africa/Lagos",
            "day": {
                "limit": 20,
                "used": 3,
                "left": 17,
                "resets_at": "2026-11-22T23:00:00Z",
                "resets_at_local": "2026-11-23T00:00+01:00",
            },
            "month": {
                "limit": 200,
                "used": 3,
                "left": 197,
                "resets_at": "2026-11-30T23:00:00Z",
                "resets_at_local": "2026-12-01T00:00+01:00",
            },
        },
    }
    (later,) = suite.call(READ, ada, now=AT + MEASURED).data["businesses"]
    assert (later["sent"], later["acceptance_rate"]) == (0, None)
    assert later["quota"]["day"]["used"] == later["quota"]["month"]["used"] == 0


def test_the_median_of_five_answers_is_told_and_of_four_is_not(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    for number, hours in enumerate((1, 30, 2, 3, 5)):
        who, mine = connections.firm(suite, f"Mill {number}")
        made = connections.asked(suite, who, mine, kano, now=AT)
        (before,) = suite.call(READ, ada, now=AT).data["businesses"]
        assert before["median_response_seconds"] is None
        action = "accept" if number % 2 else "decline"
        connections.stepped(suite, ada, made, action, AT + timedelta(hours=hours))
    (found,) = suite.call(READ, ada, now=AT).data["businesses"]
    assert (found["received"], found["answered"]) == (5, 5)
    assert found["median_response_seconds"] == 3 * 3600


def test_the_zone_is_that_of_the_window_until_the_month_ends(suite: Suite) -> None:
    """What is told is what the next request will be counted by."""
    ada, kano = connections.firm(suite)
    _, lagos = connections.firm(suite, "Lagos Mills")
    connections.asked(suite, ada, kano, lagos, now=AT)
    suite.rows("UPDATE users.business SET zone = 'Indian/Mauritius' WHERE id = :id", id=kano)
    (now,) = suite.call(READ, ada, now=AT).data["businesses"]
    assert (now["quota"]["zone"], now["quota"]["day"]["used"]) == ("Africa/Lagos", 1)
    (later,) = suite.call(READ, ada, now=AT + timedelta(days=10)).data["businesses"]
    assert (later["quota"]["zone"], later["quota"]["day"]["used"]) == ("Indian/Mauritius", 0)


def test_reading_takes_nothing_and_a_better_plan_shows_at_once(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    suite.call(READ, ada, now=AT)
    assert suite.value("SELECT count(*) FROM platform.quota_window") == 0
    suite.rows("UPDATE users.business SET plan = 'premium' WHERE id = :id", id=kano)
    (found,) = suite.call(READ, ada, now=AT).data["businesses"]
    assert found["quota"]["day"] | {"resets_at": "", "resets_at_local": ""} == {
        "limit": 200,
        "used": 0,
        "left": 200,
        "resets_at": "",
        "resets_at_local": "",
    }
