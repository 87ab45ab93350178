"""Firebase Cloud Messaging: show something on people's installs, and learn what became of each.

firebase-admin sends everywhere; `PUSH_URL` points it at a development machine. With neither that
nor production nothing is sent. A message may be sent twice: one tag is shown once, and on a phone
that is off FCM keeps the last of a tag alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from shared.cloud.breaker import Breaker
from shared.errors import UnavailableError
from shared.settings import settings

if TYPE_CHECKING:
    from firebase_admin.exceptions import FirebaseError

MOST = 100
"""The library opens a thread for each message of a batch."""

KEPT_SECONDS = 2 * 24 * 3_600
"""What a phone missed for longer is in the inbox, and no news."""

LONGEST_TITLE = 150
LONGEST_BODY = 500
LONGEST_DATA = 500
"""In bytes: people pay for each. FCM takes 4,096, so a message that it refuses without naming what
is wrong with it is not too large: its token is wrong.
"""

_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_breaker = Breaker("Cloud Messaging")


class PushError(UnavailableError):
    """Nothing was sent, as far as anybody knows."""


class SilentError(PushError):
    """Cloud Messaging did not answer in time, or at all."""


@dataclass(frozen=True, slots=True)
class Push:
    """What one install is to show. `data`, ids, is for the app that is opened by it."""

    token: str
    tag: str
    title: str
    body: str
    data: Mapping[str, str]
    urgent: bool = False
    """Whether it may wake a phone: what somebody says to somebody, who may be waiting for it."""


class Outcome(Enum):
    """What became of a push."""

    SENT = "sent"
    GONE = "gone"
    """The token is nobody's any more, or not ours: forget it."""
    REFUSED = "refused"
    """The message is wrong, and will be next time."""
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a push; `retry_after` seconds it had better wait, if FCM says so."""

    outcome: Outcome
    retry_after: int | None = None


def send(pushes: Sequence[Push]) -> list[Result] | None:
    """Send up to `MOST` pushes at once; return what became of each, None when there is no provider.

    Raises `PushError`, or `OpenError` without having asked, when nothing is known of any.
    """
    if len(pushes) > MOST:
        raise ValueError(f"{len(pushes)} pushes are more than one batch")
    now = settings()
    if not (now.push_url or now.production):
        return None
    if not pushes:
        return []
    from firebase_admin.exceptions import FirebaseError  # noqa: PLC0415  # a second of cold start
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415  # see above

    from shared.cloud import firebase  # noqa: PLC0415  # see above

    with _breaker.watch(SilentError):
        try:
            messages = [_message(push) for push in pushes]
            answers = firebase.messaging().send_each(messages).responses
        except (FirebaseError, GoogleAuthError) as error:
            raise PushError from error
        errors: list[FirebaseError | None] = [answer.exception for answer in answers]
        if all(error is not None and error.http_response is None for error in errors):
            raise SilentError
    return [_result(error) for error in errors]


def _message(push: Push) -> Any:  # noqa: ANN401  # firebase-admin publishes no types
    from firebase_admin import messaging as fcm  # noqa: PLC0415  # see above

    if sum(len(each.encode()) for item in push.data.items() for each in item) > LONGEST_DATA:
        raise ValueError("data is for ids")
    message = fcm.Message(
        data=dict(push.data),
        notification=fcm.Notification(
            _clipped(push.title, LONGEST_TITLE), _clipped(push.body, LONGEST_BODY)
        ),
        android=fcm.AndroidConfig(
            collapse_key=push.tag,
            priority="high" if push.urgent else "normal",
            ttl=KEPT_SECONDS,
            # A phone that others may pick up shows no words while it is locked.
            notification=fcm.AndroidNotification(tag=push.tag, visibility="private"),
        ),
        apns=fcm.APNSConfig(
            headers={"apns-collapse-id": push.tag, "apns-priority": "10" if push.urgent else "5"}
        ),
        webpush=fcm.WebpushConfig(
            headers={"TTL": str(KEPT_SECONDS), "Topic": push.tag},
            notification=fcm.WebpushNotification(tag=push.tag),
        ),
    )
    # Not to the constructor, which warns of every token since apps may have installation ids.
    message.token = push.token
    return message


def _result(error: "FirebaseError | None") -> Result:
    from firebase_admin import messaging as fcm  # noqa: PLC0415  # see above
    from firebase_admin.exceptions import InvalidArgumentError  # noqa: PLC0415  # see above

    match error:
        case None:
            return Result(Outcome.SENT)
        case fcm.UnregisteredError() | fcm.SenderIdMismatchError():
            return Result(Outcome.GONE)
        case InvalidArgumentError():
            # What is wrong with a field is named; what is wrong with the token is not.
            return Result(Outcome.REFUSED if _names_a_field(error) else Outcome.GONE)
    response = error.http_response
    said = response.headers.get("Retry-After", "") if response is not None else ""
    return Result(Outcome.LATER, int(said) if said.isascii() and said.isdigit() else None)


def _names_a_field(error: "FirebaseError") -> bool:
    try:
        details = error.http_response.json()["error"].get("details", [])
    except (ValueError, KeyError, TypeError, AttributeError):
        return True
    return not details or any(each.get("@type") == _BAD_REQUEST for each in details)


def _clipped(text: str, most: int) -> str:
    """Return as much of a text as fits into so many bytes."""
    raw = text.encode()
    if len(raw) <= most:
        return text
    return raw[: most - 3].decode(errors="ignore") + "…"
