"""What the edge does for every function: envelope, errors, caching, compression, CORS, clock."""

import base64
import gzip
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import brotli
import pytest
from pg8000.exceptions import DatabaseError

from schemas.platform import Health
from shared import edge, outbox
from shared.answers import Batch, Json, Page
from shared.auth import Actor, Denial, authorize
from shared.db import Connection
from shared.entry import BadSignatureError, IfMatch, compile_entry
from shared.errors import ConflictError
from shared.http import Request
from shared.roles import ADMIN, ANY, CONSUMER, PUBLIC, SIGNED_IN
from shared.settings import settings
from shared.triggers import cron, delete, get, on_event, patch, post, task
from tests.factories.users import person
from tests.shared.probes import Note, NoteQuery, NoteWritten, ask, entry_of
from tests.suite import Suite

AUTHOR = UUID("01a20534-1111-7111-8111-111111111111")


@get("/notes", roles=PUBLIC)
def list_notes(query: NoteQuery, now: datetime) -> Page[Note]:
    """List notes."""
    items = ",".join(f'{{"title":"note {n}","amount":{n}}}' for n in range(query.limit))
    return Page(f"[{items}]", "more" if query.limit > 1 else None, query.limit)


@get("/notes/{note_id}", roles=PUBLIC, cache_seconds=60)
def get_note(note_id: int) -> Json[Note]:
    """Read a note."""
    return Json(json.dumps({"title": f"note {note_id}", "amount": note_id}))


@post("/notes", roles=ANY, status=201)
def create_note(body: Note, actor: Actor, db: Connection) -> Note:
    """Write a note."""
    outbox.publish(db, NoteWritten(title=body.title))
    if body.title == "conflict":
        raise ConflictError("Taken.", current='{"title":"theirs"}')
    if body.title == "bug":
        raise ZeroDivisionError
    return body


def _data(response: Any) -> Any:
    return json.loads(response.body)["data"]


def _codes(response: Any) -> list[tuple[str, str | None]]:
    return [(each["code"], each.get("field")) for each in json.loads(response.body)["errors"]]


def test_a_page_in_its_envelope() -> None:
    """Items, the cursor of the next page, the clock, the links."""
    response = ask(list_notes, query="limit=2&tag=a", method="GET")
    document = json.loads(response.body)
    assert document["data"] == [{"title": "note 0", "amount": 0}, {"title": "note 1", "amount": 1}]
    assert document["meta"]["pagination"] == {"next": "more", "limit": 2}
    assert datetime.fromisoformat(document["meta"]["timestamp"]).tzinfo is not None
    assert document["links"] == {
        "self": "/notes?limit=2&tag=a",
        "next": "/notes?limit=2&tag=a&cursor=more",
    }


def test_the_last_page_has_no_next() -> None:
    """Nothing to follow."""
    document = json.loads(ask(list_notes, query="limit=1&cursor=x").body)
    assert document["meta"]["pagination"]["next"] is None
    assert "next" not in document["links"]


def test_every_answer_carries_its_fences() -> None:
    """Request id, security headers, and what caches must know."""
    response = ask(get_note, "/notes/1")
    assert UUID(response.headers["X-Request-Id"]).version == 7
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "public, max-age=60"
    assert response.headers["Vary"] == "Accept-Encoding, Origin"


def test_what_has_not_changed_is_not_sent_again() -> None:
    """A 304 costs a phone a few bytes; the clock in `meta` does not change the tag."""
    tag = ask(get_note, "/notes/1").headers["ETag"]
    again = ask(get_note, "/notes/1", if_none_match=f'"other", {tag}')
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert ask(get_note, "/notes/2", if_none_match=tag).status == 200
    assert ask(get_note, "/notes/2", if_none_match="*").status == 304


def test_fields_pick() -> None:
    """Of one thing and of every item of a list; an unknown one is an error."""
    assert _data(ask(get_note, "/notes/3", query="fields=amount")) == {"amount": 3}
    assert _data(ask(list_notes, query="limit=2&fields=title")) == [
        {"title": "note 0"},
        {"title": "note 1"},
    ]
    assert _codes(ask(get_note, "/notes/3", query="fields=secret")) == [("UNKNOWN_FIELD", "fields")]


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("br, gzip", "br"),
        ("gzip", "gzip"),
        ("gzip;q=0.5, br;q=0", "gzip"),
        ("identity", None),
        ("", None),
        ("br;q=0, gzip;q=0", None),
    ],
)
def test_compression(accept: str, coding: str | None) -> None:
    """What the phone understands, if it is worth it."""
    plain = ask(list_notes, query="limit=50").body
    response = ask(list_notes, query="limit=50", accept_encoding=accept)
    assert response.headers.get("Content-Encoding") == coding
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
    assert json.loads(unpack(response.body))["data"] == json.loads(plain)["data"]
    assert (
        ask(list_notes, query="limit=1", accept_encoding="br").headers.get("Content-Encoding")
        is None
    )


def test_head_is_get_without_a_body() -> None:
    """Same headers."""
    response = ask(get_note, "/notes/1", method="HEAD")
    assert (response.status, response.body) == (200, b"")
    assert response.headers["ETag"] == ask(get_note, "/notes/1").headers["ETag"]


def test_the_wrong_door() -> None:
    """Another method is 405 and says which; another path is 404."""
    wrong = ask(get_note, "/notes/1", method="DELETE")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET")
    for path in ("/notes", "/notes/1/", "/notes//1", "//notes/1", "/NOTES/1", "/"):
        assert ask(get_note, path).status == 404


def test_a_browser_of_ours_may_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only origins on the list are let in, and never by wildcard."""
    monkeypatch.setenv("CORS_ORIGINS", "https://app.pushnchat.com")
    settings.cache_clear()
    allowed = ask(get_note, "/notes/1", method="OPTIONS", origin="https://app.pushnchat.com")
    assert allowed.status == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://app.pushnchat.com"
    # Its neighbours on the path have other methods, and one of them all answers for the path.
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        assert method in allowed.headers["Access-Control-Allow-Methods"].split(", ")
    assert (
        "ETag"
        in ask(get_note, "/notes/1", origin="https://app.pushnchat.com").headers[
            "Access-Control-Expose-Headers"
        ]
    )
    for stranger in (
        "null",
        "https://evil.com",
        "https://app.pushnchat.com.evil.com",
        "http://app.pushnchat.com",
    ):
        for method in ("OPTIONS", "GET"):
            answer = ask(get_note, "/notes/1", method=method, origin=stranger)
            assert "Access-Control-Allow-Origin" not in answer.headers
    monkeypatch.undo()
    settings.cache_clear()


def test_work_and_event_commit_together(suite: Suite) -> None:
    """A refusal and a bug leave neither."""
    ngozi = person(suite)
    bearer = f"Bearer {suite.token(ngozi)}"

    def write(title: str) -> Any:
        body = json.dumps({"title": title}).encode()
        return ask(
            create_note,
            method="POST",
            body=body,
            authorization=bearer,
            content_type="application/json",
        )

    assert write("kept").status == 201
    conflict = write("conflict")
    assert (conflict.status, json.loads(conflict.body)["current"]) == (409, {"title": "theirs"})
    bug = write("bug")
    assert (bug.status, _codes(bug)) == (500, [("INTERNAL", None)])
    assert b"ZeroDivision" not in bug.body
    assert [event["data"]["title"] for event in suite.events("NoteWritten")] == ["kept"]


def test_an_event_in_its_envelope(suite: Suite) -> None:
    """One trace from the phone's request to the event."""
    ngozi = person(suite)
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    ask(
        create_note,
        method="POST",
        body=b'{"title": "kept"}',
        authorization=f"Bearer {suite.token(ngozi)}",
        content_type="application/json",
        traceparent=f"00-{trace}-00f067aa0ba902b7-01",
    )
    (event,) = suite.events("NoteWritten")
    assert event["source"] == "probes"
    assert event["metadata"] == {"traceId": trace}
    assert UUID(event["id"]).version == 7
    assert (
        suite.value("SELECT traceparent FROM platform.outbox WHERE type = 'NoteWritten'")[3:35]
        == trace
    )


def test_logs_are_one_line_of_json_without_people(
    suite: Suite, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a request carries, and whatever blows up."""
    ngozi = person(suite)
    capsys.readouterr()
    title = 'a\\n{\\"severity\\":1}'
    token = suite.token(ngozi)
    ask(
        create_note,
        method="POST",
        body=f'{{"title": "{title}"}}'.encode(),
        authorization=f"Bearer {token}",
        content_type="application/json",
    )
    ask(
        create_note,
        method="POST",
        body=b'{"title": "bug"}',
        authorization=f"Bearer {token}",
        content_type="application/json",
    )
    lines = capsys.readouterr().out.strip().splitlines()
    read = [json.loads(line) for line in lines]
    assert {line["severity"] for line in read} == {"INFO", "ERROR"}
    assert all(
        line["function"] == "create_note" and line["request_id"] and line["trace"] for line in read
    )
    assert read[0]["actor"] == str(ngozi.user_id)
    for secret in (token, 'severity\\":1'):
        assert secret not in "\n".join(lines)


def test_the_same_clock_throughout() -> None:
    """`now` is when the request arrived."""
    at = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    response = edge.serve(entry_of(list_notes), Request("GET", "/notes"), at)
    assert json.loads(response.body)["meta"]["timestamp"] == "2026-03-31T22:30:00Z"


def test_an_edit_names_its_version(suite: Suite) -> None:
    """Without If-Match it is refused; the number may come quoted."""

    @patch("/notes/{note_id}", roles=ANY)
    def update_note(note_id: int, version: IfMatch, actor: Actor) -> Note:
        """Change a note."""
        return Note(title=f"version {version}")

    bearer = f"Bearer {suite.token(person(suite))}"
    bare = ask(update_note, "/notes/1", method="PATCH", authorization=bearer)
    assert (bare.status, _codes(bare)) == (428, [("PRECONDITION_REQUIRED", "If-Match")])
    for good in ("3", '"3"', 'W/"3"'):
        answer = ask(update_note, "/notes/1", method="PATCH", authorization=bearer, if_match=good)
        assert _data(answer)["title"] == "version 3"
    for bad in ("*", "x", "-1", "9" * 20, '""'):
        assert (
            ask(update_note, "/notes/1", method="PATCH", authorization=bearer, if_match=bad).status
            == 422
        )


def test_nothing_is_204(suite: Suite) -> None:
    """A delete answers without a body."""

    @delete("/notes/{note_id}", roles=ANY)
    def delete_note(note_id: int, actor: Actor) -> None:
        """Remove a note."""

    bearer = f"Bearer {suite.token(person(suite))}"
    response = ask(delete_note, "/notes/1", method="DELETE", authorization=bearer)
    assert (response.status, response.body) == (204, b"")


def test_doors(suite: Suite) -> None:
    """No token, no account, another role, suspended, signed out: each its own refusal."""

    @get("/admin", roles={ADMIN})
    def get_admin(actor: Actor) -> Health:
        """Read."""
        return Health(status="ok")

    @get("/me", roles=SIGNED_IN)
    def get_sign_in(actor: Actor) -> Health:
        """Read."""
        return Health(status="ok")

    ngozi = person(suite, roles=(CONSUMER,))
    bearer = f"Bearer {suite.token(ngozi)}"
    stranger = f"Bearer {suite.signer.person('stranger')}"

    def knock(probe: Any, path: str, **headers: Any) -> tuple[int, str]:
        response = ask(probe, path, **headers)
        return response.status, _codes(response)[0][0] if response.status >= 400 else "OK"

    assert knock(get_admin, "/admin") == (401, "UNAUTHENTICATED")
    assert knock(get_admin, "/admin", authorization="Basic YTpi") == (401, "UNAUTHENTICATED")
    assert knock(get_admin, "/admin", authorization="Bearer nonsense") == (401, "INVALID_TOKEN")
    assert knock(get_admin, "/admin", authorization=stranger) == (403, "NOT_ONBOARDED")
    assert knock(get_sign_in, "/me", authorization=stranger) == (200, "OK")
    assert knock(get_admin, "/admin", authorization=bearer) == (403, "ROLE_NOT_ALLOWED")
    suite.rows("UPDATE users.account SET roles = '{admin}' WHERE id = :id", id=ngozi.user_id)
    assert knock(get_admin, "/admin", authorization=bearer) == (200, "OK")
    assert knock(get_admin, "/admin", authorization=stranger, x_forwarded_authorization=bearer) == (
        200,
        "OK",
    )
    suite.rows("UPDATE users.account SET state = 'suspended' WHERE id = :id", id=ngozi.user_id)
    assert knock(get_admin, "/admin", authorization=bearer) == (403, "ACCOUNT_SUSPENDED")
    suite.rows(
        "UPDATE users.account SET state = 'active', revoked_after = now() + interval '1 minute'"
    )
    assert knock(get_admin, "/admin", authorization=bearer) == (401, "TOKEN_REVOKED")
    assert ask(get_admin, "/admin").headers["WWW-Authenticate"] == "Bearer"


def test_rules_hide_or_explain() -> None:
    """A row he may not know of is 404, one he may not touch is 403 with the rule's sentence."""

    def may_edit(actor: Actor, row: str) -> bool | Denial:
        """Only its author may edit a note.

        More about it.
        """
        return True if row == "mine" else Denial(hidden=row == "secret")

    actor = Actor("u", AUTHOR, frozenset({CONSUMER}))
    authorize(may_edit, actor, "mine")
    with pytest.raises(Exception, match="nothing here"):
        authorize(may_edit, actor, "secret")
    with pytest.raises(Exception, match=r"^Only its author may edit a note\.$"):
        authorize(may_edit, actor, "theirs")


@pytest.mark.parametrize("state", ["40P01", "40001", "0A000"])
def test_a_deadlock_is_run_again(suite: Suite, state: str) -> None:
    """The caller never sees it; after three tries he hears 503."""
    tries: list[int] = []
    bearer = f"Bearer {suite.token(person(suite))}"

    def failing(times: int) -> Any:
        @post("/notes", roles=ANY)
        def write_note(actor: Actor, db: Connection) -> Health:
            """Write."""
            tries.append(1)
            outbox.publish(db, NoteWritten(title=f"try {len(tries)}"))
            if len(tries) <= times:
                raise DatabaseError({"C": state})
            return Health(status="ok")

        return ask(write_note, method="POST", authorization=bearer)

    assert failing(2).status == 200
    assert [event["data"]["title"] for event in suite.events("NoteWritten")] == ["try 3"]
    tries.clear()
    assert failing(9).status in {500, 503}
    assert len(tries) == 3


def test_a_handler_handles_once(suite: Suite) -> None:
    """A thousand deliveries, one effect; and none when it fails half way."""
    seen: list[str] = []

    @on_event()
    def on_note_written_count(event: NoteWritten, db: Connection) -> None:
        """Count."""
        seen.append(event.title)
        outbox.publish(db, NoteWritten(title="follow-up"))
        if len(seen) == 1:
            raise ZeroDivisionError

    entry = entry_of(on_note_written_count)
    body = json.dumps(
        {"id": str(AUTHOR), "type": "NoteWritten", "data": {"title": "a", "later": 1}}
    )
    assert suite.push(entry, body).status == 500
    assert suite.rows("SELECT * FROM platform.inbox") == []
    assert {suite.push(entry, body).status for _ in range(20)} == {204}
    assert seen == ["a", "a"]
    assert len(suite.events("NoteWritten")) == 1


def test_a_trace_goes_through_events(suite: Suite) -> None:
    """What a handler announces belongs to the request that began it all."""

    @on_event()
    def on_note_written_follow(event: NoteWritten, db: Connection) -> None:
        """Follow."""
        outbox.publish(db, NoteWritten(title=f"after {event.title}"))

    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    envelope = json.dumps({"id": str(AUTHOR), "type": "NoteWritten", "data": {"title": "a"}})
    message = {
        "data": base64.b64encode(envelope.encode()).decode(),
        "attributes": {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"},
    }
    response = ask(
        on_note_written_follow,
        "/",
        method="POST",
        body=json.dumps({"message": message}).encode(),
        authorization=f"Bearer {suite.signer.caller('push')}",
    )
    assert response.status == 204
    assert suite.events()[-1]["metadata"]["traceId"] == trace


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"message": {}}',
        b'{"message": {"data": "!"}}',
        b'{"message": {"data": "e30="}}',
        b'{"message": {"data": "eyJpZCI6MX0="}}',
        b"[" * 9999,
    ],
)
def test_what_is_no_event_is_refused(suite: Suite, body: bytes) -> None:
    """Refused, so that it ends among the dead letters and not nowhere."""

    @on_event()
    def on_note_written_fail(event: NoteWritten) -> None:
        """Fail."""
        raise AssertionError

    response = ask(
        on_note_written_fail,
        "/",
        method="POST",
        body=body,
        authorization=f"Bearer {suite.signer.caller('push')}",
    )
    assert (response.status, _codes(response)) == (400, [("MALFORMED_EVENT", None)])


def test_a_task_that_never_works_is_kept(suite: Suite) -> None:
    """Cloud Tasks has no dead letters: the last attempt stores the failure and answers 204."""

    @task(queue="notes", attempts=3)
    def task_write_note(task: Note, db: Connection) -> None:
        """Write."""
        outbox.publish(db, NoteWritten(title=task.title))
        if task.title == "broken":
            raise ZeroDivisionError

    def attempt(title: str, name: str, retries: object) -> int:
        return ask(
            task_write_note,
            "/",
            method="POST",
            body=json.dumps({"title": title}).encode(),
            authorization=f"Bearer {suite.signer.caller('tasks')}",
            x_cloudtasks_taskname=name,
            x_cloudtasks_taskretrycount=str(retries),
        ).status

    assert attempt("broken", "aa", "\xb2") == 400
    assert [attempt("broken", "aa", number) for number in range(3)] == [500, 500, 204]
    assert suite.rows("SELECT queue, function, attempts FROM platform.failed_task") == [
        ["notes", "task_write_note", 3]
    ]
    assert suite.events("NoteWritten") == []
    assert [attempt("works", AUTHOR.hex, 0) for _ in range(3)] == [204, 204, 204]
    assert len(suite.events("NoteWritten")) == 1


def test_a_job_works_in_batches(suite: Suite) -> None:
    """Each batch commits by itself; the clock is the one it was due at."""
    clocks: list[datetime] = []

    @cron("*/5 * * * *")
    def cron_count(db: Connection, now: datetime) -> Batch:
        """Count."""
        clocks.append(now)
        outbox.publish(db, NoteWritten(title=str(len(clocks))))
        if len(clocks) == 3:
            raise ZeroDivisionError
        return Batch(done=2, more=len(clocks) < 5)

    due = "2026-11-22T10:05:00+00:00"

    def run() -> Any:
        return ask(
            cron_count,
            "/",
            method="POST",
            authorization=f"Bearer {suite.signer.caller('scheduler')}",
            x_cloudscheduler_scheduletime=due,
        )

    assert run().status == 500
    assert len(suite.events("NoteWritten")) == 2
    assert json.loads(run().body)["data"] == {"done": 4}
    assert set(clocks) == {datetime.fromisoformat(due)}


def no_trigger() -> None:
    """Lack a decorator."""


@get("/notes/{note_id}", roles=PUBLIC)
def without_variable() -> None:
    """Ignore the path."""


@get("/notes", roles=PUBLIC)
def public_with_actor(actor: Actor) -> None:
    """Ask for somebody who need not exist."""


@get("/notes", roles=ANY)
def from_nowhere(mystery: int) -> None:
    """Ask for what nobody gives."""


@get("/notes", roles=ANY, hides=True)
def closed_and_hiding() -> None:
    """Hide something where nobody comes in without a token."""


@get("/notes", roles=PUBLIC, cache_seconds=60, hides=True)
def cached_and_hiding() -> None:
    """Hide something in an answer that others get too."""


@get("/notes", roles=ANY)
def wrong_actor(actor: str) -> None:
    """Mistake the caller."""


@get("/notes/{note_id}", roles=ANY)
def wrong_variable(note_id: float) -> None:
    """Take an id for a measure."""


@on_event()
def no_event() -> None:
    """Listen to nothing."""


@cron("* * * * *")
def no_batch() -> None:
    """Report nothing."""


@cron("* * * * *")
def with_body(body: Note) -> Batch:
    """Expect a body from a clock."""
    return Batch(len(body.title), more=False)


@pytest.mark.parametrize(
    "function",
    [
        no_trigger,
        without_variable,
        public_with_actor,
        closed_and_hiding,
        cached_and_hiding,
        from_nowhere,
        wrong_actor,
        wrong_variable,
        no_event,
        no_batch,
        with_body,
    ],
)
def test_signatures_that_do_not_fit(function: Any) -> None:
    """Found when the suite is checked, not when somebody calls."""
    with pytest.raises(BadSignatureError):
        compile_entry(function)


def test_a_door_must_be_said() -> None:
    """Forgetting who may knock is an error at import."""
    with pytest.raises(TypeError):
        get("/notes")  # type: ignore[call-arg]


def test_a_connection_out_of_step_is_never_used_again(suite: Suite) -> None:
    """A reply to another question is nobody's: 503, and then a new connection."""
    bearer = f"Bearer {suite.token(person(suite))}"

    @get("/me", roles=ANY)
    def get_backend(actor: Actor, db: Connection) -> Json[Note]:
        """Read."""
        return Json(json.dumps({"title": "pid", "amount": db.value("SELECT pg_backend_pid()")}))

    before = _data(ask(get_backend, "/me", authorization=bearer))["amount"]
    suite.rows("ALTER FUNCTION users.begin_request(text, text) RENAME TO kept")
    suite.rows(
        "CREATE FUNCTION users.begin_request(token_uid text, nonce text) "
        "RETURNS TABLE (echoed text, user_id uuid, roles text[], state text, "
        "revoked_after timestamptz, businesses text[]) "
        "LANGUAGE sql AS $$ SELECT 'another', k.user_id, k.roles, k.state, k.revoked_after, "
        "k.businesses FROM users.kept(token_uid, nonce) AS k $$"
    )
    suite.rows("GRANT EXECUTE ON FUNCTION users.begin_request(text, text) TO svc_platform")
    try:
        assert ask(get_backend, "/me", authorization=bearer).status == 503
    finally:
        suite.rows("DROP FUNCTION users.begin_request(text, text)")
        suite.rows("ALTER FUNCTION users.kept(text, text) RENAME TO begin_request")
    for _ in range(4):
        assert _data(ask(get_backend, "/me", authorization=bearer))["amount"] != before
