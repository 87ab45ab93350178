"""Somebody with a sign-in who uses the suite over HTTP, and tells what he sends and gets."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

DEADLINE_SECONDS = 20
_LONGEST_SHOWN = 220

Say = Callable[[str], object]


class UnexpectedError(AssertionError):
    """The suite did not do what the story says."""


class Caller:
    """One person's requests; what is answered otherwise than expected ends the story."""

    def __init__(self, suite: httpx.Client, name: str, token: str | None, say: Say) -> None:
        """Call as `name`, with `token` if he has signed in."""
        self._suite = suite
        self._say = say
        self.name = name
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(
        self,
        operation: str,
        body: object = None,
        *,
        expect: int | tuple[int, ...] = 200,
        quiet: bool = False,
        version: int | None = None,
        **query: object,
    ) -> Any:  # noqa: ANN401  # any JSON document
        """Send a request; return the whole document it is answered with."""
        method, _, path = operation.partition(" ")
        headers = {**self.headers, **({} if version is None else {"If-Match": str(version)})}
        begun = time.perf_counter()
        answer = self._suite.request(
            method,
            path,
            json=body,
            headers=headers,
            params={name: _parameter(value) for name, value in query.items() if value is not None},
        )
        milliseconds = (time.perf_counter() - begun) * 1000
        wanted = (expect,) if isinstance(expect, int) else expect
        if not quiet or answer.status_code not in wanted:
            self._say(f"  {method} {_shown_url(answer)}   as {self.name}")
            if body is not None:
                self._say(f"    > {_short(body)}")
            self._say(f"    < {answer.status_code} in {milliseconds:.0f} ms  {_seen(answer)}")
        if answer.status_code not in wanted:
            message = (
                f"{operation} answered {answer.status_code}, not {expect}: {answer.text[:1000]}"
            )
            raise UnexpectedError(message)
        return answer.json() if answer.content else None

    def get(self, path: str, **query: Any) -> Any:  # noqa: ANN401  # any JSON
        """Read; return `data`."""
        return self.call(f"GET {path}", **query)["data"]

    def post(self, path: str, body: object = None, **more: Any) -> Any:  # noqa: ANN401  # any JSON
        """Create or act; return `data`."""
        return self.call(f"POST {path}", body, **more)["data"]

    def pages(
        self,
        path: str,
        *,
        pause: float = 0,
        quiet: bool = False,
        **query: Any,  # noqa: ANN401
    ) -> Iterator[dict[str, Any]]:
        """Read a list to its end, page by page."""
        cursor: str | None = None
        while True:
            page = self.call(f"GET {path}", quiet=quiet, cursor=cursor, **query)
            quiet = True
            yield from page["data"]
            cursor = page["meta"]["pagination"]["next"]
            if cursor is None:
                return
            time.sleep(pause)

    def status(self, path: str) -> int:
        """Return the status of a read, whatever it is."""
        return self._suite.get(path, headers=self.headers).status_code


def eventually(what: str, attempt: Callable[[], Any], seconds: float = DEADLINE_SECONDS) -> Any:  # noqa: ANN401
    """Return the first answer that is not empty; what never comes ends the story."""
    deadline = time.monotonic() + seconds
    while not (found := attempt()):
        if time.monotonic() > deadline:
            message = f"after {seconds:.0f} s still not: {what}"
            raise UnexpectedError(message)
        time.sleep(0.1)
    return found


def require(holds: object, what: str) -> None:
    """End the story unless what it says holds."""
    if not holds:
        raise UnexpectedError(what)


def _parameter(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown_url(answer: httpx.Response) -> str:
    url = answer.request.url.raw_path.decode()
    return url if len(url) < 120 else f"{url[:117]}..."


def _seen(answer: httpx.Response) -> str:
    if not answer.content:
        return ""
    document = answer.json()
    return _short(document.get("data", document.get("errors")))


def _short(value: object) -> str:
    if isinstance(value, list) and value:
        return f"{len(value)} items, the first {_short(value[0])}"
    kept = _trimmed(value) if isinstance(value, Mapping) else value
    text = json.dumps(kept, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _trimmed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what only a program reads."""
    left_out = {"snapshot", "attributes", "consents", "parameters"}
    return {name: value for name, value in document.items() if name not in left_out}
