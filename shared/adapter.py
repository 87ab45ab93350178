"""The edge under functions-framework's Flask, and under any WSGI server."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from shared import edge
from shared.entry import Entry, compile_entry
from shared.http import from_environ, to_wsgi

if TYPE_CHECKING:
    import flask

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def skip_dispatch(function: Callable[..., Any]) -> None:
    """Have the Flask app that is being built hand its requests straight to the edge.

    functions-framework resolves its target inside the app's context. Flask's own dispatch would
    cost as much as the edge, which does all of it here: routing, errors, limits of bodies.
    """
    import flask  # noqa: PLC0415  # loaded by the server; the edge does not need it

    if flask.has_app_context():
        entry = compile_entry(function)
        app = flask.current_app
        app.wsgi_app = partial(serve_wsgi, entry)  # type: ignore[method-assign]


def flask_view(function: Callable[..., Any]) -> "Callable[[flask.Request], flask.Response]":
    """Return what functions-framework serves for `function`, under the same name."""
    entry = compile_entry(function)

    def view(request: "flask.Request") -> "flask.Response":
        import flask  # noqa: PLC0415  # loaded by the server; the edge does not need it

        answer = edge.serve(entry, from_environ(request.environ))
        response = flask.Response(answer.body, answer.status, answer.headers)
        if not answer.body:
            response.headers.pop("Content-Type", None)  # Flask's default, of a body that is none
        return response

    view.__name__ = view.__qualname__ = entry.name
    return view


def serve_wsgi(
    entry: Entry, environ: dict[str, Any], start_response: StartResponse
) -> Iterable[bytes]:
    """Serve one WSGI request by `entry`."""
    status, headers, body = to_wsgi(edge.serve(entry, from_environ(environ)))
    start_response(status, headers)
    return body
