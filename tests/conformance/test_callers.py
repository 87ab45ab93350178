"""What each caller on the platform sends reaches a function in production and means the same."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from local.identity import PROJECT, Signer
from schemas.platform import Turn
from shared import projections
from shared.ids import new_id
from tests import web
from tests.conformance.google import URL, Google, password_of
from tests.conformance.process import Deployed, deployed
from tests.factories import users
from tests.factories.notifications import expired
from tests.suite import Suite

TRACE = new_id().hex
TRACING = {
    "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
    "X-Cloud-Trace-Context": f"{TRACE}/13235353014750950193;o=1",
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "Forwarded": 'for="203.0.113.7";proto=https',
}
"""What the front of Cloud Run adds to every request."""

HANDLER = "on_listing_expired_notify_owner"
TOPIC = f"projects/{PROJECT}/topics/listings"


def checked(signer: Signer, account: str, function: str) -> str:
    """Return a caller's token as it arrives behind the check of IAM: without its signature."""
    audience = URL.replace("{name}", function.replace("_", "-"))
    token = signer.caller(account, audience).rpartition(".")[0]
    return f"Bearer {token}.SIGNATURE_REMOVED_BY_GOOGLE"


def in_base64(what: object) -> str:
    return base64.b64encode(json.dumps(what).encode()).decode()


def traced(made: Deployed, message: str) -> list[str]:
    """Return the trace of the log lines that begin with `message`."""
    lines = [json.loads(line) for line in made.log.read_text().splitlines() if line[:1] == "{"]
    return [str(each.get("trace")) for each in lines if each["message"].startswith(message)]


def test_a_request_through_api_gateway_is_its_callers(
    suite: Suite, signer: Signer, google: Google, tmp_path: Path
) -> None:
    """His token comes in another header; what the gateway says of him beside it counts nothing."""
    person, other = users.person(suite), users.person(suite)
    headers = {
        **TRACING,
        "Authorization": checked(signer, "gateway", "get_me"),
        "X-Forwarded-Authorization": f"Bearer {suite.token(person)}",
        "X-Apigateway-Api-Userinfo": in_base64({"sub": other.uid, "user_id": other.uid}),
        "User-Agent": "okhttp/4.12.0",
        "Via": "2 ESPv2",
    }
    with deployed(
        "get_me", tmp_path / "log", google.environment, **password_of("svc_users")
    ) as made:
        path = f"{made.url}/api/v1/users/me"
        answer = web.get(path, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["id"] == str(person.user_id)
        assert traced(made, "GET get_me 200") == [TRACE]
        del headers["X-Forwarded-Authorization"]
        assert web.get(path, headers=headers, timeout=30).status_code == 401


def pushes(event: dict[str, Any]) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    """Yield path, headers and body of one event as a subscription and as Eventarc deliver it."""
    instant = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    message = {
        "attributes": {"type": event["type"], "traceparent": TRACING["traceparent"]},
        "data": in_base64(event),
        "messageId": "9201356214790153",
        "message_id": "9201356214790153",
        "orderingKey": event["data"]["listing_id"],
        "publishTime": instant,
        "publish_time": instant,
    }
    subscription = f"projects/{PROJECT}/subscriptions/{HANDLER.replace('_', '-')}"
    body = {"deliveryAttempt": 2, "message": message, "subscription": subscription}
    agent = "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)"
    headers = {**TRACING, "User-Agent": agent, "Content-Type": "application/json"}
    cloud_event = {
        "id": message["messageId"],
        "source": f"//pubsub.googleapis.com/{TOPIC}",
        "specversion": "1.0",
        "type": "google.cloud.pubsub.topic.v1.messagePublished",
        "time": instant,
    }
    mode = f"/?__GCP_CloudEventsMode=CUSTOM_PUBSUB_{TOPIC.replace('/', '%2F')}"
    yield "/", headers, body
    yield mode, headers | {f"ce-{name}": value for name, value in cloud_event.items()}, body
    structured = headers | {"Content-Type": "application/cloudevents+json"}
    yield "/", structured, {**cloud_event, "datacontenttype": "application/json", "data": body}


def test_p4_an_event_is_the_same_by_push_and_by_eventarc_and_has_its_effect_once(
    suite: Suite, signer: Signer, google: Google, tmp_path: Path
) -> None:
    shop = users.business(suite, users.person(suite, roles=("business",)))
    event = {
        "id": str(new_id()),
        "type": "ListingExpired",
        "data": expired(shop["id"]).model_dump(mode="json"),
    }
    role = password_of("job_notifications")
    with deployed(HANDLER, tmp_path / "log", google.environment, **role) as made:
        for path, headers, body in pushes(event):
            token = {"Authorization": checked(signer, "push", HANDLER)}
            answer = web.post(made.url + path, headers=headers | token, json=body, timeout=30)
            assert answer.status_code == 204, answer.text
        assert set(traced(made, f"POST {HANDLER} 204")) == {TRACE}
        others = {"Authorization": checked(signer, "tasks", HANDLER)}
        answer = web.post(made.url, headers=headers | others, json=body, timeout=30)
        assert answer.status_code == 403, answer.text
    assert suite.value("SELECT count(*) FROM notifications.notification") == 1


def test_a_tick_of_the_scheduler_is_as_of_the_time_it_was_due(
    suite: Suite, signer: Signer, google: Google, tmp_path: Path
) -> None:
    """One that comes two hours late does what it would have done then."""
    due = datetime.now(UTC) - timedelta(hours=2)
    suite.rows(
        "INSERT INTO platform.rate_limit (key, full_at) "
        "VALUES ('before', CAST(:due AS timestamptz) - interval '1 minute'), "
        "('after', CAST(:due AS timestamptz) + interval '1 minute')",
        due=due,
    )
    job = "cron_purge_expired"
    headers = {
        **TRACING,
        "Authorization": checked(signer, "scheduler", job),
        "Content-Type": "application/json",
        "User-Agent": "Google-Cloud-Scheduler",
        "X-CloudScheduler": "true",
        "X-CloudScheduler-JobName": job.replace("_", "-"),
        "X-CloudScheduler-ScheduleTime": due.isoformat().replace("+00:00", "Z"),
    }
    with deployed(job, tmp_path / "log", google.environment, **password_of("job_platform")) as made:
        answer = web.post(made.url, headers=headers, content=b"{}", timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"] == {"done": 1}
    assert suite.rows("SELECT key FROM platform.rate_limit") == [["after"]]


TASK = "task_project_inbox"
HANDLED = "SELECT handler, event_id FROM platform.inbox"


def task_headers(signer: Signer, task_id: UUID, *, retries: int = 0) -> dict[str, str]:
    """Return what Cloud Tasks sends with a task, with the token of the account of queues."""
    return {
        **TRACING,
        "Authorization": checked(signer, "tasks", TASK),
        "Content-Type": "application/json",
        "User-Agent": "Google-Cloud-Tasks",
        "X-CloudTasks-QueueName": "projections",
        "X-CloudTasks-TaskName": str(task_id),
        "X-CloudTasks-TaskRetryCount": str(retries),
        "X-CloudTasks-TaskExecutionCount": str(retries),
        "X-CloudTasks-TaskETA": f"{datetime.now(UTC).timestamp():.6f}",
    }


def test_p4_a_task_has_its_effect_once_and_is_the_queues_alone(
    suite: Suite, signer: Signer, google: Google, tmp_path: Path
) -> None:
    """Whoever else is of the suite or on the internet is refused; what never works is kept."""
    turn = Turn(key=str(new_id()), turn=new_id())
    sent = turn.model_dump_json().encode()
    role = password_of("job_notifications")
    with deployed(TASK, tmp_path / "log", google.environment, **role) as made:

        def called(headers: dict[str, str], body: bytes = sent) -> int:
            return web.post(made.url, headers=headers, content=body, timeout=30).status_code

        headers = task_headers(signer, turn.turn)
        for account in ("push", "scheduler", "gateway", "fn-notifications"):
            others = {"Authorization": checked(signer, account, TASK)}
            assert called(headers | others) == 403, account
        elsewhere = {"Authorization": checked(signer, "tasks", "task_of_another_function")}
        assert called(headers | elsewhere) == 401
        assert (
            called({name: each for name, each in headers.items() if name != "Authorization"}) == 401
        )
        assert suite.rows(HANDLED) == []

        assert [called(headers) for _ in range(2)] == [204, 204]
        assert suite.rows(HANDLED) == [[TASK, turn.turn]]
        assert traced(made, f"POST {TASK} 204") == [TRACE] * 2

        unreadable, never = b'{"key": 7}', new_id()
        assert called(task_headers(signer, never), unreadable) >= 400
        last = task_headers(signer, never, retries=projections.ATTEMPTS - 1)
        assert called(last, unreadable) == 204
    kept = "SELECT id, queue, function, body, attempts FROM platform.failed_task"
    assert suite.rows(kept) == [
        [never, "projections", TASK, unreadable.decode(), projections.ATTEMPTS]
    ]
