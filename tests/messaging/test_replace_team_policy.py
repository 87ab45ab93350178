from typing import Any

import pytest

from tests.factories.teams import asks, knows, ruled, says, team, whose
from tests.suite import Suite

MORNING = {"day": "monday", "opens": "08:00", "closes": "12:00"}


def _calendar(*hours: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"calendar": {"zone": "Africa/Lagos", "hours": list(hours or [MORNING]), **more}}


@pytest.mark.parametrize(
    "change",
    ["a larger capacity", "his own capacity", "a skill", "automatic again"],
)
def test_what_waits_goes_by_the_new_policy_at_once(suite: Suite, change: str) -> None:
    made = team(suite, capacity=1)
    one, other = made.agents
    given: dict[str, Any] = {"agents": [knows(other, "returns")], "capacity": 1}
    assert ruled(suite, made, automatic=change != "automatic again", **given).status == 200
    says(suite, made, one)
    asks(suite, made, skill="returns" if change == "a skill" else None)
    waits = asks(suite, made, skill="returns" if change == "a skill" else None)["id"]
    assert whose(suite, waits) is None
    changed: dict[str, Any] = {
        "a larger capacity": {**given, "capacity": 2},
        "his own capacity": {**given, "agents": [knows(one, capacity=2)]},
        "a skill": {"capacity": 5, "agents": [knows(one, "returns"), knows(other, "returns")]},
        "automatic again": {**given, "capacity": 2},
    }[change]
    assert ruled(suite, made, **changed).status == 200
    assert whose(suite, waits) == one.user_id


def test_less_capacity_takes_nothing_away(suite: Suite) -> None:
    made = team(suite, agents=1, capacity=2)
    says(suite, made, made.agents[0])
    his = [asks(suite, made)["id"] for _ in range(2)]
    assert ruled(suite, made, capacity=1).status == 200
    assert {whose(suite, each) for each in his} == {made.agents[0].user_id}
    assert whose(suite, asks(suite, made)["id"]) is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (_calendar(zone="Africa/Atlantis"), "calendar.zone"),
        (_calendar(zone="../../etc/passwd"), "calendar.zone"),
        (_calendar({**MORNING, "closes": "08:00"}), "calendar.hours"),
        (_calendar(MORNING, {**MORNING, "opens": "11:59", "closes": "13:00"}), "calendar.hours"),
        (
            _calendar(special=[{"first_day": "2027-02-08", "last_day": "2027-02-07", "hours": []}]),
            "calendar.special",
        ),
        (
            {"ladder": [{"tell": "lead", "after": 9}, {"tell": "manager", "after": 8}]},
            "ladder",
        ),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(
    suite: Suite, wrong: dict[str, Any], field: str
) -> None:
    made = team(suite, agents=0)
    assert ruled(suite, made, **wrong).codes == [("VALIDATION_ERROR", field)]


def test_an_agent_is_named_once(suite: Suite) -> None:
    made = team(suite, agents=1)
    twice = [knows(made.agents[0]), knows(made.agents[0])]
    assert ruled(suite, made, agents=twice).codes == [("VALIDATION_ERROR", "agents")]


def test_stretches_that_touch_are_fine(suite: Suite) -> None:
    made = team(suite, agents=0)
    noon = {"day": "monday", "opens": "12:00", "closes": "24:00"}
    assert ruled(suite, made, **_calendar(MORNING, noon)).status == 200


def test_who_did_not_see_the_last_change_changes_nothing(suite: Suite) -> None:
    made = team(suite, capacity=3)
    answer = ruled(suite, made, version=1, capacity=4)
    assert answer.codes == [("VERSION_CONFLICT", None)]
    path = f"GET /api/v1/teams/{made.business_id}/policy"
    assert suite.call(path, made.owner).data["capacity"] == 3


def test_an_agent_does_not_lead(suite: Suite) -> None:
    made = team(suite)
    path = f"PUT /api/v1/teams/{made.business_id}/policy"
    assert suite.call(path, made.agents[0], body={}, version=1).status == 403
