"""What was said by somebody who is forgotten."""

from datetime import UTC, datetime

import pytest

from functions.messaging import on_user_erased_erase_messages as handler
from schemas.events.users import UserErased
from shared.grace import GRACE
from tests.factories import teams, users
from tests.factories.events import hand
from tests.factories.messaging import heard, opened, said, talk
from tests.suite import Person, Suite


def test_p19_his_own_are_empty_and_theirs_stay_whole(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers stay, in however many batches; whoever holds copies is told once a place."""
    made, other = talk(suite), talk(suite)
    second = opened(suite, made.customer, other.business_id)["id"]
    for who, where in (
        (made.customer, made.id),
        (made.owner, made.id),
        (made.customer, made.id),
        (made.customer, second),
        (other.owner, second),
    ):
        said(suite, who, where, "It is mine")
    _change_all(suite, made.customer)
    assert made.customer.user_id is not None
    event = UserErased(user_id=made.customer.user_id)
    for size in (1, 500):
        monkeypatch.setattr(handler, "BATCH_SIZE", size)
        suite.rows("DELETE FROM platform.outbox")
        hand(suite, "on_user_erased_erase_messages", event)
        told = [each["data"] for each in suite.events("MessagesErased")]
        assert [each["conversation_id"] for each in told] == sorted([made.id, second])
    read = heard(suite, made.owner, made.id)
    assert [(each["seq"], each["text"]) for each in read] == [
        (1, None),
        (2, "It is mine"),
        (3, None),
    ]
    assert [each["text"] for each in heard(suite, other.owner, second)] == [None, "It is mine"]
    left = suite.rows("SELECT nonce, ciphertext, digest FROM messaging.message WHERE seq = 1")
    assert left == [[None, None, None]] * 2
    assert suite.value("SELECT count(*) FROM messaging.message_revision") == 0
    pointers = suite.rows("SELECT user_id FROM messaging.pointer")
    assert [event.user_id] not in pointers


def _change_all(suite: Suite, who: Person) -> None:
    """Have somebody correct all that he said."""
    for (message,) in suite.rows(
        "SELECT id FROM messaging.message WHERE sender_id = :id", id=who.user_id
    ):
        path = f"PATCH /api/v1/messages/{message}"
        assert suite.call(path, who, body={"text": "It is hers"}, version=1).status == 200


def test_p19_an_account_that_ends_takes_its_words_with_it(suite: Suite) -> None:
    """From the request to the tombstone, as in life."""
    made = talk(suite)
    said(suite, made.customer, made.id)
    users.leaving(suite, made.customer)
    suite.tick("cron_erase_accounts", datetime.now(UTC) + GRACE)
    suite.deliver()
    (one,) = heard(suite, made.owner, made.id)
    assert one["text"] is None
    assert suite.call(f"GET {made.path}", made.owner).data["other"]["name"] is None


def test_what_an_agent_had_who_is_forgotten_waits_for_others(suite: Suite) -> None:
    """And nothing says any more that he was one."""
    made = teams.team(suite, capacity=1)
    one, other = made.agents
    teams.says(suite, made, one)
    his, waits = (teams.asks(suite, made)["id"] for _ in range(2))
    teams.says(suite, made, other, "away")
    assert one.user_id is not None
    event = UserErased(user_id=one.user_id)
    hand(suite, "on_user_erased_erase_messages", event)
    assert [teams.state(suite, each) for each in (his, waits)] == ["waiting"] * 2
    assert suite.rows("SELECT user_id FROM messaging.agent") == [[other.user_id]]
    hand(suite, "on_user_erased_erase_messages", event)
    teams.says(suite, made, other)
    assert teams.whose(suite, his) == other.user_id


def test_who_is_forgotten_waits_no_more(suite: Suite) -> None:
    """Who had to do with him has room for others."""
    made = teams.team(suite, agents=1, capacity=1)
    ada = users.person(suite)
    teams.says(suite, made, made.agents[0])
    hers, waits = teams.asks(suite, made, ada)["id"], teams.asks(suite, made)["id"]
    assert ada.user_id is not None
    hand(suite, "on_user_erased_erase_messages", UserErased(user_id=ada.user_id))
    assert teams.state(suite, hers) == "resolved"
    assert teams.whose(suite, waits) == made.agents[0].user_id
