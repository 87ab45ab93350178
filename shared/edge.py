"""From a request to a function and back, in one readable order.

request id and trace → verify token → rate limit → begin (account, role, row-level security and the
idempotency key in the same round trip) → parse → call → put it on record → commit → hand the outbox
over → ETag and cache headers → answer. What Google's services call takes the same way from the
transaction on; how it comes in is in `shared/jobs.py`. It is framework-neutral: `shared/adapter.py`
serves it under Flask.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared import idempotency, limits, log, parsing, rendering, tokens, trace
from shared.admission import (
    OutOfStepError,
    admit,
    ask_provider,
    bearer,
    has_token,
    opening,
    step_up,
)
from shared.auth import Actor
from shared.db import Connection, pool
from shared.entry import Entry, answered_for, open_to_strangers
from shared.errors import (
    ApiError,
    InvalidError,
    MethodNotAllowedError,
    NotFoundError,
    PreconditionRequiredError,
    UnavailableError,
)
from shared.http import Request, Response
from shared.ids import new_id
from shared.sqlstates import as_refusal, may_run_again
from shared.triggers import Http, Limit

if TYPE_CHECKING:
    from shared.cloud.identity import Standing

TRIES = 3
AGAIN_SECONDS = 2.0
"""A request that has waited longer is not tried again: whoever is slow is not asked for more."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})
_COMMON_PARAMETERS = frozenset({"fields"})


@dataclass(slots=True)
class Call:
    """One request on its way through."""

    entry: Entry
    request: Request
    id: str
    now: datetime
    claims: tokens.Claims | None = None
    standing: "Standing | None" = None
    """What the identity provider says of the caller, where it was asked."""
    key: idempotency.Claim | None = None
    stored: idempotency.StoredAnswer | None = None
    bucket: limits.Bucket | None = None
    actor: Actor | None = None
    variables: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def serve(entry: Entry, request: Request, now: datetime | None = None) -> Response:
    """Serve one request; whatever goes wrong becomes an answer, and one log line."""
    started = time.perf_counter()
    request_id = str(new_id())
    trace_id = trace.begin(request.header("traceparent"))
    log.bind(request_id=request_id, function=entry.name, trace=trace_id)
    call = Call(entry, request, request_id, now or datetime.now(UTC))
    try:
        response = _dispatch(call)
    except ApiError as error:
        response = rendering.refusal(error, entry.service)
    except Exception as error:  # noqa: BLE001  # the last fence: logged with its trace, bare to the caller
        refusal = as_refusal(error)
        if isinstance(refusal, ApiError):
            log.write("WARNING", "database refused", error=log.described(error))
            response = rendering.refusal(refusal, entry.service)
        else:
            log.exception("unhandled", error)
            response = rendering.failure(entry.service)
    rendering.finish(call.request, response, request_id, {**call.headers})
    log.write(
        "ERROR" if response.status >= 500 else "INFO",  # noqa: PLR2004  # the class of server errors
        f"{request.method if request.method in _METHODS else '?'} {entry.name} {response.status}",
        status=response.status,
        latency_ms=round((time.perf_counter() - started) * 1000, 2),
        bytes=len(response.body),
        actor=str(call.actor.user_id) if call.actor else None,
    )
    return response


def _dispatch(call: Call) -> Response:
    trigger = call.entry.trigger
    if isinstance(trigger, Http):
        return _serve_http(call, trigger)
    from shared import jobs  # noqa: PLC0415  # requests of people need none

    return jobs.serve(call, trigger)


def _serve_http(call: Call, trigger: Http) -> Response:
    entry, request = call.entry, call.request
    matched = entry.pattern.match(request.path)
    if matched is None:
        raise NotFoundError("There is no such operation.")
    if entry.sunset:
        call.headers.update(rendering.farewell(entry.sunset))
    if request.method == "OPTIONS":
        return rendering.preflight(request)
    if request.method not in ({"GET", "HEAD"} if trigger.method == "GET" else {trigger.method}):
        raise MethodNotAllowedError(
            f"This is a {trigger.method}.", headers={"Allow": trigger.method}
        )
    call.variables = matched.groupdict()
    if trigger.hides:
        call.headers["Vary"] = "Authorization"
    if not open_to_strangers(trigger) or (trigger.hides and has_token(request)):
        _identify(call, trigger)
    if call.claims is None and trigger.method == "GET" and not trigger.limit:
        arguments = _arguments(call)
        if "db" not in entry.wants:
            return _answer(call, trigger, entry.function(**arguments))
        return _without_transaction(call, trigger, arguments)
    return in_transaction(call, lambda db: _work(call, trigger, db))


def _identify(call: Call, trigger: Http) -> None:
    """Read who calls, what his provider says of him, and under which key."""
    request = call.request
    call.claims = tokens.verify(bearer(request))
    if trigger.sensitive:
        call.standing = ask_provider(call.claims, call.now)
    if trigger.idempotent:
        call.key = idempotency.read(
            request.header("idempotency-key"),
            call.claims.uid,
            call.entry.name,
            request.path,
            request.body or b"",
        )


def _without_transaction(call: Call, trigger: Http, arguments: dict[str, Any]) -> Response:
    """Run a public read: its one statement is its own transaction, one round trip."""
    begun = time.monotonic()
    for attempt in range(TRIES):
        db = None
        try:
            with pool(call.entry.db_role).connection() as db:
                return _answer(call, trigger, call.entry.function(**arguments, db=db))
        except ApiError:
            raise
        except Exception as error:
            if attempt == TRIES - 1 or not _again(error, db, begun):
                raise
    raise UnavailableError


def _work(call: Call, trigger: Http, db: Connection) -> Response:
    if call.stored:
        replayed = {**call.stored.headers, "Idempotency-Replayed": "true"}
        return Response(call.stored.status, replayed, call.stored.body.encode())
    arguments = _arguments(call)
    if "db" in call.entry.wants:
        arguments["db"] = db
    response = _answer(call, trigger, call.entry.function(**arguments))
    if call.key:
        answer = idempotency.StoredAnswer(response.status, response.headers, response.body.decode())
        db.closing.append(idempotency.storing(call.key, answer))
    if answered_for(trigger):
        from shared import audit  # noqa: PLC0415  # as for limits

        assert call.actor is not None  # noqa: S101  # compile_entry demands an account
        audit.record(db, call.entry, trigger, call.actor, call.id)
    return response


def _answer(call: Call, trigger: Http, value: object) -> Response:
    return rendering.answer(call.request, trigger, value, call.now, own=call.claims is not None)


def _arguments(call: Call) -> dict[str, Any]:
    """Parse all that the signature asks for and the request carries."""
    entry, request = call.entry, call.request
    arguments: dict[str, Any] = {
        name: parsing.path_value(name, call.variables[name], kind)
        for name, kind in entry.path.items()
    }
    query = parsing.query_of(request.query, entry.query, ignore=_COMMON_PARAMETERS)
    if query is not None:
        arguments["query"] = query
    if entry.body:
        arguments["body"] = parsing.body_of(request, entry.body)
    elif request.body is None:
        raise InvalidError("This takes no body.", code="UNEXPECTED_BODY")
    if "version" in entry.wants:
        arguments["version"] = _version(request)
    if "actor" in entry.wants:
        arguments["actor"] = call.actor
    if "now" in entry.wants:
        arguments["now"] = call.now
    if "token" in entry.wants:
        arguments["token"] = bearer(request)
    return arguments


def _version(request: Request) -> int:
    raw = request.header("if-match")
    if raw is None:
        raise PreconditionRequiredError("Send the version you edit as If-Match.", field="If-Match")
    digits = raw.removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):  # noqa: PLR2004  # fits int4
        raise InvalidError("If-Match takes the number in `version`.", field="If-Match")
    return int(digits)


def _caller(call: Call) -> str:
    """Return whose limit counts: the sign-in's, or the network origin's of a stranger."""
    if call.claims:
        return call.claims.uid
    return limits.origin(call.request.header("x-forwarded-for"))


def in_transaction(call: Call, work: Callable[[Connection], Response]) -> Response:
    """Run `work` in one transaction, again when it surely left no trace; then hand over."""
    role, trigger = call.entry.db_role, call.entry.trigger
    limit = trigger.limit if isinstance(trigger, Http) else None
    begun = time.monotonic()
    for attempt in range(TRIES):
        db = None
        # Trying again is not another call.
        before = _taking(call, limit) if limit and call.bucket is None else ""
        first, nonce = opening(call.claims)
        if call.key:
            first = f"{first};{idempotency.claiming(call.key)}"
        try:
            with pool(role).transaction(first, before) as (db, rows):
                if limit and before:
                    call.bucket, headers = limits.demand(limit, rows.pop(0))
                    call.headers.update(headers)
                if call.claims is not None and isinstance(trigger, Http):
                    _enter(call, trigger, db, rows, nonce)
                response = work(db)
                call.headers.update(db.headers)
                outgoing = db.outgoing  # out here the connection may be somebody else's already
            if outgoing:
                from shared import outbox  # noqa: PLC0415  # whoever announced has imported it

                outbox.hand_over(role, outgoing)
        except ApiError:
            raise
        except Exception as error:
            if attempt == TRIES - 1 or not _again(error, db, begun):
                raise
        else:
            return response
    raise UnavailableError


def _taking(call: Call, limit: Limit) -> str:
    return limits.taking(limit, call.entry.name, _caller(call), call.key)


def _enter(call: Call, trigger: Http, db: Connection, rows: list[list[Any]], nonce: str) -> None:
    """Read what came back with BEGIN: who calls, and what his key was answered with."""
    assert call.claims is not None  # noqa: S101  # the caller has looked
    try:
        call.actor = admit(trigger, call.claims, rows[0], nonce)
    except OutOfStepError:
        db.broken = True  # before anybody else can be lent it
        raise
    if trigger.sensitive:
        step_up(call.claims, call.standing, call.now)
    if call.key:
        call.stored = idempotency.answered(rows[1])
        if call.stored and trigger.limit and call.bucket and call.bucket.taken:
            db.closing.append(
                limits.returning(trigger.limit, call.entry.name, _caller(call), call.bucket)
            )


def _again(error: Exception, db: Connection | None, begun: float) -> bool:
    """Tell whether to try once more: the error left no trace, and came soon after `begun`."""
    committing = db is not None and db.committing
    soon = time.monotonic() - begun < AGAIN_SECONDS
    return soon and may_run_again(error, committing=committing)
