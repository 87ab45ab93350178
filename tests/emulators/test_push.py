"""The seam to Cloud Messaging: Google's own client, against what `make run` has."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from local.postgres import Server
from local.rest import RefusedError
from shared.cloud import firebase, push
from shared.cloud.breaker import FAILURES, OpenError
from shared.cloud.push import MOST, Outcome, Push, Result
from shared.settings import LOCAL_ONLY, settings
from tests.factories.pushes import Messaging, serving

DATA = {"notification_id": "1", "type": "listing_published"}
FIELD = [
    {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": "message.android.ttl", "description": "No duration."}],
    }
]
ERROR = [
    {
        "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
        "errorCode": "INVALID_ARGUMENT",
    }
]


@pytest.fixture
def messaging(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Messaging]:
    with serving(server, monkeypatch) as made:
        yield made


def to(token: str, tag: str = "tag", title: str = "Live", body: str = "It is.") -> Push:
    return Push(token, tag, title, body, DATA)


def outcomes(*pushes: Push) -> list[Outcome]:
    results = push.send(pushes)
    assert results is not None
    return [result.outcome for result in results]


def test_an_install_shows_what_it_is_sent(messaging: Messaging) -> None:
    """Small, under its tag on every platform, and with no words on a phone that is locked."""
    assert push.send([to("ngozi")]) == [Result(Outcome.SENT)]
    (shown,) = messaging.on("ngozi")
    assert shown["notification"] == {"title": "Live", "body": "It is."}
    assert shown["data"] == DATA
    assert shown["android"] == {
        "collapse_key": "tag",
        "priority": "normal",
        "ttl": "172800s",
        "notification": {"tag": "tag", "visibility": "PRIVATE"},
    }
    assert shown["apns"]["headers"]["apns-collapse-id"] == "tag"
    assert shown["webpush"]["headers"]["Topic"] == "tag"
    assert shown["webpush"]["notification"] == {"tag": "tag"}
    assert len(json.dumps(shown)) < 700


def test_what_is_sent_twice_is_shown_once(messaging: Messaging) -> None:
    for title in ("Live", "Live again"):
        push.send([to("ngozi", title=title)])
    push.send([to("ngozi", tag="another")])
    assert [each["notification"]["title"] for each in messaging.on("ngozi")] == [
        "Live again",
        "Live",
    ]
    assert [row["times"] for row in messaging.shown()] == [2, 1]


@pytest.mark.parametrize(
    ("failure", "retry_after", "result"),
    [
        ("UNREGISTERED", None, Result(Outcome.GONE)),
        ("SENDER_ID_MISMATCH", None, Result(Outcome.GONE)),
        ("INVALID_ARGUMENT", None, Result(Outcome.GONE)),
        ("QUOTA_EXCEEDED", 60, Result(Outcome.LATER, 60)),
        ("UNAVAILABLE", 7, Result(Outcome.LATER, 7)),
        ("UNAVAILABLE", None, Result(Outcome.LATER)),
        ("INTERNAL", None, Result(Outcome.LATER)),
    ],
)
def test_a_failure_is_one_tokens_own(
    messaging: Messaging, failure: str, retry_after: int | None, result: Result
) -> None:
    """Asked once: by itself the library asks again, and sleeps as long as `Retry-After` says."""
    messaging.tell("amina", failure, retry_after=retry_after)
    started = time.monotonic()
    assert push.send([to("ngozi"), to("amina"), to("kofi")]) == [
        Result(Outcome.SENT),
        result,
        Result(Outcome.SENT),
    ]
    assert time.monotonic() - started < 5
    assert sorted(messaging.asked) == ["amina", "kofi", "ngozi"]
    assert {row["token"] for row in messaging.shown()} == {"ngozi", "kofi"}


def test_a_certificate_of_apples_that_ran_out_waits_for_an_operator(messaging: Messaging) -> None:
    """The library takes it for its own token's fault, and tries with a new one."""
    messaging.tell("amina", "THIRD_PARTY_AUTH_ERROR")
    assert outcomes(to("ngozi"), to("amina")) == [Outcome.SENT, Outcome.LATER]


def test_a_failure_ends_after_so_many_times(messaging: Messaging) -> None:
    messaging.tell("ngozi", "UNAVAILABLE", times=1)
    assert outcomes(to("ngozi")) == [Outcome.LATER]
    assert outcomes(to("ngozi")) == [Outcome.SENT]


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        (RefusedError(404, "There is no such project."), Outcome.LATER),
        (RefusedError(403, "Permission denied.", "PERMISSION_DENIED"), Outcome.LATER),
        (RefusedError(400, "Something is wrong."), Outcome.REFUSED),
        (RefusedError(400, "Invalid value at 'message.ttl'", details=FIELD), Outcome.REFUSED),
        (RefusedError(400, "Invalid value, too", details=FIELD + ERROR), Outcome.REFUSED),
        (RefusedError(400, "This is no token.", details=ERROR), Outcome.GONE),
    ],
)
def test_a_token_is_forgotten_only_where_fcm_says_so_of_it(
    messaging: Messaging, refusal: RefusedError, outcome: Outcome
) -> None:
    """Else one mistake of ours, or a permission that is missing, would silence every phone."""
    messaging.refusal = refusal
    assert outcomes(to("ngozi")) == [outcome]


def test_a_message_is_never_too_large(messaging: Messaging) -> None:
    """Whatever a title holds; what is cut is cut between letters."""
    long = to("ngozi", title="\u00e0" * 1_000, body="\U0001f96d" * 1_000)
    assert outcomes(long) == [Outcome.SENT]
    (shown,) = messaging.on("ngozi")
    title, body = shown["notification"]["title"], shown["notification"]["body"]
    assert title == "\u00e0" * 73 + "…"
    assert body == "\U0001f96d" * 124 + "…"
    with pytest.raises(ValueError, match="ids"):
        push.send([Push("ngozi", "tag", "Live", "It is.", {"words": "x" * 500})])


def test_a_batch_goes_at_once_and_is_bounded(messaging: Messaging) -> None:
    messaging.tell("*", delay_seconds=0.2)
    batch = [to(f"phone-{number}") for number in range(MOST)]
    started = time.monotonic()
    assert outcomes(*batch) == [Outcome.SENT] * MOST
    assert time.monotonic() - started < MOST * 0.2 / 2
    assert len(messaging.shown()) == MOST
    with pytest.raises(ValueError, match="101"):
        push.send([*batch, to("one more")])


def test_silence_costs_one_deadline_and_then_nothing(
    messaging: Messaging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firebase, "DEADLINE_SECONDS", 0.2)
    messaging.tell("*", delay_seconds=3)
    for asked in range(1, FAILURES + 1):
        started = time.monotonic()
        with pytest.raises(push.SilentError):
            push.send([to("ngozi")])
        assert time.monotonic() - started < 2.7
        assert len(messaging.asked) == asked
    with pytest.raises(OpenError):
        push.send([to("ngozi")])
    assert len(messaging.asked) == FAILURES


def test_who_is_slow_alone_waits_alone(
    messaging: Messaging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firebase, "DEADLINE_SECONDS", 1)
    messaging.tell("amina", delay_seconds=2)
    assert outcomes(to("ngozi"), to("amina")) == [Outcome.SENT, Outcome.LATER]


def test_one_that_is_away_is_silent(messaging: Messaging, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    # Of its own, to be undone before the fixture takes its address back.
    with monkeypatch.context() as away:
        away.setenv("PUSH_URL", url)
        settings.cache_clear()
        with pytest.raises(push.SilentError):
            push.send([to("ngozi")])
    assert not messaging.asked


def test_without_an_account_of_its_own_production_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in LOCAL_ONLY:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("CURSOR_SECRET", "secret")
    monkeypatch.setenv("FUNCTION_URL", "https://{name}.example")
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/nonexistent")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    settings.cache_clear()
    try:
        with pytest.raises(push.PushError):
            push.send([to("ngozi")])
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        firebase.forget()


def test_with_no_provider_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUSH_URL", raising=False)
    settings.cache_clear()
    assert push.send([to("ngozi")]) is None


def test_the_names_that_the_library_keeps_to_itself_are_there(messaging: Messaging) -> None:
    """`shared/cloud/firebase.py` leads it by them; production would find out by itself, late."""
    del messaging
    service = firebase.messaging()
    assert service._fcm_url.startswith(settings().push_url or "unset")
    assert service.FCM_URL.startswith("https://fcm.googleapis.com/v1/projects/")
    for session in (service._client.session, firebase.auth()._user_manager.http_client.session):
        for url in ("https://fcm.googleapis.com", "https://identitytoolkit.googleapis.com"):
            assert session.get_adapter(url).max_retries.total == 0
