"""The audit log: who did what, in which role, to what, why, and by which request.

The edge writes one entry for every acknowledged call of an operation that only staff may call or
that is marked sensitive: in the transaction that does the work, so that there is neither work
without an entry nor an entry without work. A replay by `Idempotency-Key` did nothing and writes
none. A refusal rolls back and writes none either: it is a log line, because otherwise whoever holds
a token could make the log grow. The entry travels with COMMIT and costs no round trip.

A function says what it did by `note`. The log outlives people: an entry holds ids, versions, codes
and names of fields, never their values; `note` refuses what may be words.

Why the entries of one service form one chain, `docs/decisions` tells.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pg8000.native import literal

from shared.auth import Actor
from shared.db import Connection
from shared.entry import Entry
from shared.ids import new_id
from shared.roles import ADMIN, BUSINESS, CONSUMER, FINANCIAL, PARTNER, Role
from shared.triggers import Http

Reference = int | str | UUID | datetime | None | Sequence[str]
"""What an entry may hold of a row: a version, a state, a role, an id, names of fields, when."""

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_RANKS: tuple[Role, ...] = (CONSUMER, BUSINESS, PARTNER, FINANCIAL, ADMIN)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a function says of what it did."""

    target_type: str | None = None
    target_id: UUID | None = None
    before: Mapping[str, Reference] | None = None
    after: Mapping[str, Reference] | None = None
    reason: str | None = None
    on_behalf_of: UUID | None = None


def note(
    db: Connection,
    target_type: str,
    target_id: UUID,
    *,
    before: Mapping[str, Reference] | None = None,
    after: Mapping[str, Reference] | None = None,
    reason: str | None = None,
    on_behalf_of: UUID | None = None,
) -> None:
    """Say for the record what was done to which row; the last one of a call counts.

    `before` and `after` refer to the row's state, `reason` is a code in capitals, `on_behalf_of` is
    the business or the person in whose name the caller acts. Raises `ValueError` for anything that
    could be words of a person.
    """
    for each in (before or {}, after or {}):
        for name, value in each.items():
            _require_reference(name, value)
    db.facts = Facts(target_type, target_id, before, after, reason, on_behalf_of)


def record(db: Connection, entry: Entry, trigger: Http, actor: Actor, request_id: str) -> None:
    """Have this call go on record with the commit of its work. Called once, last, by the edge."""
    facts: Facts = db.facts or Facts()
    values = (
        entry.service,
        new_id(),
        _capacity(trigger, actor),
        facts.on_behalf_of,
        entry.name,
        facts.target_type,
        facts.target_id,
        _text(facts.before),
        _text(facts.after),
        facts.reason,
        request_id,
    )
    db.closing.append(f"select platform.append_audit({', '.join(map(literal, values))})")


def _capacity(trigger: Http, actor: Actor) -> Role:
    """Return the role he acts in: of those that open this door, the humblest that he holds."""
    return min(trigger.roles & actor.roles, key=_RANKS.index)


def _text(references: Mapping[str, Reference] | None) -> str | None:
    return None if references is None else json.dumps(references, default=str)


def _require_reference(name: str, value: Reference) -> None:
    if isinstance(value, (int, UUID, datetime)) or value is None:
        return
    for each in [value] if isinstance(value, str) else value:
        if not _CODE.fullmatch(each):
            raise ValueError(f"{name} is not a version, a code or the name of a field")
