"""Faults that a process of the proof can be started with: each is one forgotten line."""

import pytest

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
