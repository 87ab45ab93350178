"""The front door: every operation of the suite on one address, as the gateway routes it."""

from collections.abc import Callable, Iterable
from typing import Any

from local.dispatch import OTHERS
from local.pages import WATCHED, Pages
from local.storage import Storage
from shared import rendering
from shared.adapter import StartResponse, serve_wsgi
from shared.entry import Entry
from shared.errors import ApiError, MethodNotAllowedError, NotFoundError
from shared.http import Request, Response, from_environ, to_wsgi
from shared.ids import new_id
from shared.manifest.routes import Route
from shared.triggers import Http


class Router:
    """A WSGI application: finds the function of each request and serves it."""

    def __init__(
        self,
        routes: list[Route],
        entries: dict[str, Entry],
        pages: Pages,
        storage: Storage,
        exchange: Callable[[str], str] | None = None,
    ) -> None:
        """Serve operations by path, other functions by name, storage and the pages of local.

        `exchange` gives what a function is shown instead of the Authorization that came.
        """
        self._routes = routes
        self._others = {
            entry.name: entry for entry in entries.values() if not isinstance(entry.trigger, Http)
        }
        self._pages = pages
        self._exchange = exchange
        self._storage = storage

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        # Google's front end appends the address that it saw; so does this one.
        seen = [environ.get("HTTP_X_FORWARDED_FOR"), environ.get("REMOTE_ADDR")]
        environ["HTTP_X_FORWARDED_FOR"] = ", ".join(filter(None, seen))
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO") or "/"
        if path.startswith(OTHERS):
            name = path.removeprefix(OTHERS).replace("-", "_")
            if other := self._others.get(name):
                return serve_wsgi(other, environ, start_response)
        if self._storage.serves(path):
            return self._storage(environ, start_response)
        if self._exchange and (sent := environ.get("HTTP_AUTHORIZATION")):
            environ["HTTP_AUTHORIZATION"] = self._exchange(sent)
        matching = self._matching(path)
        for route in matching:
            if route.method == ("GET" if method == "HEAD" else method):
                return serve_wsgi(route.entry, environ, start_response)
        request = from_environ(environ)
        if method == "GET" and path.startswith(WATCHED):
            return self._watch(request, start_response)
        status, headers, body = to_wsgi(self._own(request, matching))
        start_response(status, headers)
        return body

    def _watch(self, request: Request, start_response: StartResponse) -> Iterable[bytes]:
        """Answer without end; each watcher holds one of the threads that serve."""
        try:
            events = self._pages.watch(request)
        except ApiError as error:
            status, headers, body = to_wsgi(rendering.refusal(error, "gateway"))
        else:
            status, body = "200 OK", events
            headers = [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")]
        start_response(status, headers)
        return body

    def _matching(self, path: str) -> list[Route]:
        """Return the operations on the path that wins: a literal one before one with variables."""
        found = [route for route in self._routes if route.pattern.match(path)]
        return [route for route in found if route.path == found[0].path]

    def _own(self, request: Request, matching: list[Route]) -> Response:
        """Answer what no function answers."""
        try:
            response = self._answer(request, ", ".join(route.method for route in matching))
        except ApiError as error:
            response = rendering.refusal(error, "gateway")
        page = "text/html" in response.headers.get("Content-Type", "")
        policy = response.headers.get("Content-Security-Policy")
        rendering.finish(request, response, str(new_id()), {})
        if page and policy:
            response.headers["Content-Security-Policy"] = policy
        return response

    def _answer(self, request: Request, methods: str) -> Response:
        if methods and request.method == "OPTIONS":
            return rendering.preflight(request)
        if methods:
            message = f"This path takes {methods}."
            raise MethodNotAllowedError(message, headers={"Allow": methods})
        if request.path in {"/", "/local"} or request.path.startswith("/local/"):
            return self._pages.answer(request)
        raise NotFoundError("There is no such operation.")
