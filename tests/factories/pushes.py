"""Cloud Messaging as `make run` has it, on loopback."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from local import pushes, store
from local.postgres import Server
from local.rest import Answer, RefusedError
from local.store import Row, Store
from shared.cloud import firebase, push
from shared.cloud.push import MOST
from shared.settings import settings
from tests.factories import loopback
from tests.suite import Person, Suite

FIELD = [
    {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": "message.android.ttl", "description": "No duration."}],
    }
]
"""What Cloud Messaging says of a message that is wrong."""


def install(suite: Suite, who: Person, token: str, install_id: UUID | None = None) -> UUID:
    """Have an install of somebody tell its push token; return its id."""
    install_id = install_id or uuid4()
    body = {"push_token": token, "platform": "android", "app_version": "1.4.2"}
    path = f"PUT /api/v1/users/me/devices/{install_id}"
    assert suite.call(path, who, body=body).status == 200
    return install_id


class Messaging:
    """What installs show, and the power to have them fail."""

    def __init__(self, db: Store) -> None:
        self._db = db
        self.asked: list[str] = []
        """The tokens that were asked for, in order, whatever was answered."""
        self._busy = threading.Semaphore(MOST)
        self.refusal: RefusedError | None = None
        """What is answered instead."""

    def answer(self, path: str, body: dict[str, Any]) -> Answer:
        """Serve one request."""
        with self._busy:
            self.asked.append(body["message"]["token"])
            if self.refusal:
                raise self.refusal
            found = pushes.answer(self._db, path, body)
            if found is None:
                raise RefusedError(404, path)
            return found

    def rest(self) -> None:
        """Wait until everything is answered."""
        for _ in range(MOST):
            self._busy.acquire()

    def tell(self, token: str, failure: str | None = None, **more: object) -> None:
        """Have a token fail."""
        pushes.tell(self._db, {"token": token, "failure": failure, **more})

    def shown(self) -> list[Row]:
        """Return what installs show, the oldest first."""
        return pushes.listed(self._db, 200)[::-1]

    def on(self, token: str) -> list[Mapping[str, Any]]:
        """Return the messages that an install shows."""
        return [row["message"] for row in self.shown() if row["token"] == token]


@contextmanager
def serving(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Messaging]:
    """Serve until the block ends, and have the suite send there."""
    settings.cache_clear()
    now = settings()
    store.prepare(server, now.db_name, now.db_password or "")
    db = Store.of(now, size=8)
    db.rows("TRUNCATE local.push, local.push_failure")
    messaging = Messaging(db)
    with loopback.serving(messaging.answer) as url, monkeypatch.context() as environment:
        environment.setenv("PUSH_URL", url)
        settings.cache_clear()
        firebase.forget()
        yield messaging
    messaging.rest()
    settings.cache_clear()
    firebase.forget()
    push._breaker.reset()
    db.close()
