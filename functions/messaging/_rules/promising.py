"""By when who asks for support is answered and helped, and who is told when he is not.

A clock runs while the business has to do something and stands while the customer has. When it
starts, the instant is worked out at which its target will be missed, in working time, and it stands
in a row: nothing is reckoned while time goes by. What is told is told once: a step of the ladder
after the other, each under the lock of its clock.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from functions.messaging._queries import clocks as queries
from functions.messaging._queries import support
from functions.messaging._rules import hours
from schemas.events.messaging import ConversationEscalated, PromiseMissed
from schemas.teams import Calendar, NewTeamPolicy, Rung, Targets
from shared import outbox
from shared.auth import Actor
from shared.db import Connection

Kind = Literal["first_response", "next_response", "resolution"]
_ANSWERS: tuple[Kind, ...] = ("first_response", "next_response")
_USUAL = NewTeamPolicy()


@dataclass(frozen=True, slots=True)
class Promises:
    """When a team works, what it promises, and who is told."""

    calendar: Calendar | None
    targets: Targets
    ladder: list[Rung]


def begin(db: Connection, case: support.CaseRow, now: datetime) -> None:
    """Start the clocks of a conversation that was opened."""
    promises = _promises(db, case.business_id)
    for kind in ("first_response", "resolution"):
        _start_anew(db, case, promises, kind, None, now)


def begin_again(db: Connection, case: support.CaseRow, now: datetime) -> None:
    """Start the clocks of a conversation that was opened again."""
    promises, found = _promises(db, case.business_id), _clocks(db, case)
    for kind in ("next_response", "resolution"):
        _start_anew(db, case, promises, kind, found.get(kind), now)


def customer_spoke(db: Connection, case: support.CaseRow, now: datetime) -> None:
    """Have the business owe an answer, unless it owes one already, and go on with the rest."""
    found = _clocks(db, case)
    promises = _promises(db, case.business_id)
    if not any(each in found and found[each].started_at for each in _ANSWERS):
        _start_anew(db, case, promises, "next_response", found.get("next_response"), now)
    rest = found.get("resolution")
    if rest is not None and rest.started_at is None:
        _start(db, promises, rest, now)


def business_spoke(db: Connection, case: support.CaseRow, now: datetime) -> None:
    """Stop what runs: it is the customer's turn, or it is over."""
    running = [each for each in _clocks(db, case).values() if each.started_at]
    calendar = _promises(db, case.business_id).calendar if running else None
    for clock in running:
        assert clock.started_at is not None  # noqa: S101  # those were chosen
        spent = hours.worked(calendar, clock.started_at, now)
        _put(db, clock, spent_seconds=clock.spent_seconds + int(spent.total_seconds()))


def escalate_due(db: Connection, now: datetime, limit: int) -> int:
    """Tell who is to be told by now of a batch of clocks; return how many those were."""
    due = queries.lock_due_clocks(db, now=now, limit=limit)
    for clock in due:
        promises = _read(clock.calendar, clock.escalation)
        step, missed_at = clock.step, clock.missed_at
        while (at := _next(promises, clock, step)) is not None and at <= now:
            if step == 0:
                missed_at = at
                _miss(db, clock, at)
            else:
                rung = promises.ladder[step - 1]
                told = {"agent": [clock.agent_id] if clock.agent_id else [], "lead": clock.leads}
                _tell(db, clock, rung.tell, told.get(rung.tell, []), at)
            step += 1
        queries.step_clock(
            db,
            conversation_id=clock.conversation_id,
            kind=clock.kind,
            step=step,
            next_at=at,
            missed_at=missed_at,
        )
    return len(due)


def escalate(
    db: Connection,
    actor: Actor,
    case: support.CaseRow,
    to: Literal["lead", "manager"],
    now: datetime,
) -> None:
    """Tell those of a rung that somebody of the team wants them to look at a conversation."""
    told = queries.leads(db, business_id=case.business_id) if to == "lead" else []
    outbox.publish(
        db,
        ConversationEscalated(
            conversation_id=case.conversation_id,
            business_id=case.business_id,
            cause="asked",
            level=to,
            told=[each.user_id for each in told],
            asked_by=actor.user_id,
            round=0,
            due_at=now,
        ),
    )


def _promises(db: Connection, business_id: UUID) -> Promises:
    found = queries.promises(db, business_id=business_id)
    return _read(found.calendar, found.escalation) if found else _read(None, None)


def _read(calendar: str | None, escalation: str | None) -> Promises:
    said = json.loads(escalation) if escalation else {}
    return Promises(
        calendar=Calendar.model_validate_json(calendar) if calendar else None,
        targets=Targets.model_validate(said.get("targets", {})),
        ladder=[Rung.model_validate(each) for each in said["ladder"]] if said else _USUAL.ladder,
    )


def _clocks(db: Connection, case: support.CaseRow) -> Mapping[str, queries.ClocksRow]:
    return {each.kind: each for each in queries.clocks(db, id=case.conversation_id)}


def _start_anew(
    db: Connection,
    case: support.CaseRow,
    promises: Promises,
    kind: Kind,
    before: queries.ClocksRow | None,
    now: datetime,
) -> None:
    minutes: int | None = getattr(promises.targets, kind)
    if minutes is None:
        return
    clock = queries.ClocksRow(
        conversation_id=case.conversation_id,
        kind=kind,
        business_id=case.business_id,
        round=before.round + 1 if before else 1,
        target_seconds=minutes * 60,
        spent_seconds=0,
        started_at=None,
        due_at=None,
        step=0,
        next_at=None,
        missed_at=None,
    )
    _start(db, promises, clock, now)


def _start(db: Connection, promises: Promises, clock: queries.ClocksRow, now: datetime) -> None:
    running = clock._replace(started_at=now)
    _put(
        db,
        clock,
        started_at=now,
        due_at=_next(promises, running, 0),
        next_at=_next(promises, running, clock.step),
    )


def _put(
    db: Connection,
    clock: queries.ClocksRow,
    *,
    spent_seconds: int | None = None,
    started_at: datetime | None = None,
    due_at: datetime | None = None,
    next_at: datetime | None = None,
) -> None:
    queries.put_clock(
        db,
        conversation_id=clock.conversation_id,
        kind=clock.kind,
        business_id=clock.business_id,
        round=clock.round,
        target_seconds=clock.target_seconds,
        spent_seconds=clock.spent_seconds if spent_seconds is None else spent_seconds,
        started_at=started_at,
        due_at=due_at,
        step=clock.step,
        next_at=next_at,
        missed_at=clock.missed_at,
    )


def _next(
    promises: Promises, clock: queries.ClocksRow | queries.LockDueClocksRow, step: int
) -> datetime | None:
    """Return when a running clock comes to a step: 0 is its target, then the ladder's rungs."""
    if clock.started_at is None or step > len(promises.ladder):
        return None
    after = timedelta(minutes=promises.ladder[step - 1].after if step else 0)
    left = timedelta(seconds=clock.target_seconds - clock.spent_seconds) + after
    return hours.due(promises.calendar, clock.started_at, max(left, timedelta()))


def _miss(db: Connection, clock: queries.LockDueClocksRow, at: datetime) -> None:
    outbox.publish(
        db,
        PromiseMissed.model_validate(
            {
                "conversation_id": clock.conversation_id,
                "business_id": clock.business_id,
                "promise": clock.kind,
                "round": clock.round,
                "due_at": at,
            }
        ),
    )


def _tell(
    db: Connection,
    clock: queries.LockDueClocksRow,
    level: Literal["agent", "lead", "manager"],
    told: list[UUID],
    at: datetime,
) -> None:
    outbox.publish(
        db,
        ConversationEscalated.model_validate(
            {
                "conversation_id": clock.conversation_id,
                "business_id": clock.business_id,
                "cause": clock.kind,
                "level": level,
                "told": told,
                "asked_by": None,
                "round": clock.round,
                "due_at": at,
            }
        ),
    )
