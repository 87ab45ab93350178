"""Who of a business is there to answer, and how it shares its conversations out."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from functions.messaging._queries import teams
from functions.messaging._rules import supporting
from schemas.teams import (
    Calendar,
    NewPresence,
    NewTeamPolicy,
    OpenHours,
    Presence,
    Rung,
    TeamPolicy,
)
from shared.auth import Actor
from shared.db import Connection
from shared.errors import ConflictError, InvalidError

GRACE = timedelta(seconds=60)
"""How long somebody counts as there who is not heard of. A job looks every minute, so what he had
waits for others one to two minutes after he vanished."""

USUAL = NewTeamPolicy()
"""Of a business that never said otherwise; `messaging.drain_team` goes by it, too."""


def hear(db: Connection, actor: Actor, said: NewPresence, now: datetime) -> Presence:
    """Note whether the caller is there; who says the same again in time changes nothing else."""
    who = {"business_id": said.business_id, "user_id": actor.user_id}
    until = now + GRACE
    if teams.keep_here(db, now=now, state=said.state, here_until=until, **who) is None:
        teams.lock_team(db, business_id=said.business_id)
        teams.put_presence(db, state=said.state, here_until=until, **who)
        supporting.drain(db, said.business_id, now)
    found = teams.presence(db, usual=USUAL.capacity, **who)
    return Presence(business_id=said.business_id, **found._asdict())


def policy(db: Connection, business_id: UUID) -> TeamPolicy:
    """Return how a business shares its conversations out."""
    found = teams.policy(db, business_id=business_id)
    if found is None:
        return TeamPolicy(business_id=business_id, version=1, **USUAL.model_dump())
    return TeamPolicy.model_validate(
        {
            "business_id": business_id,
            "automatic": found.automatic,
            "capacity": found.capacity,
            "agents": json.loads(found.agents),
            "calendar": json.loads(found.calendar or "null"),
            **json.loads(found.escalation),
            "version": found.version,
        }
    )


def replace(
    db: Connection, business_id: UUID, wanted: NewTeamPolicy, version: int, now: datetime
) -> TeamPolicy:
    """Share the conversations of a business out otherwise, from now on."""
    _require_sense(wanted)
    teams.lock_team(db, business_id=business_id)
    before = policy(db, business_id)
    if before.version != version:
        raise ConflictError(
            "This was changed meanwhile. Merge with `current` and try again.",
            code="VERSION_CONFLICT",
            current=before.model_dump_json(),
        )
    said = wanted.model_dump(mode="json")
    teams.save_policy(
        db,
        business_id=business_id,
        automatic=wanted.automatic,
        capacity=wanted.capacity,
        calendar=None if wanted.calendar is None else json.dumps(said["calendar"]),
        escalation=json.dumps({"targets": said["targets"], "ladder": said["ladder"]}),
        now=now,
    )
    teams.forget_agents(db, business_id=business_id)
    teams.put_agents(db, business_id=business_id, agents=json.dumps(said["agents"]))
    supporting.drain(db, business_id, now)
    return policy(db, business_id)


def _require_sense(wanted: NewTeamPolicy) -> None:
    if len({each.user_id for each in wanted.agents}) < len(wanted.agents):
        raise InvalidError("Name each agent once.", field="agents")
    _require_order(wanted.ladder)
    if wanted.calendar is not None:
        _require_calendar(wanted.calendar)


def _require_order(ladder: Iterable[Rung]) -> None:
    if any(one.after > other.after for one, other in pairwise(ladder)):
        raise InvalidError("Nobody is told before who stands below him.", field="ladder")


def _require_calendar(calendar: Calendar) -> None:
    try:
        ZoneInfo(calendar.zone)
    except (ValueError, OSError, KeyError):
        raise InvalidError("There is no such time zone.", field="calendar.zone") from None
    _require_hours(calendar.hours, "calendar.hours")
    for each in calendar.special:
        if each.first_day > each.last_day:
            raise InvalidError("It ends before it begins.", field="calendar.special")
        _require_hours(each.hours, "calendar.special")


def _require_hours(hours: Iterable[OpenHours], field: str) -> None:
    """Demand stretches that begin before they end and leave each other alone."""
    stretches = sorted((each.day, each.opens, each.closes) for each in hours)
    if any(opens >= closes for _, opens, closes in stretches):
        raise InvalidError("It opens before it closes; a night is two stretches.", field=field)
    if any(one[0] == other[0] and other[1] < one[2] for one, other in pairwise(stretches)):
        raise InvalidError("Two stretches of a day overlap.", field=field)
