"""P2: the same key has one effect and one answer."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from shared import outbox
from shared.auth import Actor
from shared.db import Connection
from shared.errors import ConflictError
from shared.roles import ANY
from shared.triggers import per_hour, post
from tests.factories.users import person
from tests.shared.probes import Note, NoteWritten, ask
from tests.suite import Person, Suite


@post("/notes", roles=ANY, status=201, limit=per_hour(20))
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


def _left(suite: Suite, who: Person) -> int:
    """Return how many calls of the hour's twenty are left after one that makes a new note."""
    answer = _send(suite, who, str(uuid4()))
    return int(answer.headers["RateLimit-Remaining"])


def test_p2_p10_a_replay_costs_nothing(suite: Suite) -> None:
    """Nor is it refused when nothing is left; it says what is left all the same."""
    who = person(suite)
    first = _send(suite, who, "same")
    again = [_send(suite, who, "same") for _ in range(25)]
    assert {answer.status for answer in again} == {201}
    assert {answer.headers["RateLimit-Remaining"] for answer in again} == {"19"}
    assert _left(suite, who) == 18
    while _left(suite, who):
        pass
    assert _send(suite, who, "new").status == 429
    assert _send(suite, who, "same").body == first.body


def test_p2_p10_twins_at_once_cost_one_call(suite: Suite) -> None:
    """What those took that came while the first was at work is given back."""
    who = person(suite)
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda _: _send(suite, who, "same"), range(12)))
    assert _left(suite, who) == 18


def test_p10_a_key_that_names_another_request_is_a_call(suite: Suite) -> None:
    """Else a caller without a call left could go on guessing."""
    who = person(suite)
    _send(suite, who, "same")
    _send(suite, who, "same", title="other")
    assert _left(suite, who) == 17


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
