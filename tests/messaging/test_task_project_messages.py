import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.messaging._rules import live
from local.postgres import Server
from schemas.messaging import SaidMessage
from schemas.projections.messaging import WINDOW
from shared.cloud import documents, wire
from shared.grace import GRACE
from shared.http import Response
from shared.ids import new_id
from shared.manifest import projections
from shared.manifest.discovery import entries
from tests.factories import users
from tests.factories.documents import Kept, keeping
from tests.factories.messaging import attached, heard, said, talk
from tests.suite import Suite

TASK = "task_project_messages"


@pytest.fixture
def kept(suite: Suite, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    with keeping(server, monkeypatch) as made:
        yield made


def shown(kept: Kept, conversation: str) -> list[dict[str, Any]]:
    """Return what phones see of the messages, by number; each is a message as the API has it."""
    prefix = f"{conversation}/messages/"
    found = [
        fields for name, fields in kept.all("conversations").items() if name.startswith(prefix)
    ]
    for each in found:
        SaidMessage.model_validate_json(json.dumps(each))
    return sorted(found, key=lambda each: each["seq"])


def texts(kept: Kept, conversation: str) -> list[str | None]:
    return [each["text"] for each in shown(kept, conversation)]


def waiting(suite: Suite) -> list[list[Any]]:
    """Return id and body of the tasks that are not done, the oldest first."""
    return suite.rows(
        "SELECT id, body FROM platform.outbox AS o WHERE type = :task "
        "AND NOT EXISTS (SELECT FROM platform.inbox AS i WHERE i.event_id = o.id) ORDER BY seq",
        task=TASK,
    )


def carried(suite: Suite, task: list[Any], retries: int = 0) -> Response:
    return suite.carry(entries()[TASK], *task, retries=retries)


def test_what_is_said_is_shown_as_the_api_tells_it(suite: Suite, kept: Kept) -> None:
    """Under its number; delivered twice it is written once."""
    made = talk(suite)
    said(suite, made.customer, made.id, "Two pallets?")
    attached(suite, made.owner, made.id)
    suite.deliver(times=2)
    told = heard(suite, made.owner, made.id)
    for each, document in zip(told, shown(kept, made.id), strict=True):
        told_so = {name: each[name] for name in each if name != "state"}
        assert SaidMessage.model_validate_json(json.dumps(told_so)) == (
            SaidMessage.model_validate_json(json.dumps(document))
        )
    assert [path for path, _ in kept.writes if "/messages/" in path] == [
        f"conversations/{made.id}/messages/{seq}" for seq in (1, 2)
    ]


def test_what_is_changed_or_taken_back_is_so_there_too(suite: Suite, kept: Kept) -> None:
    """Whichever task comes last: a late one finds a newer version and changes nothing."""
    made = talk(suite)
    kept_one = said(suite, made.customer, made.id, "Two pallets?")["id"]
    taken = said(suite, made.customer, made.id, "Call me on 0803 123 4567")["id"]
    path = f"/api/v1/messages/{kept_one}"
    assert suite.call(f"PATCH {path}", made.customer, body={"text": "Three"}, version=1).status
    assert suite.call(f"DELETE /api/v1/messages/{taken}", made.customer).status == 204
    tasks = waiting(suite)
    assert len(tasks) == 4
    for task in reversed(tasks):
        assert carried(suite, task).status == 204
    assert texts(kept, made.id) == ["Three", None]
    assert [each["version"] for each in shown(kept, made.id)] == [2, 2]
    assert len(kept.writes) == 2


def test_the_newest_have_documents_and_no_more(suite: Suite, kept: Kept) -> None:
    """In whatever order they are written: who is late leaves nothing behind."""
    made = talk(suite)
    for number in range(1, WINDOW + 1):
        said(suite, made.customer, made.id, f"n {number}")
    early = waiting(suite)
    for task in early[1:]:
        assert carried(suite, task).status == 204
    said(suite, made.owner, made.id, "and one more")
    said(suite, made.owner, made.id, "and another")
    newest, late = waiting(suite)[1:], early[0]
    for task in (*newest, late):
        assert carried(suite, task).status == 204
    assert [each["seq"] for each in shown(kept, made.id)] == list(range(3, WINDOW + 3))


def test_who_says_more_meanwhile_pushes_out_what_was_just_written(suite: Suite, kept: Kept) -> None:
    """The writer of an old message sees that the window has moved on while it wrote."""
    made = talk(suite)
    for number in range(1, WINDOW + 1):
        said(suite, made.customer, made.id, f"n {number}")

    def meanwhile() -> None:
        said(suite, made.owner, made.id, "one more")
        assert carried(suite, waiting(suite)[-1]).status == 204
        wire.hang_up()  # it is this thread's own

    first = waiting(suite)[0]
    kept.once = meanwhile
    assert carried(suite, first).status == 204
    assert [each["seq"] for each in shown(kept, made.id)] == [WINDOW + 1]


def test_an_hour_without_firestore_loses_nothing(suite: Suite, kept: Kept) -> None:
    """What is said is taken all the while; when Firestore is back all of it is there, in order."""
    made = talk(suite)
    kept.away = True
    for number in range(1, 6):
        said(suite, made.customer, made.id, f"n {number}")
    tasks = waiting(suite)
    for tried in range(3):
        assert {carried(suite, task, tried).status for task in tasks} == {503}
    assert len(heard(suite, made.owner, made.id)) == 5
    kept.away = False
    documents._breaker.reset()
    for task in reversed(tasks):
        assert carried(suite, task, 3).status == 204
    assert texts(kept, made.id) == [f"n {number}" for number in range(1, 6)]
    assert waiting(suite) == []


def test_after_the_last_attempt_it_is_kept_for_an_operator(suite: Suite, kept: Kept) -> None:
    made = talk(suite)
    said(suite, made.customer, made.id, "Two pallets?")
    kept.away = True
    (task,) = waiting(suite)
    assert carried(suite, task, live.ATTEMPTS - 1).status == 204
    parked = suite.rows("SELECT queue, function, body FROM platform.failed_task")
    assert [each[:2] for each in parked] == [[live.QUEUE, TASK]]
    assert "pallets" not in parked[0][2]


def test_p19_what_somebody_said_who_is_forgotten_is_nowhere(suite: Suite, kept: Kept) -> None:
    """Nor is his sign-in among those who may listen; the other's words stay."""
    made = talk(suite)
    said(suite, made.customer, made.id, "My own words")
    said(suite, made.owner, made.id, "The answer")
    suite.deliver()
    users.leaving(suite, made.customer)
    suite.tick("cron_erase_accounts", datetime.now(UTC) + GRACE)
    suite.deliver(times=2)
    assert texts(kept, made.id) == [None, "The answer"]
    written = json.dumps(kept.all("conversations"))
    assert "My own words" not in written
    assert made.customer.uid not in written
    assert made.owner.uid in written


def test_a_firestore_that_was_wiped_is_built_anew(suite: Suite, kept: Kept) -> None:
    """Conversations and their newest messages, from PostgreSQL alone."""
    made = talk(suite)
    for number in range(1, 4):
        said(suite, made.customer, made.id, f"n {number}")
    suite.deliver()
    before = texts(kept, made.id)
    kept.wipe()
    suite.rows("TRUNCATE platform.projection")
    ((entry, kind),) = (
        each for each in projections.known() if each[0].name == "task_project_conversation"
    )
    assert [*projections.rebuild(entry, kind)] == [[made.id]]
    suite.deliver()
    assert texts(kept, made.id) == before
    assert made.id in kept.all("conversations")


def test_what_is_not_there_is_not_written(suite: Suite, kept: Kept) -> None:
    body = json.dumps({"conversation_id": str(new_id()), "first": 1, "last": 9})
    assert carried(suite, [new_id(), body]).status == 204
    assert kept.writes == []
