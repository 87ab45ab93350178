"""P2: the same key has one effect and one answer."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared import outbox
from shared.auth import Actor
from shared.db import Connection
from shared.errors import ConflictError
from shared.roles import ANY
from shared.triggers import post
from tests.factories.users import person
from tests.shared.probes import Note, NoteWritten, ask
from tests.suite import Person, Suite


@post("/notes", roles=ANY, status=201, idempotent=True)
def create_note(body: Note, actor: Actor, db: Connection) -> Note:
    """Write a note."""
    if body.title == "conflict":
        raise ConflictError("Taken.")
    outbox.publish(db, NoteWritten(title=body.title))
    return body


def _send(suite: Suite, who: Person, key: str, title: str = "kept", **more: object) -> Any:
    return ask(
        create_note,
        method="POST",
        body=json.dumps({"title": title, **more}).encode(),
        authorization=f"Bearer {suite.token(who)}",
        content_type="application/json",
        idempotency_key=key,
    )


def _written(suite: Suite) -> int:
    return len(suite.events("NoteWritten"))


def test_p2_twelve_at_once_have_one_effect(suite: Suite) -> None:
    """The eleven wait for the first and get its answer, byte for byte."""
    who = person(suite)
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: _send(suite, who, "same"), range(12)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers].count("true") == 11
    assert _written(suite) == 1


def test_p2_another_request_under_the_key_is_refused(suite: Suite) -> None:
    """A key names one request, not a session."""
    who = person(suite)
    assert _send(suite, who, "same").status == 201
    reused = _send(suite, who, "same", title="other")
    assert reused.status == 422
    assert json.loads(reused.body)["errors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert _written(suite) == 1


def test_p2_keys_are_personal(suite: Suite) -> None:
    """Two people who chose the same key do not meet."""
    for who in (person(suite), person(suite)):
        answer = _send(suite, who, "same")
        assert (answer.status, answer.headers.get("Idempotency-Replayed")) == (201, None)
    assert _written(suite) == 2


def test_p2_a_refusal_is_not_kept(suite: Suite) -> None:
    """What failed may be sent again, corrected, under the same key."""
    who = person(suite)
    assert _send(suite, who, "same", title="x").status == 422
    assert _send(suite, who, "same", title="conflict").status == 409
    assert suite.rows("SELECT * FROM platform.idempotency_key") == []
    assert _send(suite, who, "same").status == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_a_key_is_short_and_printable(suite: Suite, key: str) -> None:
    """Anything else is refused before work begins."""
    answer = _send(suite, person(suite), key)
    assert answer.status == 400
    assert json.loads(answer.body)["errors"][0]["code"] == "INVALID_IDEMPOTENCY_KEY"
    assert _written(suite) == 0


def test_p2_a_twin_that_must_wait_too_long_hears_409(suite: Suite) -> None:
    """The first is still at work after the lock timeout: come back, with Retry-After."""
    who = person(suite)
    suite.rows("BEGIN")
    suite.rows(
        "INSERT INTO platform.idempotency_key (actor, operation, key, request_hash) "
        "VALUES (:actor, 'create_note', 'same', '\\x00')",
        actor=who.uid,
    )
    try:
        answer = _send(suite, who, "same")
    finally:
        suite.rows("ROLLBACK")
    assert (answer.status, answer.headers["Retry-After"]) == (409, "1")
    assert _send(suite, who, "same").status == 201
