"""Firestore as `make run` has it, for tests that look at what was written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from local import documents as embedded
from local import rest, store
from local.postgres import Server
from local.store import Store
from shared.cloud import documents, wire
from shared.settings import settings
from tests.factories import loopback


@dataclass
class Kept:
    """The documents, what each write was, and whether any is taken."""

    store: Store
    writes: list[tuple[str, int]] = field(default_factory=list)
    """Path and version of each, in order."""
    away: bool = False
    once: Callable[[], None] | None = None
    """What happens right after the next write, before its answer."""

    def all(self, collection: str) -> dict[str, dict[str, Any]]:
        """Return id → what the document says."""
        found = embedded.listed(self.store, 1_000)
        split = [(*each["path"].split("/", 1), each["fields"]) for each in found]
        return {name: fields for place, name, fields in split if place == collection}

    def wipe(self) -> None:
        """Lose everything."""
        self.store.rows("TRUNCATE local.document")
        self.writes.clear()

    def answer(self, path: str, body: dict[str, Any]) -> rest.Answer:
        """Answer as `make run` does, and note each write."""
        if self.away:
            raise rest.RefusedError(503, "Firestore is away.")
        answer = embedded.answer(self.store, path, body)
        assert answer is not None
        if path.endswith(":commit") and (update := body["writes"][0].get("update")):
            said = documents.decoded(update)
            self.writes.append((update["name"].rpartition("/documents/")[2], said["version"]))
            if happens := self.once:
                self.once = None
                happens()
        return answer


@contextmanager
def keeping(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """Keep the documents that the suite writes, from none at all."""
    store.prepare(server, settings().db_name, settings().db_password or "")
    kept = Kept(Store.of(settings(), size=4))
    kept.wipe()
    with loopback.serving(kept.answer) as address, monkeypatch.context() as environment:
        environment.setenv("DOCUMENTS_URL", address)
        settings.cache_clear()
        documents._breaker.reset()
        try:
            yield kept
        finally:
            wire.hang_up()
            kept.store.close()
    documents._breaker.reset()
    settings.cache_clear()
