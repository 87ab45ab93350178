"""The audit log, as tests look at it and as an auditor verifies it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.suite import Suite

_SAID = (
    *("chain", "seq", "id", "at", "actor_id", "role", "on_behalf_of", "operation"),
    *("target_type", "target_id", "before", "after", "reason", "request_id"),
)


def entries(suite: Suite) -> list[dict[str, Any]]:
    """Return every entry as the API shows it, the oldest first."""
    found = suite.rows(
        "SELECT to_jsonb(e) || jsonb_build_object('previous', encode(previous, 'hex'), "
        "'hash', encode(hash, 'hex')) FROM platform.audit_entry AS e ORDER BY at, chain, seq"
    )
    return [entry for (entry,) in found]


def hash_of(entry: Mapping[str, Any]) -> str:
    """Compute the hash of an entry from what the API shows of it and nothing else."""
    at = datetime.fromisoformat(entry["at"]).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    said = [{**entry, "at": at}[name] for name in _SAID]
    text = json.dumps(said, ensure_ascii=False)
    return hashlib.sha256(bytes.fromhex(entry["previous"]) + text.encode()).hexdigest()
