import json
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from functions.notifications._rules import PUSHES
from functions.notifications.task_send_push import ATTEMPTS, LATEST, SOON
from local.postgres import Server
from local.rest import RefusedError
from shared.cloud import firebase, push
from shared.cloud.breaker import FAILURES
from shared.cloud.push import MOST
from shared.http import Response
from shared.manifest.discovery import entries
from shared.settings import settings
from tests.factories import listings, users
from tests.factories.events import hand
from tests.factories.notifications import published
from tests.factories.pushes import FIELD, Messaging, install, serving
from tests.suite import Person, Suite

TELL = "on_listing_published_notify_owner"


@pytest.fixture
def messaging(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Messaging]:
    with serving(server, monkeypatch) as made:
        yield made


@pytest.fixture
def owner(suite: Suite) -> tuple[Person, UUID]:
    """Return somebody who is told what happens, and the business of which."""
    return listings.seller(suite)


def waiting(suite: Suite) -> list[list[Any]]:
    """Return id, body and due time of the tasks that are not done, the oldest first."""
    return suite.rows(
        "SELECT id, body, due_at FROM platform.outbox AS o WHERE type = 'task_send_push' "
        "AND NOT EXISTS (SELECT FROM platform.inbox AS i WHERE i.event_id = o.id) ORDER BY seq"
    )


def attempt(suite: Suite, retries: int = 0) -> Response:
    """Bring the only task to its function, once."""
    ((task, body, _),) = waiting(suite)
    return suite.carry(entries()["task_send_push"], task, body, retries=retries)


def noted(suite: Suite) -> list[str]:
    return sorted(found for (found,) in suite.rows("SELECT outcome FROM notifications.push"))


def test_who_is_told_sees_it_on_each_of_his_installs(
    suite: Suite, messaging: Messaging, owner: tuple[Person, UUID]
) -> None:
    """In his language, with ids and no more; nobody else sees anything."""
    seller, business = owner
    manager = users.member(suite, seller, str(business), role="manager", language="fr")
    install(suite, seller, "phone-of-the-seller")
    install(suite, seller, "tablet-of-the-seller")
    install(suite, manager, "phone-of-the-manager")
    install(suite, users.member(suite, seller, str(business)), "phone-of-an-agent")
    event = published(business)
    hand(suite, TELL, event)
    assert len(waiting(suite)) == 2
    suite.deliver(times=2)
    assert sorted(messaging.asked) == [
        "phone-of-the-manager",
        "phone-of-the-seller",
        "tablet-of-the-seller",
    ]
    assert noted(suite) == ["sent"] * 3
    (told,) = suite.call("GET /api/v1/notifications", manager).data
    (shown,) = messaging.on("phone-of-the-manager")
    assert told["language"] == "fr"
    assert shown["notification"] == {"title": told["title"], "body": told["body"]}
    assert shown["android"]["notification"] == {
        "tag": UUID(told["id"]).hex,
        "visibility": "PRIVATE",
    }
    assert shown["data"] == {
        "type": "listing_published",
        "notification_id": told["id"],
        "subject_id": str(event.listing_id),
    }


def test_a_fact_is_shown_once_however_often_it_is_delivered(
    suite: Suite, messaging: Messaging, owner: tuple[Person, UUID]
) -> None:
    seller, business = owner
    install(suite, seller, "phone-of-the-seller")
    event = published(business)
    hand(suite, TELL, event, times=3)
    hand(suite, TELL, event)  # announced anew, under another id
    assert len(waiting(suite)) == 1
    suite.deliver()
    hand(suite, TELL, event)
    suite.deliver()
    assert messaging.asked == ["phone-of-the-seller"]


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE users.account SET data_saver = true",
        "UPDATE users.account SET state = 'erasing'",
        "UPDATE users.account SET state = 'erased'",
        "UPDATE notifications.notification SET read_at = clock_timestamp()",
        "DELETE FROM notifications.notification",
        "DELETE FROM users.device",
    ],
)
def test_what_is_no_news_is_not_sent(
    suite: Suite, messaging: Messaging, owner: tuple[Person, UUID], meanwhile: str
) -> None:
    """To who saves data, is leaving or has read it already, or where he signed out."""
    seller, business = owner
    install(suite, seller, "phone-of-the-seller")
    hand(suite, TELL, published(business))
    suite.rows(meanwhile)
    assert attempt(suite).status == 204
    assert messaging.asked == []
    assert noted(suite) == []


def test_who_signs_in_on_a_phone_sees_nothing_of_who_had_it(
    suite: Suite, messaging: Messaging, owner: tuple[Person, UUID]
) -> None:
    """Not even what was on its way; what is the next one's he sees."""
    seller, business = owner
    ada, shop = listings.seller(suite)
    phone = install(suite, seller, "the-only-phone")
    hand(suite, TELL, published(business))
    install(suite, ada, "the-only-phone", phone)
    suite.deliver()
    assert messaging.asked == []
    hand(suite, TELL, published(business))
    hand(suite, TELL, published(shop))
    suite.deliver()
    (told,) = suite.call("GET /api/v1/notifications", ada).data
    (shown,) = messaging.on("the-only-phone")
    assert shown["data"]["notification_id"] == told["id"]


def test_what_is_gone_is_asked_for_once_and_forgotten(
    suite: Suite, messaging: Messaging, owner: tuple[Person, UUID]
) -> None:
    """The other install has it; what is announced does not hold the token."""
    seller, business = owner
    gone = install(suite, seller, "phone-that-was-sold")
    kept = install(suite, seller, "phone-of-the-seller")
    messaging.tell("phone-that-was-sold", "UNREGISTERED")
    hand(suite, TELL, published(business))
    suite.deliver(times=2)
    assert noted(suite) == ["gone", "sent"]
    (event,) = suite.events("InstallLost")
    assert event["data"].keys() == {"user_id", "install_id", "fingerprint"}
    assert event["data"]["install_id"] == str(gone)
    assert "phone-that-was-sold" not in json.dumps(event)
    assert suite.rows("SELECT install_id FROM users.device") == [[kept]]
    hand(suite, TELL, published(business))
    suite.deliver()
    assert messaging.asked.count("phone-that-was-sold") == 1
    assert messaging.asked.count("phone-of-the-seller") == 2


def test_what_is_wrong_is_asked_once_and_no_phone_is_forgotten(
    suite: Suite, messaging: Messaging, owner: tuple[Person, UUID]
) -> None:
    seller, business = owner
    install(suite, seller, "phone-of-the-seller")
    messaging.refusal = RefusedError(400, "No duration.", details=FIELD)
    hand(suite, TELL, published(business))
    suite.deliver(times=2)
    assert noted(suite) == ["refused"]
    assert len(messaging.asked) == 1
    assert suite.value("SELECT count(*) FROM users.device") == 1


@pytest.mark.parametrize(("said", "wait"), [(90, 90), (None, SOON), (10**9, LATEST)])
def test_what_is_refused_for_now_fails_and_says_for_how_long(
    suite: Suite, messaging: Messaging, owner: tuple[Person, UUID], said: int | None, wait: int
) -> None:
    """The queue waits for that; nothing is noted that would keep it from being sent then."""
    seller, business = owner
    install(suite, seller, "phone-of-the-seller")
    messaging.tell("phone-of-the-seller", "QUOTA_EXCEEDED", retry_after=said, times=1)
    hand(suite, TELL, published(business))
    refused = attempt(suite)
    assert (refused.status, refused.headers["Retry-After"]) == (503, str(wait))
    assert noted(suite) == []
    assert attempt(suite, retries=1).status == 204
    assert messaging.asked == ["phone-of-the-seller"] * 2
    assert waiting(suite) == []


def test_who_has_it_is_not_sent_it_again_when_another_must_wait(
    suite: Suite, messaging: Messaging, owner: tuple[Person, UUID]
) -> None:
    """For the other there is a task of its own, due when Cloud Messaging said."""
    seller, business = owner
    install(suite, seller, "phone-of-the-seller")
    install(suite, seller, "tablet-of-the-seller")
    messaging.tell("tablet-of-the-seller", "UNAVAILABLE", retry_after=90, times=2)
    hand(suite, TELL, published(business))
    before = datetime.now(UTC)
    assert attempt(suite).status == 204
    assert noted(suite) == ["sent"]
    ((_, _, due_at),) = waiting(suite)
    assert timedelta(0) <= due_at - before - timedelta(seconds=90) < timedelta(seconds=30)
    assert attempt(suite).headers["Retry-After"] == "90"
    assert attempt(suite, retries=1).status == 204
    assert noted(suite) == ["sent", "sent"]
    assert messaging.asked.count("phone-of-the-seller") == 1
    assert waiting(suite) == []


def test_after_the_last_attempt_it_is_kept_for_an_operator(
    suite: Suite, messaging: Messaging, owner: tuple[Person, UUID]
) -> None:
    seller, business = owner
    install(suite, seller, "phone-of-the-seller")
    messaging.tell("phone-of-the-seller", "INTERNAL")
    hand(suite, TELL, published(business))
    assert attempt(suite, retries=ATTEMPTS - 2).status == 503
    assert attempt(suite, retries=ATTEMPTS - 1).status == 204
    kept = suite.rows("SELECT queue, function, attempts FROM platform.failed_task")
    assert kept == [[PUSHES, "task_send_push", ATTEMPTS]]
    assert noted(suite) == []


def test_what_was_sent_and_not_noted_is_sent_again_and_shown_once(
    suite: Suite, messaging: Messaging, owner: tuple[Person, UUID]
) -> None:
    """A process that ends in between loses nothing, and the tag keeps it single."""
    seller, business = owner
    install(suite, seller, "phone-of-the-seller")
    hand(suite, TELL, published(business))
    columns = "(notification_id, install_id, outcome) ON notifications.push"
    suite.rows(f"REVOKE INSERT {columns} FROM job_notifications")
    try:
        assert attempt(suite).status == 403
    finally:
        suite.rows(f"GRANT INSERT {columns} TO job_notifications")
    assert noted(suite) == []
    assert attempt(suite, retries=1).status == 204
    assert noted(suite) == ["sent"]
    (shown,) = messaging.shown()
    assert shown["times"] == 2


def test_who_does_not_answer_is_left_alone(
    suite: Suite,
    messaging: Messaging,
    owner: tuple[Person, UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After some attempts no more is asked; nothing is noted, and when he is back it is sent."""
    seller, business = owner
    install(suite, seller, "phone-of-the-seller")
    hand(suite, TELL, published(business))
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    with monkeypatch.context() as away:
        away.setenv("PUSH_URL", url)
        _anew()
        answers = [attempt(suite, retries=tried) for tried in range(FAILURES + 1)]
    assert {answer.status for answer in answers} == {503}
    asked = [b"Cloud Messaging does not answer." not in answer.body for answer in answers]
    assert asked == [True] * FAILURES + [False]
    assert noted(suite) == []
    _anew()
    push._breaker.reset()
    assert attempt(suite, retries=FAILURES + 1).status == 204
    assert messaging.asked == ["phone-of-the-seller"]


def _anew() -> None:
    settings.cache_clear()
    firebase.forget()


def test_many_installs_are_sent_to_in_batches(
    suite: Suite, messaging: Messaging, owner: tuple[Person, UUID]
) -> None:
    seller, business = owner
    suite.rows(
        "INSERT INTO users.device (install_id, user_id, push_token, platform, app_version) "
        "SELECT gen_random_uuid(), :user_id, 'token-' || n, 'android', '1' "
        "FROM generate_series(1, :count) AS n",
        user_id=seller.user_id,
        count=MOST + 20,
    )
    hand(suite, TELL, published(business))
    assert attempt(suite).status == 204
    assert len(messaging.asked) == MOST
    assert attempt(suite).status == 204
    assert len(set(messaging.asked)) == len(messaging.asked) == MOST + 20
    assert waiting(suite) == []


def test_without_a_provider_nothing_is_sent_or_noted(
    suite: Suite, owner: tuple[Person, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    seller, business = owner
    monkeypatch.delenv("PUSH_URL", raising=False)
    settings.cache_clear()
    install(suite, seller, "phone-of-the-seller")
    hand(suite, TELL, published(business))
    assert attempt(suite).status == 204
    assert noted(suite) == []
