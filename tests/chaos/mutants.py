"""Faults that a process of the proof can be started with: each is one forgotten line.

And a Firestore that refuses, which is none of ours.
"""

import random
from typing import Any

import pytest

from local import documents
from local.rest import Answer, RefusedError
from shared import _queries, idempotency, outbox


def plant(name: str, patch: pytest.MonkeyPatch) -> None:
    """Plant the fault of that name; an empty name is none."""
    if name:
        {
            "forgotten-key": _forgotten_key,
            "forgotten-inbox": _forgotten_inbox,
            "overtaking": _overtaking,
        }[name](patch)


def _forgotten_key(patch: pytest.MonkeyPatch) -> None:
    """A request that is repeated is done again."""
    patch.setattr(idempotency, "read", lambda *_: None)


def _forgotten_inbox(patch: pytest.MonkeyPatch) -> None:
    """An event that comes again is handled again."""
    patch.setattr(_queries, "claim_event", lambda _db, **_: 1)


def _overtaking(patch: pytest.MonkeyPatch) -> None:
    """An event does not wait for an earlier one that the bus has not got."""
    patch.setattr(outbox, "_first", lambda *_: "true")


def refuse_documents(share: float, patch: pytest.MonkeyPatch) -> None:
    """Have Firestore refuse so many of its calls, half of them after they were done."""
    answer = documents.answer

    def unreliable(store: Any, path: str, body: dict[str, Any]) -> Answer | None:
        fails = "documents:" in path and random.random() < share
        if fails and random.random() < 0.5:
            raise RefusedError(503, "Firestore is away.")
        found = answer(store, path, body)
        if fails:
            raise RefusedError(503, "The answer of Firestore is lost.")
        return found

    patch.setattr(documents, "answer", unreliable)
