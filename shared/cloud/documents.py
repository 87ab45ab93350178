"""Firestore, as far as projections need it: a document is put, read, deleted.

A document carries its `version`, and a smaller one never replaces a larger: what comes late or
twice changes nothing. Production uses Google's client, and so does `FIRESTORE_EMULATOR_HOST`.
`DOCUMENTS_URL` points the same calls, in Firestore's own REST form, at a development machine. With
neither, nothing is written.
"""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple, Protocol

from shared.cloud.breaker import Breaker
from shared.errors import UnavailableError
from shared.settings import settings

TRIES = 3

Fields = Mapping[str, Any]
"""What a document says: JSON, and instants."""

_OK = 200
_CONTRADICTED = frozenset({"FAILED_PRECONDITION", "NOT_FOUND", "ALREADY_EXISTS"})
"""What Firestore answers when the document is not as the write demands it to be."""

_breaker = Breaker("Firestore")
_lock = threading.Lock()


class DocumentsError(UnavailableError):
    """Firestore did not do what it was asked."""


class Stored(NamedTuple):
    """A document as it is, and what tells that it is still so."""

    fields: dict[str, Any]
    updated_at: str


class _Firestore(Protocol):
    """The two calls that matter, in Firestore's own JSON."""

    def find(self, name: str) -> dict[str, Any] | None: ...
    def commit(self, write: dict[str, Any]) -> bool: ...


def put(path: str, version: int, fields: Fields) -> bool:
    """Make the document at `path` (`inboxes/ngozi`) this one, unless it is as new already.

    False when nothing was written. Raises `DocumentsError`, or `OpenError` without having asked.
    """
    firestore = _firestore()
    if firestore is None:
        return False
    name = _name(path)
    document = {"name": name, "fields": encoded({**fields, "version": version})["fields"]}
    known = False
    for _ in range(TRIES):
        with _watched():
            found = _stored(firestore.find(name))
            if found is None and known:
                return False  # Deleted meanwhile: whoever knew that knows more than this call.
            if found is not None and int(found.fields.get("version", 0)) >= version:
                return False
            demand = {"updateTime": found.updated_at} if found else {"exists": False}
            if firestore.commit({"update": document, "currentDocument": demand}):
                return True
        known = found is not None
    raise DocumentsError("The document is being written by others.")


def get(path: str) -> dict[str, Any] | None:
    """Return what the document at `path` says, its `version` too; None when there is none."""
    firestore = _firestore()
    if firestore is None:
        return None
    with _watched():
        found = _stored(firestore.find(_name(path)))
    return found.fields if found else None


def delete(path: str) -> None:
    """Remove the document at `path`, whatever its version; one that is not there is no failure."""
    firestore = _firestore()
    if firestore is not None:
        with _watched():
            firestore.commit({"delete": _name(path)})


def encoded(fields: Fields) -> dict[str, Any]:
    """Return a map as Firestore's JSON says it."""
    return {"fields": {name: _value(value) for name, value in fields.items()}}


def decoded(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `encoded` was given."""
    return {name: _plain(value) for name, value in document.get("fields", {}).items()}


def _value(value: object) -> dict[str, Any]:
    said: Any = value
    match value:
        case None:
            kind = "nullValue"
        case bool():
            kind = "booleanValue"
        case int():
            kind, said = "integerValue", str(value)
        case float():
            kind = "doubleValue"
        case str():
            kind = "stringValue"
        case datetime():
            stamp = value.astimezone(UTC).isoformat()
            kind, said = "timestampValue", stamp.replace("+00:00", "Z")
        case Mapping():
            kind, said = "mapValue", encoded(value)
        case list() | tuple():
            kind, said = "arrayValue", {"values": [_value(each) for each in value]}
        case _:
            raise TypeError(f"a document cannot hold a {type(value).__name__}")
    return {kind: said}


def _plain(value: Mapping[str, Any]) -> Any:  # noqa: ANN401  # any JSON
    (kind, said), *_ = value.items()
    match kind:
        case "nullValue":
            return None
        case "integerValue":
            return int(said)
        case "timestampValue":
            return datetime.fromisoformat(said)
        case "mapValue":
            return decoded(said)
        case "arrayValue":
            return [_plain(each) for each in said.get("values", [])]
    return said


def _stored(document: Mapping[str, Any] | None) -> Stored | None:
    return Stored(decoded(document), document["updateTime"]) if document else None


def _name(path: str) -> str:
    return f"{_database()}/documents/{path}"


def _database() -> str:
    return f"projects/{settings().project}/databases/(default)"


def _firestore() -> _Firestore | None:
    now = settings()
    if now.documents_url:
        return _Rest(now.documents_url)
    if now.production or now.firestore_emulator:
        with _lock:
            return _google(now.firestore_emulator)
    return None


@dataclass(frozen=True, slots=True)
class _Rest:
    """Firestore's REST form; `owner` is the token that no rule binds, where there is no IAM."""

    url: str

    def find(self, name: str) -> dict[str, Any] | None:
        status, answer = self._post("batchGet", {"documents": [name]})
        if status != "OK":
            raise DocumentsError(f"Firestore refused: {status}.")
        found: dict[str, Any] | None = answer[0].get("found")
        return found

    def commit(self, write: dict[str, Any]) -> bool:
        status, _ = self._post("commit", {"writes": [write]})
        if status not in {"OK", *_CONTRADICTED}:
            raise DocumentsError(f"Firestore refused: {status}.")
        return status == "OK"

    def _post(self, verb: str, body: dict[str, Any]) -> tuple[str, Any]:
        """Return `OK` and what is answered, or Google's word for what is wrong and nothing."""
        from shared.cloud import wire  # noqa: PLC0415  # only a development machine sends this way

        headers = {"Content-Type": "application/json", "Authorization": "Bearer owner"}
        path = f"/v1/{_database()}/documents:{verb}"
        sent = json.dumps(body).encode()
        answer = wire.request(self.url, "POST", path, headers, sent, wire.DEADLINE_SECONDS)
        said = json.loads(answer.body)
        if answer.status == _OK:
            return "OK", said
        (error,) = said if isinstance(said, list) else (said,)
        return error["error"]["status"], None


@dataclass(frozen=True, slots=True)
class _Google:
    """Google's client; its documents have the same JSON."""

    client: Any
    metadata: tuple[tuple[str, str], ...]

    def find(self, name: str) -> dict[str, Any] | None:
        from google.api_core import exceptions  # noqa: PLC0415  # loaded with the client
        from google.cloud.firestore_v1 import types  # noqa: PLC0415  # 0.7 s of a cold start

        try:
            found = self.client.get_document({"name": name}, **self._terms())
        except exceptions.NotFound:
            return None
        text = types.Document.to_json(found, use_integers_for_enums=False)
        document: dict[str, Any] = json.loads(text)
        return document

    def commit(self, write: dict[str, Any]) -> bool:
        from google.api_core import exceptions  # noqa: PLC0415  # loaded with the client
        from google.cloud.firestore_v1 import types  # noqa: PLC0415  # see above

        writes = [types.Write.from_json(json.dumps(write))]
        try:
            self.client.commit({"database": _database(), "writes": writes}, **self._terms())
        except (exceptions.FailedPrecondition, exceptions.NotFound, exceptions.AlreadyExists):
            return False
        return True

    def _terms(self) -> dict[str, Any]:
        from shared.cloud import patience  # noqa: PLC0415  # only Google's clients need it

        return {**patience.terms(), "metadata": self.metadata}


@cache
def _google(emulator: str | None) -> _Google:
    from google.cloud.firestore_v1.services import firestore  # noqa: PLC0415  # see above

    if emulator is None:
        return _Google(firestore.FirestoreClient(), ())
    import grpc  # noqa: PLC0415  # comes with the client

    transport = firestore.FirestoreClient.get_transport_class("grpc")
    client = firestore.FirestoreClient(transport=transport(channel=grpc.insecure_channel(emulator)))
    return _Google(client, (("authorization", "Bearer owner"),))


@contextmanager
def _watched() -> Iterator[None]:
    """Ask Firestore; whatever goes wrong is a `DocumentsError`, and silence opens the circuit."""
    silent: tuple[type[BaseException], ...] = (OSError, http.client.HTTPException)
    refused: tuple[type[BaseException], ...] = ()
    if not settings().documents_url:
        from google.api_core import exceptions  # noqa: PLC0415  # loaded with the client

        from shared.cloud import patience  # noqa: PLC0415  # only Google's clients need it

        silent, refused = patience.silence(), (exceptions.GoogleAPICallError,)
    try:
        with _breaker.watch(*silent):
            yield
    except silent as error:
        raise DocumentsError("Firestore does not answer.") from error
    except refused as error:
        raise DocumentsError(f"Firestore refused: {type(error).__name__}.") from error
