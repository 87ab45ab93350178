"""Firestore on this machine: documents in PostgreSQL, written in its REST form, and watched.

Only the functions write, and no rule binds them: clients that listen are for Google's emulator.
"""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

from local.rest import Answer, RefusedError
from local.store import Row, Store
from shared.cloud.documents import decoded

_READ = re.compile(r"^/v1/projects/[^/]+/databases/[^/]+/documents:batchGet$")
_WRITE = re.compile(r"^/v1/projects/[^/]+/databases/[^/]+/documents:commit$")
_NAME = re.compile(r"^(projects/[^/]+/databases/[^/]+/documents)/([^/]+/[^/]+(?:/[^/]+/[^/]+)*)$")
LOOK_SECONDS = 0.2
SIGN_SECONDS = 10.0
MOST_WATCHED = 200


def answer(store: Store, path: str, body: dict[str, Any]) -> Answer | None:
    """Answer what the seam posts: read documents, or make one write; None when it is not that."""
    if _READ.match(path):
        return 200, [_read(store, name) for name in body["documents"]]
    if _WRITE.match(path):
        (write,) = body["writes"]
        return 200, {"writeResults": [{"updateTime": _written(store, write)}]}
    return None


def _read(store: Store, name: str) -> dict[str, Any]:
    row = _find(store, _path(name))
    if row is None:
        return {"missing": name}
    times = {"createTime": _stamp(row["created_at"]), "updateTime": _stamp(row["updated_at"])}
    return {"found": {"name": name, "fields": row["fields"], **times}}


def _written(store: Store, write: dict[str, Any]) -> str | None:
    if "delete" in write:
        _remove(store, _path(write["delete"]))
        return None
    path = _path(write["update"]["name"])
    fields, demand = json.dumps(write["update"].get("fields", {})), write["currentDocument"]
    row = (
        _update(store, path, fields, demand["updateTime"])
        if "updateTime" in demand
        else _create(store, path, fields)
    )
    if row is None:
        raise RefusedError(400, f"{path} is not as it was.", "FAILED_PRECONDITION")
    return _stamp(row["updated_at"])


def _path(name: str) -> str:
    found = _NAME.match(name)
    if found is None:
        raise RefusedError(400, f"{name} is not the name of a document.")
    return found[2]


def watch(store: Store, path: str) -> Iterator[bytes]:
    """Tell of the document at `path`, or of each in a collection, now and whenever it changes.

    Server-sent events, without end: `put` with what it says, `delete` with its path.
    """
    seen: dict[str, int] = {}
    told_at = 0.0
    while True:
        for row in _under(store, path):
            known = seen.get(row["path"])
            seen[row["path"]] = row["change"]
            if known == row["change"] or (known is None and row["fields"] is None):
                continue
            told_at = time.monotonic()
            yield _event(row)
        if time.monotonic() - told_at > SIGN_SECONDS:
            told_at = time.monotonic()
            yield b": nothing new\n\n"  # whoever has gone away is noticed by writing to him
        time.sleep(LOOK_SECONDS)


def listed(store: Store, limit: int) -> list[dict[str, Any]]:
    """Return the documents that changed last."""
    rows = store.rows(
        "SELECT path, fields, updated_at FROM local.document WHERE fields IS NOT NULL "
        "ORDER BY change DESC LIMIT :limit",
        limit=limit,
    )
    return [{**row, "fields": decoded(row)} for row in rows]


def _event(row: Row) -> bytes:
    kind = "delete" if row["fields"] is None else "put"
    said = {"path": row["path"]} | ({"fields": decoded(row)} if kind == "put" else {})
    text = json.dumps(said, default=str, ensure_ascii=False)
    return f"event: {kind}\nid: {row['change']}\ndata: {text}\n\n".encode()


def _stamp(instant: Any) -> str:  # noqa: ANN401  # the driver's datetime
    stamp: str = instant.isoformat()
    return stamp.replace("+00:00", "Z")


def _find(store: Store, path: str) -> Row | None:
    return _first(
        store.rows(
            "SELECT * FROM local.document WHERE path = :path AND fields IS NOT NULL", path=path
        )
    )


def _create(store: Store, path: str, fields: str) -> Row | None:
    return _first(
        store.rows(
            """
            INSERT INTO local.document AS d (path, fields) VALUES (:path, CAST(:fields AS jsonb))
            ON CONFLICT (path) DO UPDATE SET fields = excluded.fields, change = DEFAULT,
                created_at = clock_timestamp(), updated_at = clock_timestamp()
            WHERE d.fields IS NULL RETURNING *
            """,
            path=path,
            fields=fields,
        )
    )


def _update(store: Store, path: str, fields: str, updated_at: str) -> Row | None:
    return _first(
        store.rows(
            """
            UPDATE local.document SET fields = CAST(:fields AS jsonb), change = DEFAULT,
                updated_at = clock_timestamp()
            WHERE path = :path AND fields IS NOT NULL
                AND updated_at = CAST(:updated_at AS timestamptz)
            RETURNING *
            """,
            path=path,
            fields=fields,
            updated_at=updated_at,
        )
    )


def _remove(store: Store, path: str) -> None:
    store.rows(
        "UPDATE local.document SET fields = NULL, change = DEFAULT "
        "WHERE path = :path AND fields IS NOT NULL",
        path=path,
    )


def _under(store: Store, path: str) -> list[Row]:
    return store.rows(
        """
        SELECT path, fields, change FROM local.document
        WHERE path = :path OR starts_with(path, :path || '/')
        ORDER BY change DESC LIMIT :limit
        """,
        path=path,
        limit=MOST_WATCHED,
    )[::-1]


def _first(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None
