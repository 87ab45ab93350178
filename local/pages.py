"""What a developer sees of the local cloud: `/local/`, as a page and as JSON."""

import html
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from local import chat, deliveries, documents, jobs, pushes, schedule
from local.identity import Signer
from local.store import Store
from shared import edge
from shared.entry import Entry
from shared.errors import BadRequestError, ForbiddenError, InvalidError, NotFoundError
from shared.http import Request, Response
from shared.roles import Role
from shared.settings import settings
from shared.triggers import Cron

WATCHED = "/local/documents/"
"""Below it a document, or a collection, is watched: `curl -N …/local/documents/inboxes`."""

_HOSTS = {"127.0.0.1", "localhost", "[::1]"}
_STATES = {"waiting", "delivered", "dead"}
_JSON = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
_HTML = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


class Pages:
    """Serves `/local/…`."""

    def __init__(
        self,
        store: Store,
        signer: Signer,
        entries: dict[str, Entry],
        sign_in: Callable[[str], str],
    ) -> None:
        """Show what `store` holds; act with the key of `signer`; `sign_in` gives tokens by uid."""
        self._store = store
        self._signer = signer
        self._sign_in = sign_in
        self._entries = entries
        self._reads: dict[str, Callable[[Request], Any]] = {
            "deliveries": self._deliveries,
            "dead-letters": self._dead_letters,
            "outbox": self._outbox,
            "notifications": self._notifications,
            "schedule": self._schedule,
            "documents": lambda request: documents.listed(self._store, _limit(request)),
            "pushes": lambda request: pushes.listed(self._store, _limit(request)),
        }

    def answer(self, request: Request) -> Response:
        """Answer a request for a page, or for something to be done."""
        _require_own_address(request)
        name = request.path.removeprefix("/local").strip("/")
        if request.method == "POST":
            return self._act(name, _document(request))
        if name == "":
            return Response(200, {**_HTML}, self._overview().encode())
        if name == "chat" or name.startswith("chat/"):
            return chat.answer(name.removeprefix("chat").strip("/"))
        if (read := self._reads.get(name)) is None:
            raise NotFoundError("There is no such page.")
        return _rendered(read(request))

    def watch(self, request: Request) -> Iterator[bytes]:
        """Return the events of a document, or of a collection of them, as they happen."""
        _require_own_address(request)
        return documents.watch(self._store, request.path.removeprefix(WATCHED).strip("/"))

    def _act(self, name: str, body: dict[str, Any]) -> Response:
        match name.split("/"):
            case ["token"]:
                return _rendered(self._token(body))
            case ["scheduler"]:
                return _rendered({"running": self._switch(body.get("running"))})
            case ["pushes", "failures"]:
                return _rendered(self._push_failure(body))
            case ["scheduler", "tick"]:
                return self._tick(str(body.get("job")))
            case ["dead-letters", number, "replay"] if number.isascii() and number.isdigit():
                if deliveries.replay(self._store, int(number)):
                    return _rendered({"id": int(number), "state": "waiting"})
        raise NotFoundError("There is no such page, or nothing dead of that number.")

    def _token(self, body: dict[str, Any]) -> dict[str, str]:
        uid = body.get("uid")
        if uid is None:
            role = str(body.get("role"))
            if role not in set(Role):
                raise InvalidError(f"Roles are {', '.join(Role)}.", field="role")
            uid = f"demo-{role}"
        return {"uid": str(uid), "token": self._sign_in(str(uid))}

    def _switch(self, running: object) -> bool:
        if not isinstance(running, bool):
            raise InvalidError("Send true or false.", field="running")
        deliveries.turn(self._store, schedule.SWITCH, on=running)
        return running

    def _push_failure(self, body: dict[str, Any]) -> dict[str, Any]:
        try:
            pushes.tell(self._store, body)
        except (TypeError, ValueError) as error:
            raise InvalidError(str(error), field="failure") from error
        return body

    def _tick(self, job: str) -> Response:
        """Run a job now, whether or not the scheduler runs; answer what the job answers."""
        entry = self._entries.get(job)
        if entry is None or not isinstance(entry.trigger, Cron):
            raise InvalidError("There is no such job: see /local/schedule.", field="job")
        token = self._signer.caller("scheduler", settings().url_of(job))
        headers = {
            "authorization": f"Bearer {token}",
            "x-cloudscheduler": "true",
            "x-cloudscheduler-jobname": job.replace("_", "-"),
            "x-cloudscheduler-scheduletime": datetime.now(UTC).isoformat(),
        }
        return edge.serve(entry, Request("POST", "/", "", headers))

    def _deliveries(self, request: Request) -> list[dict[str, Any]]:
        state = _parameter(request, "state")
        if state is not None and state not in _STATES:
            raise InvalidError(f"States are {', '.join(sorted(_STATES))}.", field="state")
        return deliveries.listed(self._store, state, _limit(request))

    def _dead_letters(self, request: Request) -> list[dict[str, Any]]:
        return deliveries.listed(self._store, "dead", _limit(request))

    def _outbox(self, request: Request) -> list[dict[str, Any]]:
        return self._store.rows(
            """
            SELECT id, kind, topic, type, ordering_key, created_at, sent_at, body
            FROM platform.outbox ORDER BY seq DESC LIMIT :limit
            """,
            limit=_limit(request),
        )

    def _notifications(self, request: Request) -> list[dict[str, Any]]:
        rows = self._store.rows(
            """
            SELECT to_jsonb(n) AS notification FROM notifications.notification AS n
            ORDER BY n.id DESC LIMIT :limit
            """,
            limit=_limit(request),
        )
        return [row["notification"] for row in rows]

    def _schedule(self, _: Request) -> dict[str, Any]:
        rows = self._store.rows("SELECT job, last_due FROM local.schedule")
        last = {row["job"]: row["last_due"] for row in rows}
        now = datetime.now(UTC)
        return {
            "running": deliveries.is_on(self._store, schedule.SWITCH),
            "jobs": [
                {
                    "job": jobs.function_of(job),
                    "cron": job["schedule"],
                    "last_due": last.get(job["name"]),
                    "next_due": jobs.next_due(job["schedule"], now, job["timeZone"]),
                }
                for job in jobs.listed(self._store)
            ],
        }

    def _overview(self) -> str:
        counts = self._store.rows(
            "SELECT kind, state, count(*) AS n FROM local.delivery GROUP BY 1, 2 ORDER BY 1, 2"
        )
        unsent = self._store.value("SELECT count(*) FROM platform.outbox WHERE sent_at IS NULL")
        lines = "".join(f"<tr><td>{row['kind']}<td>{row['state']}<td>{row['n']}" for row in counts)
        names = [*self._reads, "chat"]
        links = "".join(f'<li><a href="/local/{name}">{name}</a>' for name in names)
        functions = "".join(
            f"<li>{html.escape(entry.name)}: {html.escape(entry.summary)}"
            for entry in self._entries.values()
        )
        return (
            "<!doctype html><meta charset=utf-8><title>PushNchat on this machine</title>"
            "<style>body{font:16px sans-serif;margin:2rem;max-width:60rem}td{padding:0 1rem 0 0}"
            "</style><h1>PushNchat on this machine</h1>"
            f"<h2>Deliveries</h2><table>{lines}</table>"
            f"<p>{unsent} events in the outbox wait to be sent.<h2>Look</h2><ul>{links}</ul>"
            f"<h2>{len(self._entries)} functions</h2><ul>{functions}</ul>"
        )


def _require_own_address(request: Request) -> None:
    # A page in the developer's browser may not read tokens here through a name of its own.
    if (request.header("host") or "").rpartition(":")[0] not in _HOSTS:
        raise ForbiddenError("Local pages are served on this machine's own address only.")


def _rendered(data: object) -> Response:
    text = json.dumps({"data": data}, default=str, ensure_ascii=False, indent=1)
    return Response(200, {**_JSON}, text.encode())


def _document(request: Request) -> dict[str, Any]:
    """Read a JSON body; a form of a foreign page cannot send this content type unasked."""
    if "application/json" not in (request.header("content-type") or ""):
        raise BadRequestError("Send JSON with Content-Type: application/json.")
    try:
        found = json.loads(request.body or b"{}")
    except ValueError as error:
        raise BadRequestError("The body is not valid JSON.", code="MALFORMED_JSON") from error
    if not isinstance(found, dict):
        raise BadRequestError("The body is not an object.")
    return found


def _parameter(request: Request, name: str) -> str | None:
    return parse_qs(request.query).get(name, [None])[-1]


def _limit(request: Request) -> int:
    given = _parameter(request, "limit") or "50"
    if not (given.isascii() and given.isdigit() and int(given) > 0):
        raise InvalidError("This is not a number above 0.", field="limit")
    return min(int(given), deliveries.MOST_LISTED)
