from tests.factories.teams import asks, at, does, says, state, team, whose
from tests.suite import Suite

JOB = "cron_requeue_conversations"


def test_what_one_had_who_vanished_waits_since_when_it_waited(suite: Suite) -> None:
    """For whom there is room for it, before all that came later; within its minute nothing goes."""
    made = team(suite)
    one, other = made.agents
    says(suite, made, one)
    his = asks(suite, made)
    assert suite.tick(JOB, at(50)) == 0
    assert whose(suite, his["id"]) == one.user_id
    says(suite, made, other, "away", after=50)
    assert suite.tick(JOB, at(70)) == 1
    shown = suite.call(f"GET /api/v1/conversations/{his['id']}", made.owner).data["support"]
    assert shown == his["support"] | {"state": "waiting", "agent": None}
    assert suite.tick(JOB, at(80)) == 0
    assert says(suite, made, one, after=90)["handling"] == 1


def test_who_says_he_goes_is_gone_a_minute_later(suite: Suite) -> None:
    made = team(suite)
    one, other = made.agents
    says(suite, made, one)
    his = asks(suite, made)["id"]
    says(suite, made, one, "offline")
    says(suite, made, other, after=30)
    assert whose(suite, his) == one.user_id
    says(suite, made, other, after=58)
    assert suite.tick(JOB, at(61)) == 2
    assert whose(suite, his) == other.user_id


def test_what_he_had_resolved_stays_resolved(suite: Suite) -> None:
    made = team(suite, agents=1)
    says(suite, made, made.agents[0])
    his = asks(suite, made)["id"]
    assert does(suite, made.agents[0], "resolve", his).status == 200
    assert suite.tick(JOB, at(70)) == 0
    assert state(suite, his) == "resolved"


def test_more_teams_than_a_batch_are_all_seen_to(suite: Suite) -> None:
    suite.rows(
        "INSERT INTO messaging.agent (business_id, user_id, state, here_until) "
        "SELECT gen_random_uuid(), gen_random_uuid(), 'online', clock_timestamp() "
        "FROM generate_series(1, 45)"
    )
    suite.tick(JOB, at(1))
    left = "SELECT count(*) FROM messaging.agent WHERE here_until <= clock_timestamp()"
    assert suite.value(left) == 0
