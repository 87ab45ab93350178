"""What must be true of listings, and the errors when it is not."""

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import UUID

from functions.listings._queries import edits, own
from schemas.events.listings import ListingSubmitted
from schemas.listings import (
    ListingChange,
    ListingContent,
    ListingQuery,
    ListingReplacement,
    Location,
    Price,
)
from shared import outbox, quotas
from shared.auth import Actor
from shared.db import Connection
from shared.errors import ConflictError, InvalidError, NotFoundError, Problem
from shared.text import clean, fold
from shared.words import with_all, words_in

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

LONGEST_EXPIRED = timedelta(days=30)
LONGEST_AHEAD = timedelta(days=7)

_UUID_VERSION = 7
_SHORTEST = {"title": 5, "description": 20}

_PRICE_FIELDS = {
    "fixed": {"amount_minor", "currency"},
    "range": {"amount_minor", "max_minor", "currency"},
    "per_unit": {"amount_minor", "currency", "unit"},
    "negotiable": set[str](),
}

_REVIEWED = ("type", "title", "description", "language", "category", "country", "city_id")
"""What people decided on when they let a listing onto the market."""


def require_own_id(given: UUID) -> None:
    """Demand that an id made by a client sorts by time, as ours do."""
    if given.version != _UUID_VERSION:
        raise InvalidError("Make the id as a UUID of version 7.", field="id")


def require_content(db: Connection, content: ListingContent, business_id: UUID) -> str:
    """Demand that a listing's content fits our categories, cities and currencies.

    Returns it as it is stored: text tidied, folded for search, the point filled in.
    """
    known = own.facts(
        db,
        category=content.category,
        city_id=content.city_id,
        currency=content.price.currency,
        business_id=business_id,
    )
    if known.business_state != "active":
        raise ConflictError("This business is closed.", code="BUSINESS_CLOSED")
    problems = [
        *_text_problems(content),
        *_category_problems(content, known),
        *_place_problems(content, known),
        *_price_problems(content.price, known_currency=bool(known.knows_currency)),
    ]
    if problems:
        raise InvalidError("", problems=tuple(problems))
    words = (fold(content.description), fold(known.category_names or ""), known.city_name or "")
    point = content.location
    return json.dumps(
        {
            **content.model_dump(
                include={*_REVIEWED, "attributes", "reach", "duration_hours"}, mode="json"
            ),
            "attributes_version": known.attributes_version,
            "price_kind": content.price.kind,
            "price_minor": content.price.amount_minor,
            "price_max_minor": content.price.max_minor,
            "currency": content.price.currency,
            "price_unit": content.price.unit,
            "latitude": point.latitude if point else known.latitude,
            "longitude": point.longitude if point else known.longitude,
            "folded_title": fold(content.title),
            "folded_text": " ".join(words),
        }
    )


def tidied(content: ListingContent) -> ListingReplacement:
    """Return the content with its texts as they are stored."""
    fields = {name: getattr(content, name) for name in ListingContent.model_fields}
    fields |= {"title": clean(content.title), "description": clean(content.description)}
    return ListingReplacement.model_construct(**fields)


def content_of(stored: str) -> ListingReplacement:
    """Return what a listing says now, from its owner's view of it."""
    row = json.loads(stored)
    names = [name for name in ListingContent.model_fields if name in row]
    return ListingReplacement.model_construct(
        **{name: row[name] for name in names}
        | {
            "price": Price.model_construct(**row["price"]),
            "location": Location.model_construct(**row["location"]),
            "city_id": row["city"]["id"],
        }
    )


def changed(now: ListingReplacement, change: ListingChange) -> ListingReplacement:
    """Return what a listing says after a change; in another city it stands at the city's point."""
    given = {
        name: getattr(change, name)
        for name in change.model_fields_set
        if getattr(change, name) is not None
    }
    if "city_id" in given and "location" not in given:
        given["location"] = None
    return now.model_copy(update=given)


def edit(
    db: Connection,
    actor: Actor,
    listing_id: UUID,
    listing: own.LockListingRow,
    wanted: ListingContent,
    now: datetime,
) -> str:
    """Store what a locked listing says from now on, and announce what must be decided again."""
    wanted = tidied(wanted)
    state = state_after(listing.state, content_of(listing.json), wanted)
    saved = edits.save_listing(
        db,
        id=listing_id,
        version=listing.version,
        from_state=listing.stored_state,
        to_state=state,
        content=require_content(db, wanted, listing.business_id),
        actor_id=actor.user_id,
        now=now,
    )
    if saved is None:
        refuse_state(listing, "editable")
    if state == "pending":
        outbox.publish(
            db,
            ListingSubmitted(
                listing_id=listing_id,
                business_id=saved.business_id,
                version=saved.version,
                title=saved.title,
                submitted_at=saved.updated_at,
                snapshot=json.loads(saved.json),
            ),
        )
    return saved.json


def state_after(state: str, before: ListingContent, after: ListingContent) -> str:
    """Return the state that an edit leads to, or refuse it.

    On the market a price of the same kind and currency, attributes, place in the city, reach and
    duration change at once. All else was decided on and is decided on again.
    """
    if state in {"pending", "rejected"}:
        return "pending"
    if state not in {"published", "paused"}:
        raise ConflictError(
            "This listing is over. Extend it first, or make a new one.", code="LISTING_NOT_EDITABLE"
        )
    reviewed = any(getattr(before, name) != getattr(after, name) for name in _REVIEWED)
    reviewed |= (before.price.kind, before.price.currency) != (
        after.price.kind,
        after.price.currency,
    )
    if reviewed and state == "paused":
        raise ConflictError(
            "This goes through review again. Resume the listing first.", code="LISTING_PAUSED"
        )
    return "pending" if reviewed else state


def require_quota(db: Connection, business_id: UUID, now: datetime) -> None:
    """Demand that the plan of a business allows one more listing today and this month."""
    taken = own.take_quota(
        db,
        business_id=business_id,
        per_day=json.dumps(quotas.LISTINGS.per_day),
        per_month=json.dumps(quotas.LISTINGS.per_month),
        now=now,
    )
    quotas.demand(db, quotas.LISTINGS, taken, now)


def require_version(listing: own.LockListingRow, version: int) -> None:
    """Demand that an edit is based on the listing as it is now."""
    if listing.version != version:
        raise ConflictError(
            "This listing has changed since you read it.",
            code="VERSION_CONFLICT",
            current=listing.json,
        )


def require_found(listing: own.LockListingRow | None) -> own.LockListingRow:
    """Demand that the listing is there and that the caller may know of it."""
    if listing is None:
        raise NotFoundError("There is no such listing.", code="LISTING_NOT_FOUND")
    return listing


def require_extensible(listing: own.LockListingRow, hours: int, now: datetime) -> None:
    """Demand a listing that is on the market, paused or lately expired, and a date near enough."""
    if listing.state not in {"published", "paused", "expired"} or listing.expires_at is None:
        refuse_state(listing, "extensible")
    if listing.expires_at < now - LONGEST_EXPIRED:
        raise ConflictError(
            "This listing expired more than 30 days ago.", code="LISTING_LONG_EXPIRED"
        )
    if max(now, listing.expires_at) + timedelta(hours=hours) > now + LONGEST_AHEAD:
        raise ConflictError(
            "A listing's time ends at most seven days from now.",
            code="EXTENDED_TOO_FAR",
            field="duration_hours",
        )


def refuse_state(listing: own.LockListingRow, wanted: str) -> NoReturn:
    """Refuse what a listing's state does not allow."""
    raise ConflictError(
        f"This listing is {listing.state}, not {wanted}.",
        code=f"LISTING_NOT_{wanted.upper()}",
        current=listing.json,
    )


def require_complete(query: ListingQuery) -> None:
    """Demand the parameters that others need."""
    problems = []
    priced = query.sort == "price" or query.price_min is not None or query.price_max is not None
    if priced and query.currency is None:
        problems.append(Problem("VALIDATION_ERROR", "Say in which currency.", "currency"))
    if query.attribute and query.category is None:
        problems.append(Problem("VALIDATION_ERROR", "Attributes belong to a category.", "category"))
    if query.sort == "distance":
        problems += [
            Problem("VALIDATION_ERROR", "Say from where.", name)
            for name in ("latitude", "longitude")
            if getattr(query, name) is None
        ]
    if problems:
        raise InvalidError("", problems=tuple(problems))


def question_of(asked: str | None) -> str | None:
    """Return what is searched for as a tsquery; refuse what has no word in it."""
    if asked is None:
        return None
    words = words_in(fold(asked))
    if not words:
        raise InvalidError("Write at least one word.", field="q")
    return with_all(words)


def _text_problems(content: ListingContent) -> list[Problem]:
    return [
        Problem("VALIDATION_ERROR", f"Write at least {least} characters.", name)
        for name, least in _SHORTEST.items()
        if len(getattr(content, name)) < least
    ]


def _category_problems(content: ListingContent, known: own.FactsRow) -> list[Problem]:
    if known.schema is None:
        return [Problem("UNKNOWN_CATEGORY", "There is no such category.", "category")]
    if known.sector is None:
        return [Problem("CATEGORY_NOT_LEAF", "Choose a category within this sector.", "category")]
    return attribute_problems(known.schema, content.attributes)


def attribute_problems(schema: str, attributes: dict[str, Any]) -> list[Problem]:
    """Return what is wrong with attributes, each with its own field."""
    validator = _validator(schema)
    rules = json.loads(schema)
    known = rules.get("properties", {})
    problems = [
        Problem("UNKNOWN_ATTRIBUTE", "This category has no such attribute.", f"attributes.{name}")
        for name in attributes
        if name not in known
    ]
    problems += [
        Problem("VALIDATION_ERROR", "This attribute is required.", f"attributes.{name}")
        for name in rules.get("required", ())
        if name not in attributes
    ]
    for error in validator.iter_errors(attributes):
        if error.absolute_path:
            field = ".".join(map(str, ["attributes", *error.absolute_path]))
            problems.append(Problem("VALIDATION_ERROR", error.message[:200], field))
    return problems


@lru_cache(maxsize=256)
def _validator(schema: str) -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # noqa: PLC0415  # a tenth of a second, only to write

    return Draft202012Validator(json.loads(schema))


def _place_problems(content: ListingContent, known: own.FactsRow) -> list[Problem]:
    if known.city_country is None:
        return [Problem("UNKNOWN_CITY", "There is no such city.", "city_id")]
    if known.city_country != content.country:
        return [Problem("CITY_ELSEWHERE", f"This city is in {known.city_country}.", "country")]
    return []


def _price_problems(price: Price, *, known_currency: bool) -> list[Problem]:
    wanted = _PRICE_FIELDS[price.kind]
    given = {
        name for name in Price.model_fields if name != "kind" and getattr(price, name) is not None
    }
    problems = [
        Problem("VALIDATION_ERROR", f"A {price.kind} price needs this.", f"price.{name}")
        for name in sorted(wanted - given)
    ]
    problems += [
        Problem("VALIDATION_ERROR", f"A {price.kind} price has no such part.", f"price.{name}")
        for name in sorted(given - wanted)
    ]
    if price.currency is not None and not known_currency:
        problems.append(
            Problem("UNKNOWN_CURRENCY", "We do not know this currency.", "price.currency")
        )
    if (
        price.kind == "range"
        and not problems
        and (price.max_minor or 0) < (price.amount_minor or 0)
    ):
        problems.append(
            Problem("VALIDATION_ERROR", "The upper end is below the lower.", "price.max_minor")
        )
    return problems
