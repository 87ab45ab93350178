import pytest

from tests.factories import users
from tests.factories.messaging import said
from tests.factories.teams import Team, asks, does, says, state, team, whose
from tests.suite import Person, Suite


def _resolved(suite: Suite) -> tuple[Team, Person, str]:
    """Return a team of two with one place each, whose first agent has resolved something."""
    made = team(suite, capacity=1)
    customer = users.person(suite)
    says(suite, made, made.agents[0])
    asked = asks(suite, made, customer)["id"]
    assert does(suite, made.agents[0], "resolve", asked).status == 200
    return made, customer, asked


def _reopen(suite: Suite, how: str, made: Team, customer: Person, asked: str) -> None:
    if how == "by a member":
        assert does(suite, made.agents[1], "reopen", asked).status == 200
    elif how == "by writing":
        said(suite, customer, asked)
    else:
        assert asks(suite, made, customer)["id"] == asked


@pytest.mark.parametrize("how", ["by a member", "by writing", "by asking again"])
def test_who_had_it_gets_it_though_it_is_anothers_turn(suite: Suite, how: str) -> None:
    made, customer, asked = _resolved(suite)
    says(suite, made, made.agents[1])
    _reopen(suite, how, made, customer, asked)
    assert whose(suite, asked) == made.agents[0].user_id
    reopened = suite.events("ConversationQueued")[-1]["data"]
    assert (reopened["cause"], reopened["conversation_id"]) == ("reopened", asked)


@pytest.mark.parametrize("he", ["is busy", "is away", "is gone"])
def test_if_he_cannot_another_gets_it(suite: Suite, he: str) -> None:
    """An agent who is not there is given nothing, however well he knows it."""
    made, customer, asked = _resolved(suite)
    if he == "is busy":
        asks(suite, made)
    else:
        says(suite, made, made.agents[0], "away" if he == "is away" else "offline")
    _reopen(suite, "by writing", made, customer, asked)
    assert whose(suite, asked) is None
    says(suite, made, made.agents[1])
    assert whose(suite, asked) == made.agents[1].user_id


def test_what_was_not_resolved_stays_as_it_is(suite: Suite) -> None:
    made, customer, asked = _resolved(suite)
    _reopen(suite, "by writing", made, customer, asked)
    before = suite.rows("SELECT to_jsonb(c) FROM messaging.support_case AS c")
    for how in ("by a member", "by writing", "by asking again"):
        _reopen(suite, how, made, customer, asked)
    assert suite.rows("SELECT to_jsonb(c) FROM messaging.support_case AS c") == before


def test_what_an_agent_writes_does_not_reopen_it(suite: Suite) -> None:
    made, _, asked = _resolved(suite)
    said(suite, made.owner, asked)
    assert state(suite, asked) == "resolved"
