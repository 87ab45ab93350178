from typing import Any

from tests.factories.teams import knows, ruled, says, team
from tests.suite import Suite


def test_who_never_said_has_what_is_usual(suite: Suite) -> None:
    made = team(suite)
    path = f"GET /api/v1/teams/{made.business_id}/policy"
    before = suite.call(path, made.owner).data
    assert (before["automatic"], before["capacity"], before["version"]) == (True, 5, 1)
    says(suite, made, made.agents[0])
    assert suite.call(path, made.owner).data == before


def test_only_who_leads_the_business_reads_it(suite: Suite) -> None:
    made, other = team(suite), team(suite)
    path = f"GET /api/v1/teams/{made.business_id}/policy"
    assert suite.call(path, made.agents[0]).status == 403
    assert suite.call(path, other.owner).status == 404


def test_what_was_said_is_read(suite: Suite) -> None:
    made = team(suite)
    said: dict[str, Any] = {
        "automatic": False,
        "capacity": 3,
        "agents": [knows(made.agents[0], "returns", languages=["ha"], capacity=9, leads=True)],
        "calendar": {
            "zone": "Africa/Lagos",
            "hours": [
                {"day": "friday", "opens": "08:00", "closes": "12:30"},
                {"day": "friday", "opens": "14:30", "closes": "24:00"},
            ],
            "holidays": ["2026-12-25"],
            "special": [
                {
                    "first_day": "2027-02-08",
                    "last_day": "2027-03-09",
                    "hours": [{"day": "friday", "opens": "09:00", "closes": "12:00"}],
                }
            ],
        },
        "targets": {"first_response": 15, "next_response": None, "resolution": 480},
        "ladder": [{"tell": "lead", "after": 0}, {"tell": "manager", "after": 30}],
    }
    assert ruled(suite, made, **said).status == 200
    read = suite.call(f"GET /api/v1/teams/{made.business_id}/policy", made.owner).data
    assert read == {**said, "business_id": str(made.business_id), "version": 2}
