"""Firebase Cloud Messaging on one machine: what each install shows, and failures as they are told.

A phone shows one message a tag: what comes again replaces what is there, and is counted.
"""

import json
import re
import time
from typing import Any

from local.rest import Answer, RefusedError
from local.store import Row, Store

LARGEST_MESSAGE = 4_096
ANYBODY = "*"
_SEND = re.compile(r"^/v1/projects/([^/]+)/messages:send$")
_FCM = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_INVALID = "The registration token is not a valid FCM registration token"

FAILURES = {
    "UNREGISTERED": (404, "NOT_FOUND", "Requested entity was not found."),
    "SENDER_ID_MISMATCH": (403, "PERMISSION_DENIED", "SenderId mismatch"),
    "INVALID_ARGUMENT": (400, "INVALID_ARGUMENT", _INVALID),
    "QUOTA_EXCEEDED": (429, "RESOURCE_EXHAUSTED", "Quota exceeded."),
    "THIRD_PARTY_AUTH_ERROR": (401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service."),
    "UNAVAILABLE": (503, "UNAVAILABLE", "The service is currently unavailable."),
    "INTERNAL": (500, "INTERNAL", "Internal error encountered."),
}
"""What FCM answers with: its own code → status, Google's code, sentence."""


def answer(db: Store, path: str, body: dict[str, Any]) -> Answer | None:
    """Answer `messages:send`; None when something else is asked."""
    found = _SEND.match(path)
    if found is None:
        return None
    message = body["message"]
    token = _target(message)
    told = _told(db, token)
    if told:
        time.sleep(told["delay_seconds"])
        if told["failure"]:
            _fail(told["failure"], told["retry_after"])
    _require_values(message)
    shown = _show(db, token, message)
    return 200, {"name": f"projects/{found[1]}/messages/{shown}"}


def tell(db: Store, body: dict[str, Any]) -> None:
    """Have a token, or all of them (`*`), fail or wait, the next `times` times or from now on.

    Without `failure` and `delay_seconds` all is well again.
    """
    failure, delay = body.get("failure"), float(body.get("delay_seconds") or 0)
    if failure is not None and failure not in FAILURES:
        raise ValueError(f"failures are {', '.join(FAILURES)}")
    db.rows(
        """
        INSERT INTO local.push_failure (token, failure, retry_after, delay_seconds, times)
        VALUES (:token, :failure, CAST(:retry_after AS int), :delay, CAST(:times AS int))
        ON CONFLICT (token) DO UPDATE SET failure = excluded.failure, times = excluded.times,
            retry_after = excluded.retry_after, delay_seconds = excluded.delay_seconds
        """,
        token=str(body.get("token") or ANYBODY),
        failure=failure,
        retry_after=body.get("retry_after"),
        delay=delay,
        times=body.get("times"),
    )


def listed(db: Store, limit: int) -> list[Row]:
    """Return what installs show, the newest first, and how often it was sent."""
    return db.rows(
        "SELECT token, tag, message, times, shown_at FROM local.push "
        "ORDER BY shown_at DESC LIMIT :limit",
        limit=limit,
    )


def _target(message: dict[str, Any]) -> str:
    named = [name for name in ("token", "topic", "condition", "fid") if message.get(name)]
    if named != ["token"]:
        raise _wrong("message", "Exactly one of token, topic and condition is served here: token.")
    return str(message["token"])


def _require_values(message: dict[str, Any]) -> None:
    for name, value in (message.get("data") or {}).items():
        if not isinstance(value, str):
            field = f"message.data[{name}]"
            raise _wrong(field, f"Invalid value at '{field}' (TYPE_STRING), {value!r}")
    said = {name: value for name, value in message.items() if name != "token"}
    if len(json.dumps(said, ensure_ascii=False).encode()) > LARGEST_MESSAGE:
        raise _failure("INVALID_ARGUMENT", "Message too big")


def _told(db: Store, token: str) -> Row | None:
    """Return what this call is to fail with, if anything, and count it."""
    rows = db.rows(
        """
        UPDATE local.push_failure SET times = times - 1
        WHERE (times IS NULL OR times > 0) AND token = (
            SELECT token FROM local.push_failure
            WHERE token IN (:token, :anybody) AND (times IS NULL OR times > 0)
            ORDER BY token = :anybody LIMIT 1)
        RETURNING failure, retry_after, delay_seconds
        """,
        token=token,
        anybody=ANYBODY,
    )
    return rows[0] if rows else None


def _show(db: Store, token: str, message: dict[str, Any]) -> str:
    (row,) = db.rows(
        """
        INSERT INTO local.push (token, tag, message) VALUES (:token, :tag, CAST(:message AS jsonb))
        ON CONFLICT (token, tag) DO UPDATE SET message = excluded.message,
            times = push.times + 1, shown_at = clock_timestamp()
        RETURNING md5(token || tag) AS id
        """,
        token=token,
        tag=str(((message.get("android") or {}).get("notification") or {}).get("tag", "")),
        message=json.dumps(message),
    )
    return str(row["id"])


def _fail(code: str, retry_after: int | None) -> None:
    error = _failure(code)
    error.retry_after = retry_after
    raise error


def _failure(code: str, message: str | None = None) -> RefusedError:
    status, kind, sentence = FAILURES[code]
    details = [{"@type": _FCM, "errorCode": code}]
    return RefusedError(status, message or sentence, kind, details=details)


def _wrong(field: str, description: str) -> RefusedError:
    violations = [{"field": field, "description": description}]
    details = [
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}
    ]
    return RefusedError(400, description, details=details)
