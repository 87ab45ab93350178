import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.cloud import passes
from tests.factories.users import person
from tests.suite import Person, Suite

PATH = "GET /api/v1/conversations/token"


def said(token: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return found


def test_it_says_who_listens_and_until_when(suite: Suite) -> None:
    """Not for longer than an hour, and as nobody else."""
    who = person(suite)
    now = datetime.now(UTC)
    answer = suite.call(PATH, who, now=now)
    assert answer.status == 200
    assert datetime.fromisoformat(answer.data["expires_at"]) == now + timedelta(hours=1)
    told = said(answer.data["token"])
    assert told["uid"] == who.uid
    assert told["claims"] == {passes.CLAIM: int(now.timestamp()) + 3_600}
    assert "private" in answer.headers["Cache-Control"]


def test_p14_who_only_listens_is_refused_by_the_api(suite: Suite) -> None:
    who = person(suite)
    listener = Person(who.uid, claims={passes.CLAIM: 2**32})
    refused = suite.call("GET /api/v1/conversations", listener)
    assert (refused.status, refused.codes) == (401, [("INVALID_TOKEN", None)])
