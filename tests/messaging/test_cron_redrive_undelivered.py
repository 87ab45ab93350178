import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.messaging._rules.delivering import AGAIN, DEADLINE, MOST_TRIES
from shared.manifest.discovery import entries
from tests.factories.messaging import Talk, said, talk
from tests.factories.pushes import install
from tests.suite import Suite

JOB = "cron_redrive_undelivered"


@pytest.fixture
def made(suite: Suite) -> Talk:
    """Return a conversation with a business that has the app on one phone."""
    found = talk(suite)
    install(suite, found.owner, "phone-of-the-owner")
    return found


def queued(suite: Suite, made: Talk, number: int = 1) -> None:
    for _ in range(number):
        said(suite, made.customer, made.id)
    for event in suite.events("MessageSent")[-number:]:
        handler = entries()["on_message_sent_queue_deliveries"]
        assert suite.push(handler, json.dumps(event)).status == 204


def received(suite: Suite, made: Talk, seq: int) -> None:
    path = f"POST {made.path}/receipts"
    assert suite.call(path, made.owner, body={"delivered_seq": seq}).status == 201


def told(suite: Suite) -> list[dict[str, Any]]:
    return [each["data"] for each in suite.events("MessagesWaiting")]


def tasks(suite: Suite) -> int:
    counted: int = suite.value(
        "SELECT count(*) FROM platform.outbox WHERE type = 'task_deliver_message'"
    )
    return counted


def later(by: timedelta) -> datetime:
    return datetime.now(UTC) + by


def test_who_has_not_got_it_by_the_deadline_is_told_once(suite: Suite, made: Talk) -> None:
    """Of all that waits; not before, and not again for what follows while he has not looked."""
    queued(suite, made, 3)
    assert suite.tick(JOB, later(DEADLINE / 2)) == 0
    assert suite.tick(JOB, later(DEADLINE)) == 1
    queued(suite, made)
    suite.tick(JOB, later(DEADLINE * 2))
    assert told(suite) == [
        {
            "conversation_id": made.id,
            "user_id": str(made.owner.user_id),
            "from_id": str(made.customer.user_id),
            "since_seq": 0,
            "count": 3,
        }
    ]


def test_who_has_looked_is_told_of_what_comes_after(suite: Suite, made: Talk) -> None:
    queued(suite, made, 2)
    suite.tick(JOB, later(DEADLINE))
    received(suite, made, 2)
    queued(suite, made)
    suite.tick(JOB, later(DEADLINE * 2))
    assert [(each["since_seq"], each["count"]) for each in told(suite)] == [(0, 2), (2, 1)]


def test_who_has_it_is_told_nothing(suite: Suite, made: Talk) -> None:
    queued(suite, made)
    received(suite, made, 1)
    assert suite.tick(JOB, later(DEADLINE)) == 1
    assert told(suite) == []
    assert suite.tick(JOB, later(DEADLINE * 2)) == 0


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE users.account SET state = 'erasing'",
        "DELETE FROM users.membership",
    ],
)
def test_who_is_not_to_be_told_is_not(suite: Suite, made: Talk, meanwhile: str) -> None:
    queued(suite, made)
    suite.rows(meanwhile)
    assert suite.tick(JOB, later(DEADLINE)) == 1
    assert told(suite) == []


def test_what_could_not_be_pushed_is_tried_again_ever_later_and_then_has_failed(
    suite: Suite, made: Talk
) -> None:
    """Each time by a task of its own, whatever became of the one before."""
    queued(suite, made)
    at, tried = later(DEADLINE), 1
    for number in range(MOST_TRIES):
        assert suite.tick(JOB, at) == 1
        tried += 1
        assert tasks(suite) == tried
        assert suite.tick(JOB, at + AGAIN * 2**number - timedelta(minutes=1)) == 0
        at += AGAIN * 2**number
    assert suite.tick(JOB, at) == 1
    assert suite.tick(JOB, at + timedelta(days=30)) == 0
    assert tasks(suite) == tried
    (message,) = suite.call(f"GET {made.path}/messages", made.customer).data
    assert message["state"] == "failed"
    assert len(told(suite)) == 1


def test_where_there_is_no_app_nothing_is_pushed_anew(suite: Suite) -> None:
    made = talk(suite)
    queued(suite, made)
    assert suite.tick(JOB, later(DEADLINE)) == 1
    assert (len(told(suite)), tasks(suite)) == (1, 1)
    assert suite.tick(JOB, later(timedelta(days=1))) == 0


def test_another_message_begins_anew_what_had_failed(suite: Suite, made: Talk) -> None:
    queued(suite, made)
    suite.rows("UPDATE messaging.delivery SET tries = :most, due_at = NULL", most=MOST_TRIES)
    queued(suite, made)
    assert suite.tick(JOB, later(DEADLINE)) == 1
    assert tasks(suite) == 3
