"""When a business may ask another."""

import json
from datetime import datetime, timedelta
from typing import NamedTuple, NoReturn, Protocol
from uuid import UUID

from functions.bizconnect._queries import requests
from schemas.bizconnect import NewConnection
from schemas.events.bizconnect import ConnectionRequested
from shared import outbox, quotas
from shared.db import Connection
from shared.errors import ConflictError, InvalidError, NotFoundError
from shared.ids import new_id
from shared.text import clean

LASTS = timedelta(days=30)
"""How long a request waits for an answer."""

COOLS = timedelta(days=90)
"""How long whoever asked does not ask again, once his request is over without a yes.

It is over for him when its time is up or he withdraws it, never when it is declined: that he is not
told, so it must not be told by the day on which he may ask again."""

MOST_WAITING = 100
"""Requests that wait for one business; a popular one is not buried."""

AFRICA, AMERICA = "AF", "US"


class Seen(Protocol):
    """A connection as one of its two businesses sees it."""

    @property
    def json(self) -> str: ...


class Pair(NamedTuple):
    """What two businesses are called, and the market that one asks the other in."""

    name: str
    other_name: str
    market: str


def require_two(body: NewConnection) -> None:
    """Demand two businesses."""
    if body.business_id == body.to_business_id:
        raise InvalidError("A business does not ask itself.", field="to_business_id")


def require_pair(known: requests.FactsRow | None, wanted: str | None) -> Pair:
    """Demand two businesses that are there, and a market that they meet in."""
    if known is None or known.other_country is None:
        raise no_such_business()
    if known.state != "active":
        raise ConflictError("This business is closed.", code="BUSINESS_CLOSED", field="business_id")
    market = _market(
        _place(known.continent, known.country),
        _place(known.other_continent, known.other_country),
    )
    if market is None:
        raise InvalidError(
            "These two businesses meet in none of our markets.",
            code="NO_MARKET",
            field="to_business_id",
        )
    if wanted not in {None, market}:
        raise InvalidError(
            f"From {known.country} to {known.other_country} the market is {market}.",
            code="MARKET_MISMATCH",
            field="market",
        )
    return Pair(known.name, known.other_name or "", market)


def no_such_business() -> NotFoundError:
    """Return what is said of a business that is not there, and of one that blocked the caller's."""
    return NotFoundError(
        "There is no such business.", code="BUSINESS_NOT_FOUND", field="to_business_id"
    )


def crosses(found: requests.ConnectionBetweenRow, business_id: UUID) -> bool:
    """Tell whether a business asks one that waits for its answer, be it that it said no before."""
    return found.receiver_id == business_id and found.status in {"pending", "declined"}


def require_askable(found: requests.ConnectionBetweenRow, business_id: UUID, now: datetime) -> None:
    """Demand that a business may ask another to which there was a connection before."""
    if found.status == "pending":
        refuse(found, "You have asked this business; it has not answered yet.", "ALREADY_PENDING")
    if found.status == "accepted":
        refuse(found, "You are connected.", "ALREADY_CONNECTED")
    if found.status == "blocked":
        refuse(found, "You have blocked this business. Unblock it first.", "BLOCKED")
    cool_until = found.cool_until if found.requester_id == business_id else None
    if cool_until is not None and cool_until > now:
        refuse(
            found,
            f"You asked this business before. You may ask again from {cool_until:%Y-%m-%d}.",
            "COOLING_DOWN",
        )


def require_room(db: Connection, business_id: UUID, now: datetime) -> None:
    """Demand that a business has room for one more request; that it has none costs nothing."""
    waiting = requests.waiting_for(db, other_id=business_id, most=MOST_WAITING, now=now)
    if waiting is not None and waiting >= MOST_WAITING:
        raise ConflictError(
            "This business has as many requests as it can answer. Try again later.",
            code="INBOX_FULL",
            field="to_business_id",
        )


def ask(db: Connection, body: NewConnection, pair: Pair, now: datetime) -> str:
    """Ask for a connection, the first time or again, and announce it."""
    asked = requests.ask(
        db,
        id=new_id(),
        business_id=body.business_id,
        other_id=body.to_business_id,
        market=pair.market,
        note=clean(body.note) if body.note else None,
        now=now,
        expires_at=now + LASTS,
        cool_until=now + LASTS + COOLS,
    )
    outbox.publish(
        db,
        ConnectionRequested(
            connection_id=asked.id,
            requester_id=asked.requester_id,
            receiver_id=asked.receiver_id,
            version=asked.version,
            market=asked.market,
            requester_name=pair.name,
            requested_at=now,
            expires_at=asked.expires_at,
        ),
    )
    return asked.json


def require_quota(db: Connection, business_id: UUID, now: datetime) -> None:
    """Demand that the plan of a business allows one more request today and this month."""
    taken = requests.take_quota(
        db,
        business_id=business_id,
        per_day=json.dumps(quotas.CONNECTION_REQUESTS.per_day),
        per_month=json.dumps(quotas.CONNECTION_REQUESTS.per_month),
        now=now,
    )
    quotas.demand(db, quotas.CONNECTION_REQUESTS, taken, now)


def refuse(found: Seen, message: str, code: str) -> NoReturn:
    """Refuse what a connection does not allow, and show it as it is."""
    raise ConflictError(message, code=code, current=found.json)


def _place(continent: str | None, country: str | None) -> str:
    if continent == AFRICA:
        return "africa"
    return "us" if country == AMERICA else "elsewhere"


def _market(sender: str, receiver: str) -> str | None:
    return {
        ("africa", "africa"): "afcfta",
        ("africa", "us"): "africa-us",
        ("us", "africa"): "us-africa",
    }.get((sender, receiver))
