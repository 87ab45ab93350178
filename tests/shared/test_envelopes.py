"""Every form in which Google's services bring an event or a task is read; nothing else is."""

import base64
import json
from typing import Any
from uuid import UUID

import pytest

from shared.envelopes import EventEnvelope, TaskEnvelope, event_of, task_of
from shared.errors import BadRequestError
from shared.http import Request

ID = UUID("01936f6e-7c5d-7cc0-8f0d-6c1f0e8a4b11")
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TOPIC = "//pubsub.googleapis.com/projects/p/topics/users"
CLOUD_EVENT = {
    "specversion": "1.0",
    "id": "13",
    "source": TOPIC,
    "type": "google.cloud.pubsub.topic.v1.messagePublished",
    "time": "2026-11-22T09:30:00.123Z",
}


def encoded(document: object) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


ATTRIBUTES = {"type": "UserOnboarded", "id": str(ID), "traceparent": TRACE}
MESSAGE = {
    "data": encoded({"id": str(ID), "type": "UserOnboarded", "data": {"number": 7}}),
    "messageId": "13",
    "message_id": "13",
    "publishTime": "2026-11-22T09:30:00.123Z",
    "publish_time": "2026-11-22T09:30:00.123Z",
    "attributes": ATTRIBUTES,
    "orderingKey": "ngozi",
}
PUSH = {"message": MESSAGE, "subscription": "projects/p/subscriptions/s", "deliveryAttempt": 3}
IN_ATTRIBUTES = {"attributes": {**ATTRIBUTES, "number": "7"}, "messageId": "13"}


def request(body: Any, **headers: str) -> Request:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request("POST", "/", "", headers, raw)


@pytest.mark.parametrize(
    ("pushed", "data", "attempt"),
    [
        (request(PUSH), {"number": 7}, 3),
        (request({"message": MESSAGE}), {"number": 7}, 1),
        (
            request(PUSH, **{f"ce-{name}": value for name, value in CLOUD_EVENT.items()}),
            {"number": 7},
            3,
        ),
        (
            request(
                {**CLOUD_EVENT, "datacontenttype": "application/json", "data": PUSH},
                **{"content-type": "application/cloudevents+json"},
            ),
            {"number": 7},
            3,
        ),
        (request({"message": IN_ATTRIBUTES}), {"number": "7"}, 1),
        (request({"message": {**IN_ATTRIBUTES, "data": ""}}), {"number": "7"}, 1),
        (request({**CLOUD_EVENT, "data": {"message": IN_ATTRIBUTES}}), {"number": "7"}, 1),
    ],
    ids=[
        "raw",
        "raw, no dead letters",
        "binary CloudEvent",
        "structured CloudEvent",
        "attributes only",
        "attributes only, of the emulator",
        "attributes only, structured CloudEvent",
    ],
)
def test_an_event_is_read(pushed: Request, data: dict[str, Any], attempt: int) -> None:
    assert event_of(pushed) == EventEnvelope(ID, data, TRACE, attempt)


def test_a_trace_may_come_in_the_header() -> None:
    """As Eventarc sends it; the attribute is the publisher's own and goes first."""
    bare = {"message": {**MESSAGE, "attributes": None}}
    assert event_of(request(bare, traceparent=TRACE)).traceparent == TRACE
    other = TRACE.replace("4b", "5c")
    assert event_of(request(PUSH, traceparent=other)).traceparent == TRACE


def _with(**change: Any) -> dict[str, Any]:
    return {"message": {**MESSAGE, **change}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"message"',
        b"[" * 9999,
        b"\xff\xfe",
        {},
        {"data": None},
        {"data": "message"},
        {"message": None},
        {"message": []},
        {"message": {}},
        _with(data="!"),
        _with(data=encoded([])),
        _with(data=encoded({"id": str(ID)})),
        _with(data=encoded({"id": "1", "data": {}})),
        _with(data=encoded({"id": 1, "data": {}})),
        _with(data=encoded({"id": str(ID), "data": [1]})),
        _with(data=7),
        _with(attributes=[1]),
        _with(attributes="a"),
        _with(data="", attributes={}),
        _with(data="", attributes={"id": "1"}),
        {**PUSH, "deliveryAttempt": "often"},
        {**PUSH, "deliveryAttempt": 1e999},
    ],
)
def test_what_is_no_event_is_refused(body: Any) -> None:
    """So that it is dead-lettered; nothing else of a body escapes as an error of ours."""
    with pytest.raises(BadRequestError) as refused:
        event_of(request(body))
    assert refused.value.problems[0].code == "MALFORMED_EVENT"


def test_a_task_is_read() -> None:
    """Its name is the id of its row; one that somebody else named has an id of its own."""
    ours = {"x-cloudtasks-taskname": f"projects/p/locations/l/queues/q/tasks/{ID.hex}"}
    assert task_of(request(b"{}", **ours)) == TaskEnvelope(ID, b"{}", 0)
    named = {"x-cloudtasks-taskname": "tidy", "x-cloudtasks-taskretrycount": "4"}
    first, again = (task_of(request(b"", **named)) for _ in range(2))
    assert first == again
    assert first.retries == 4
    assert first.id != task_of(request(b"", **{"x-cloudtasks-taskname": "tide"})).id


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-cloudtasks-taskname": ""},
        {"x-cloudtasks-taskname": "a/"},
        {"x-cloudtasks-taskname": "a", "x-cloudtasks-taskretrycount": "-1"},
        {"x-cloudtasks-taskname": "a", "x-cloudtasks-taskretrycount": "\xb2"},
        {"x-cloudtasks-taskname": "a", "x-cloudtasks-taskretrycount": "9" * 5000},
    ],
)
def test_what_is_no_task_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadRequestError) as refused:
        task_of(request(b"{}", **headers))
    assert refused.value.problems[0].code == "MALFORMED_TASK"
