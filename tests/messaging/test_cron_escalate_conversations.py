from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.factories import users
from tests.factories.messaging import sending
from tests.factories.teams import Team, asks, at, does, knows, ruled, says, team
from tests.suite import Person, Suite

JOB = "cron_escalate_conversations"
MINUTE = 60


def _made(suite: Suite, **targets: int) -> tuple[Team, Person, str]:
    """Return a team with promises, a customer who has asked it, and the conversation."""
    made = team(suite)
    rules: dict[str, Any] = {"agents": [knows(made.agents[1], leads=True)], "targets": targets}
    assert ruled(suite, made, **rules).status == 200
    says(suite, made, made.agents[0])
    customer = users.person(suite)
    return made, customer, asks(suite, made, customer)["id"]


def _told(suite: Suite) -> list[tuple[str, str, int]]:
    """Return who was told of what, in order."""
    return [
        (each["data"]["level"], each["data"]["cause"], each["data"]["round"])
        for each in suite.events("ConversationEscalated")
    ]


def _missed(suite: Suite) -> list[tuple[str, int]]:
    return [
        (each["data"]["promise"], each["data"]["round"]) for each in suite.events("PromiseMissed")
    ]


def _write(suite: Suite, who: Person, conversation: str, minutes: float) -> None:
    suite.rows("DELETE FROM platform.rate_limit")
    assert sending(suite, who, conversation, now=at(minutes * MINUTE)).status == 201


def test_step_by_step_and_each_step_once(suite: Suite) -> None:
    made, _, _ = _made(suite, first_response=10)
    told = [
        (9.9, 0, []),
        (10.1, 1, ["agent"]),
        (10.2, 0, ["agent"]),
        (40.1, 1, ["agent", "lead"]),
        (70.1, 1, ["agent", "lead", "manager"]),
        (500, 0, ["agent", "lead", "manager"]),
    ]
    for minutes, done, levels in told:
        assert suite.tick(JOB, at(minutes * MINUTE)) == done
        assert [level for level, _, _ in _told(suite)] == levels
    assert _missed(suite) == [("first_response", 1)]
    people = [each["data"]["told"] for each in suite.events("ConversationEscalated")]
    assert people == [[str(made.agents[0].user_id)], [str(made.agents[1].user_id)], []]


def test_p11_a_run_that_comes_late_makes_up_for_those_before(suite: Suite) -> None:
    """Four at once tell each once."""
    _made(suite, first_response=10, resolution=20)
    now = at(200 * MINUTE)
    with ThreadPoolExecutor(4) as crew:
        list(crew.map(lambda n: suite.tick(JOB, now + timedelta(seconds=n)), range(4)))
    levels = ["agent", "lead", "manager"]
    told = [(level, cause, 1) for cause in ("first_response", "resolution") for level in levels]
    assert sorted(_told(suite)) == sorted(told)
    assert sorted(_missed(suite)) == [("first_response", 1), ("resolution", 1)]


def test_who_answered_last_owes_nothing(suite: Suite) -> None:
    """An answer is owed for the first of several messages, and each time anew."""
    made, customer, asked = _made(suite, first_response=10, next_response=5)
    _write(suite, customer, asked, 1)
    _write(suite, made.agents[0], asked, 9)
    assert suite.tick(JOB, at(100 * MINUTE)) == 0
    _write(suite, customer, asked, 100)
    _write(suite, customer, asked, 104)
    assert suite.tick(JOB, at(105.1 * MINUTE)) == 1
    _write(suite, made.agents[0], asked, 106)
    assert suite.tick(JOB, at(300 * MINUTE)) == 0
    _write(suite, customer, asked, 300)
    assert suite.tick(JOB, at(305.1 * MINUTE)) == 1
    assert _missed(suite) == [("next_response", 1), ("next_response", 2)]
    assert _told(suite) == [("agent", "next_response", 1), ("agent", "next_response", 2)]


def test_while_the_customer_has_to_answer_no_time_passes(suite: Suite) -> None:
    made, customer, asked = _made(suite, resolution=60)
    _write(suite, made.agents[0], asked, 20)
    _write(suite, customer, asked, 200)
    assert suite.tick(JOB, at(239.5 * MINUTE)) == 0
    assert suite.tick(JOB, at(240.5 * MINUTE)) == 1
    _write(suite, made.agents[0], asked, 250)
    assert suite.tick(JOB, at(900 * MINUTE)) == 0
    _write(suite, customer, asked, 900)
    assert suite.tick(JOB, at(919.5 * MINUTE)) == 0
    assert suite.tick(JOB, at(920.5 * MINUTE)) == 1
    assert [level for level, _, _ in _told(suite)] == ["agent", "lead"]
    assert _missed(suite) == [("resolution", 1)]


def test_what_is_resolved_is_not_late_and_starts_anew_when_it_is_opened_again(
    suite: Suite,
) -> None:
    made, customer, asked = _made(suite, first_response=10, next_response=5, resolution=60)
    assert does(suite, made.agents[0], "resolve", asked).status == 200
    assert suite.tick(JOB, at(500 * MINUTE)) == 0
    _write(suite, customer, asked, 500)
    assert suite.tick(JOB, at(505.1 * MINUTE)) == 1
    assert _missed(suite) == [("next_response", 1)]
    _write(suite, made.owner, asked, 506)
    assert suite.tick(JOB, at(2_000 * MINUTE)) == 0


def test_who_asks_at_night_is_told_when_the_answer_comes(suite: Suite) -> None:
    """In working time of the business, which opens the day after tomorrow for an hour."""
    zone = ZoneInfo("Africa/Lagos")
    day = (datetime.now(zone) + timedelta(days=2)).date()
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    opens = {"day": names[day.weekday()], "opens": "09:00", "closes": "10:00"}
    made = team(suite)
    calendar = {"zone": "Africa/Lagos", "hours": [opens]}
    assert ruled(suite, made, calendar=calendar, targets={"first_response": 15}).status == 200
    shown = asks(suite, made)["support"]["answer_by"]
    answer_by = datetime.combine(day, time(9, 15), zone)
    assert datetime.fromisoformat(shown) == answer_by
    assert suite.tick(JOB, answer_by.astimezone(UTC) - timedelta(seconds=1)) == 0
    assert suite.tick(JOB, answer_by.astimezone(UTC)) == 1


@pytest.mark.parametrize("targets", [{}, {"next_response": 5}])
def test_who_promises_nothing_is_never_late(suite: Suite, targets: dict[str, int]) -> None:
    made, customer, asked = _made(suite, **targets)
    assert suite.tick(JOB, at(1_000 * MINUTE)) == 0
    if not targets:
        _write(suite, customer, asked, 1)
        _write(suite, made.agents[0], asked, 2)
        assert suite.tick(JOB, at(1_000 * MINUTE)) == 0
