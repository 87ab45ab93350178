"""The firebase-admin app of a process, made inside a request, with deadlines that hold.

The library itself asks again whoever answered 500 or 503, or said `Retry-After`, and sleeps
meanwhile: up to a minute inside a request, holding its transaction. Here each call is one call, and
who asked decides. That, and where a development machine stands in, needs names that it keeps to
itself; they are used here and nowhere else.
"""

import threading
from functools import cache
from typing import Any

from shared.settings import settings

DEADLINE_SECONDS = 5
_lock = threading.Lock()


def auth() -> Any:  # noqa: ANN401  # firebase-admin publishes no types
    """Return the client of Firebase Authentication."""
    with _lock:
        return _auth()


def forget() -> None:
    """Drop the app: the next call makes one for the settings of then (tests that change them)."""
    import firebase_admin  # noqa: PLC0415  # a second of cold start

    with _lock:
        if _app.cache_info().currsize:
            firebase_admin.delete_app(_app())
        for made in (_app, _auth):
            made.cache_clear()


@cache
def _app() -> Any:  # noqa: ANN401  # see above
    import firebase_admin  # noqa: PLC0415  # see above

    options = {"projectId": settings().project, "httpTimeout": DEADLINE_SECONDS}
    return firebase_admin.initialize_app(options=options, name="pushnchat")


@cache
def _auth() -> Any:  # noqa: ANN401  # see above
    from firebase_admin.auth import Client  # noqa: PLC0415  # see above

    client = Client(_app())
    _ask_once(client._user_manager.http_client.session)  # noqa: SLF001  # see the top
    return client


def _ask_once(session: Any) -> None:  # noqa: ANN401  # see above
    from requests.adapters import HTTPAdapter  # noqa: PLC0415  # see above

    session.adapters.clear()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=100, max_retries=0))
