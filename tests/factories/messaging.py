"""Conversations and what is said in them, made as in life: through the API."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id
from shared.settings import settings
from tests import web
from tests.factories import connections, users
from tests.factories.listings import seller
from tests.suite import Answer, Person, Suite


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation of a customer with a business."""

    id: str
    customer: Person
    owner: Person
    business_id: UUID

    @property
    def path(self) -> str:
        """Return where it is."""
        return f"/api/v1/conversations/{self.id}"


def talk(suite: Suite, customer: Person | None = None) -> Talk:
    """Have somebody open a conversation with a business."""
    owner, business = seller(suite)
    customer = customer or users.person(suite, given_name="Amina")
    return Talk(opened(suite, customer, business)["id"], customer, owner, business)


def opened(suite: Suite, who: Person, business_id: object, **more: Any) -> dict[str, Any]:
    """Open a conversation with a business; return it as who opened it sees it."""
    body = {"business_id": str(business_id), **more}
    answer = suite.call("POST /api/v1/conversations", who, body=body)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.data
    return found


def sending(
    suite: Suite, who: Person, conversation: str, text: str = "Is it for sale?", **more: Any
) -> Answer:
    """Say something, whatever comes of it; `id`, `attachments`, `key`, `now` may be given."""
    body = {"id": str(more.pop("id", None) or new_id()), "text": text}
    if files := more.pop("attachments", None):
        body["attachments"] = files
    path = f"POST /api/v1/conversations/{conversation}/messages"
    return suite.call(path, who, body=body, **more)


def said(suite: Suite, who: Person, conversation: str, text: str = "Is it for sale?") -> Any:
    """Say something; return what became of it."""
    suite.rows("DELETE FROM platform.rate_limit")
    answer = sending(suite, who, conversation, text)
    assert answer.status == 201, answer.body
    return answer.data


def heard(suite: Suite, who: Person, conversation: str, **query: Any) -> list[Mapping[str, Any]]:
    """Return all that somebody reads in a conversation, upwards."""
    path = f"GET /api/v1/conversations/{conversation}/messages"
    return list(suite.pages(path, who, after=0, **query))


def stored(suite: Suite, who: Person, conversation: str, file: bytes = b"jpg") -> str:
    """Announce a file and store it as a device does; return its id."""
    suite.rows("DELETE FROM platform.rate_limit")
    path = f"POST /api/v1/conversations/{conversation}/attachments"
    body = {"content_type": "image/jpeg", "size": len(file)}
    made = suite.call(path, who, body=body)
    assert made.status == 201, made.body
    posted = web.post(made.data["url"], data=made.data["fields"], files={"file": file}, timeout=10)
    assert posted.status_code in {200, 201, 204}, posted.text
    found: str = made.data["id"]
    return found


def attached(suite: Suite, who: Person, conversation: str) -> str:
    """Send a file and no words; return its id."""
    file = stored(suite, who, conversation)
    body = {"id": str(new_id()), "attachments": [file]}
    path = f"POST /api/v1/conversations/{conversation}/messages"
    assert suite.call(path, who, body=body).status == 201
    return file


@dataclass(frozen=True, slots=True)
class Connected:
    """Two businesses that are connected, and who owns them."""

    id: str
    requester: Person
    receiver: Person


def connected(suite: Suite) -> Connected:
    """Have one business ask another, which accepts."""
    one, a = connections.firm(suite)
    other, b = connections.firm(suite, "Lagos Shea")
    made = connections.asked(suite, one, a, b)
    connections.stepped(suite, other, made, "accept")
    return Connected(made["id"], one, other)


@contextmanager
def ring(*names: str) -> Iterator[None]:
    """Have a ring of keys that are made from their names, the newest first."""
    lines = (
        f"{name} {base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()}"
        for name in names
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MESSAGE_KEYS", "\n".join(lines))
        settings.cache_clear()
        yield
    settings.cache_clear()
