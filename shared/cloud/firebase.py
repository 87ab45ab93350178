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


def messaging() -> Any:  # noqa: ANN401  # see above
    """Return what sends messages; its methods are those of `firebase_admin.messaging`."""
    with _lock:
        return _messaging()


def forget() -> None:
    """Drop the app: the next call makes one for the settings of then (tests that change them)."""
    import firebase_admin  # noqa: PLC0415  # a second of cold start

    with _lock:
        if _app.cache_info().currsize:
            firebase_admin.delete_app(_app())
        for made in (_app, _auth, _messaging):
            made.cache_clear()


@cache
def _app() -> Any:  # noqa: ANN401  # see above
    import firebase_admin  # noqa: PLC0415  # see above

    now = settings()
    options = {"projectId": now.project, "httpTimeout": DEADLINE_SECONDS}
    credential = _nobody() if now.push_url else None
    return firebase_admin.initialize_app(credential, options, name="pushnchat")


def _nobody() -> Any:  # noqa: ANN401  # see above
    """Return the credential of a development machine, where nobody asks for one."""
    import firebase_admin.credentials  # noqa: PLC0415  # see above
    import google.auth.credentials  # noqa: PLC0415  # see above

    class Nobody(google.auth.credentials.Credentials):
        def refresh(self, _: object) -> None:
            self.token = "local"  # noqa: S105  # it opens nothing

    class Local(firebase_admin.credentials.Base):  # type: ignore[misc]  # see above
        def get_credential(self) -> Nobody:
            return Nobody()  # type: ignore[no-untyped-call]  # nor does this

    return Local()


@cache
def _auth() -> Any:  # noqa: ANN401  # see above
    from firebase_admin.auth import Client  # noqa: PLC0415  # see above

    client = Client(_app())
    _ask_once(client._user_manager.http_client.session)  # noqa: SLF001  # see the top
    return client


@cache
def _messaging() -> Any:  # noqa: ANN401  # see above
    from firebase_admin import messaging  # noqa: PLC0415  # see above

    service = messaging._get_messaging_service(_app())  # noqa: SLF001  # see the top
    _ask_once(service._client.session)  # noqa: SLF001  # see the top
    if url := settings().push_url:
        service._fcm_url = f"{url}/v1/projects/{settings().project}/messages:send"  # noqa: SLF001  # see the top
    return service


def _ask_once(session: Any) -> None:  # noqa: ANN401  # see above
    from requests.adapters import HTTPAdapter  # noqa: PLC0415  # see above

    session.adapters.clear()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=100, max_retries=0))
