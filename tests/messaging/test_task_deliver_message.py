import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from functions.messaging._rules.delivering import ATTEMPTS, LATEST, QUEUE, SOON
from local.postgres import Server
from local.rest import RefusedError
from shared.http import Response
from shared.manifest.discovery import entries
from tests.factories import users
from tests.factories.messaging import Talk, said, talk
from tests.factories.pushes import FIELD, Messaging, install, serving
from tests.suite import Suite

TASK = "task_deliver_message"


@pytest.fixture
def messaging(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Messaging]:
    with serving(server, monkeypatch) as made:
        yield made


@pytest.fixture
def made(suite: Suite) -> Talk:
    """Return a conversation whose opening nobody waits for any more."""
    found = talk(suite)
    install(suite, found.owner, "phone-of-the-owner")
    suite.deliver()
    return found


def waiting(suite: Suite) -> list[list[Any]]:
    """Return id, body and due time of the tasks that are not done, the oldest first."""
    return suite.rows(
        "SELECT id, body, due_at FROM platform.outbox AS o WHERE type = :task "
        "AND NOT EXISTS (SELECT FROM platform.inbox AS i WHERE i.event_id = o.id) ORDER BY seq",
        task=TASK,
    )


def queued(suite: Suite, made: Talk, number: int = 1) -> None:
    """Have the customer say something, and have it owed to whom it is for."""
    for _ in range(number):
        said(suite, made.customer, made.id)
    for event in suite.events("MessageSent")[-number:]:
        handler = entries()["on_message_sent_queue_deliveries"]
        assert suite.push(handler, json.dumps(event)).status == 204


def attempt(suite: Suite, retries: int = 0, which: int = 0) -> Response:
    task, body, _ = waiting(suite)[which]
    return suite.carry(entries()[TASK], task, body, retries=retries)


def state(suite: Suite, made: Talk) -> str:
    """Return what has become of the first message, as its sender sees it."""
    found = suite.call(f"GET {made.path}/messages", made.customer, query={"after": 0}).data
    word: str = found[0]["state"]
    return word


def test_each_install_shows_who_has_written_and_not_what(
    suite: Suite, messaging: Messaging, made: Talk
) -> None:
    """In his language; the sender's own phone stays silent."""
    install(suite, made.owner, "tablet-of-the-owner")
    install(suite, made.customer, "phone-of-the-customer")
    suite.rows("UPDATE users.account SET language = 'fr' WHERE id = :id", id=made.owner.user_id)
    queued(suite, made)
    assert attempt(suite).status == 204
    assert sorted(messaging.asked) == ["phone-of-the-owner", "tablet-of-the-owner"]
    (shown,) = messaging.on("phone-of-the-owner")
    assert shown["notification"]["body"] == "Nouveau message"
    assert shown["notification"]["title"].startswith("Amina")
    assert shown["android"]["priority"] == "high"
    assert shown["data"] == {"type": "message", "conversation_id": made.id, "seq": "1"}
    assert "for sale" not in json.dumps(messaging.shown(), default=str)


def test_the_state_of_a_message_goes_forward_only(
    suite: Suite, messaging: Messaging, made: Talk
) -> None:
    states = []
    said(suite, made.customer, made.id)
    states.append(state(suite, made))
    handler = entries()["on_message_sent_queue_deliveries"]
    event = json.dumps(suite.events("MessageSent")[0])
    assert suite.push(handler, event).status == 204
    states.append(state(suite, made))
    assert attempt(suite).status == 204
    states.append(state(suite, made))
    for receipt in ({"delivered_seq": 1}, {"read_seq": 1}, {"delivered_seq": 1}):
        assert suite.call(f"POST {made.path}/receipts", made.owner, body=receipt).status == 201
        states.append(state(suite, made))
    assert suite.push(handler, event, attempt=2).status == 204
    states.append(state(suite, made))
    assert states == ["accepted", "queued", "sent", "delivered", "read", "read", "read"]


def test_what_waits_together_is_pushed_as_one(
    suite: Suite, messaging: Messaging, made: Talk
) -> None:
    """Whichever task comes first speaks for all; whoever has them already is left alone."""
    queued(suite, made, 3)
    assert len(waiting(suite)) == 3
    for _ in range(3):
        assert attempt(suite, which=-1).status == 204
    assert messaging.asked == ["phone-of-the-owner"]
    assert messaging.on("phone-of-the-owner")[0]["data"]["seq"] == "3"
    said(suite, made.customer, made.id)
    assert suite.call(f"POST {made.path}/receipts", made.owner, body={"read_seq": 4}).status == 201
    suite.deliver()
    assert len(messaging.asked) == 1


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE users.account SET data_saver = true",
        "UPDATE users.account SET state = 'erasing'",
        "DELETE FROM users.membership",
        "DELETE FROM users.device",
        "DELETE FROM messaging.delivery",
    ],
)
def test_who_is_not_to_be_told_is_not(
    suite: Suite, messaging: Messaging, made: Talk, meanwhile: str
) -> None:
    """Who saves data, is leaving, has left the business, or signed out."""
    queued(suite, made)
    suite.rows(meanwhile)
    assert attempt(suite).status == 204
    assert messaging.asked == []


@pytest.mark.parametrize(("asked", "wait"), [(90, 90), (None, SOON), (10**9, LATEST)])
def test_what_is_refused_for_now_fails_and_says_for_how_long(
    suite: Suite, messaging: Messaging, made: Talk, asked: int | None, wait: int
) -> None:
    """At least as long as Cloud Messaging says, and not everybody at the same moment."""
    messaging.tell("phone-of-the-owner", "QUOTA_EXCEEDED", retry_after=asked, times=1)
    queued(suite, made)
    refused = attempt(suite)
    assert refused.status == 503
    assert wait <= int(refused.headers["Retry-After"]) <= wait * 1.25
    assert state(suite, made) == "queued"
    assert attempt(suite, retries=1).status == 204
    assert state(suite, made) == "sent"


def test_only_the_install_that_must_wait_has_another_task(
    suite: Suite, messaging: Messaging, made: Talk
) -> None:
    install(suite, made.owner, "tablet-of-the-owner")
    messaging.tell("tablet-of-the-owner", "UNAVAILABLE", retry_after=90, times=1)
    queued(suite, made)
    before = datetime.now(UTC)
    assert attempt(suite).status == 204
    assert state(suite, made) == "sent"
    ((_, _, due_at),) = waiting(suite)
    assert due_at - before >= timedelta(seconds=90)
    assert attempt(suite).status == 204
    assert messaging.asked.count("phone-of-the-owner") == 1
    assert messaging.asked.count("tablet-of-the-owner") == 2
    assert waiting(suite) == []


def test_an_install_that_is_gone_is_announced(
    suite: Suite, messaging: Messaging, made: Talk
) -> None:
    """And forgotten, without its token being told to anybody."""
    gone = install(suite, made.owner, "phone-that-was-sold")
    messaging.tell("phone-that-was-sold", "UNREGISTERED")
    queued(suite, made)
    assert attempt(suite).status == 204
    (event,) = suite.events("InstallLost")
    assert event["data"]["install_id"] == str(gone)
    assert "phone-that-was-sold" not in json.dumps(event)
    suite.deliver()
    assert suite.value("SELECT count(*) FROM users.device") == 1


def test_what_is_wrong_has_failed_and_may_still_arrive(
    suite: Suite, messaging: Messaging, made: Talk
) -> None:
    """It is not sent again; what the recipient fetches by himself is delivered."""
    messaging.refusal = RefusedError(400, "No duration.", details=FIELD)
    queued(suite, made)
    assert attempt(suite).status == 204
    assert state(suite, made) == "failed"
    assert suite.call(f"POST {made.path}/receipts", made.owner, body={"read_seq": 1}).status == 201
    assert state(suite, made) == "read"
    assert len(messaging.asked) == 1


def test_after_the_last_attempt_it_is_kept_for_an_operator(
    suite: Suite, messaging: Messaging, made: Talk
) -> None:
    messaging.tell("phone-of-the-owner", "INTERNAL")
    queued(suite, made)
    assert attempt(suite, retries=ATTEMPTS - 2).status == 503
    assert attempt(suite, retries=ATTEMPTS - 1).status == 204
    kept = suite.rows("SELECT queue, function, attempts FROM platform.failed_task")
    assert kept == [[QUEUE, TASK, ATTEMPTS]]


def test_everybody_in_a_business_is_told_but_who_wrote(
    suite: Suite, messaging: Messaging, made: Talk
) -> None:
    agent = users.member(suite, made.owner, str(made.business_id))
    install(suite, agent, "phone-of-the-agent")
    queued(suite, made)
    for _ in range(2):
        assert attempt(suite).status == 204
    assert sorted(messaging.asked) == ["phone-of-the-agent", "phone-of-the-owner"]


def test_without_a_provider_nothing_is_sent_or_noted(suite: Suite) -> None:
    made = talk(suite)
    install(suite, made.owner, "phone-of-the-owner")
    queued(suite, made)
    assert attempt(suite).status == 204
    assert state(suite, made) == "queued"


def test_p19_what_was_owed_to_somebody_is_forgotten_with_him(
    suite: Suite, messaging: Messaging, made: Talk
) -> None:
    queued(suite, made)
    owed = suite.rows("SELECT user_id FROM messaging.delivery")
    assert owed == [[made.owner.user_id]]
    assert isinstance(owed[0][0], UUID)
