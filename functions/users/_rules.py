"""What must be true of accounts and businesses, and the errors when it is not."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Final, get_args
from uuid import UUID

from pydantic_core import to_json

from functions.users._queries import accounts, businesses, directory, erasure, members, sign_ins
from schemas.businesses import BusinessChange, NewBusiness
from schemas.users import ConsentDecision, Purpose
from shared.auth import Actor
from shared.db import Connection
from shared.errors import ConflictError, InvalidError, NotFoundError, Problem
from shared.phones import Phone, parse
from shared.policies.businesses import Move
from shared.text import clean, fold

EARTH_RADIUS_KM = 6_371
FARTHEST_FROM_CITY_KM = 100
"""The largest cities reach this far; a point beyond it is a slip: swapped coordinates, often."""

LONGEST_SLUG = 60
LONGEST_WORD = 60
"""PostgreSQL indexes words of up to 2,046 bytes."""

PURPOSES: Final = get_args(Purpose)

LEVELS = ("none", "basic", "verified", "trusted")


def require_version(wanted: int, version: int, json: str) -> None:
    """Demand that an edit is based on what is stored now."""
    if wanted != version:
        raise ConflictError(
            "This was changed meanwhile. Merge with `current` and try again.",
            code="VERSION_CONFLICT",
            current=json,
        )


def require_country(db: Connection, country: str, zone: str) -> None:
    """Demand a country that we serve, and a zone that it has."""
    zones = accounts.country_zones(db, code=country)
    if zones is None:
        raise InvalidError("We do not serve this country yet.", field="country")
    if zone not in zones:
        raise InvalidError(f"{country} has {', '.join(zones)}.", field="zone")


def require_phone(raw: str, country: str) -> Phone:
    """Demand a number that can be called, as E.164."""
    try:
        return parse(raw, country)
    except ValueError as error:
        raise InvalidError(str(error), field="phone") from error


def require_terms(consents: list[ConsentDecision]) -> None:
    """Demand that the terms are agreed to, and that nothing is decided twice."""
    problems = _decided_twice(consents)
    if not any(each.purpose == "terms" and each.granted for each in consents):
        problems.append(Problem("TERMS_REQUIRED", "The terms must be agreed to.", "consents"))
    if problems:
        raise InvalidError("", problems=tuple(problems))


def require_decisions(consents: list[ConsentDecision]) -> None:
    """Demand that nothing is decided twice, and that the terms are not refused.

    An account stands on them: who no longer agrees has it erased.
    """
    problems = _decided_twice(consents)
    if any(each.purpose == "terms" and not each.granted for each in consents):
        message = "There is no account without the terms: delete it instead."
        problems.append(Problem("TERMS_REQUIRED", message, "consents"))
    if problems:
        raise InvalidError("", problems=tuple(problems))


@dataclass(frozen=True, slots=True)
class SoundBusiness:
    """A business that may be stored: its columns as JSON, and the words it is found by."""

    document: str
    words: list[str]


def require_sound(db: Connection, wanted: NewBusiness, language: str) -> SoundBusiness:
    """Demand a real place, categories that exist and a phone that rings; fill in what follows."""
    problems = []
    city = businesses.place(db, city_id=wanted.city_id)
    if city is None or city.country != wanted.country:
        raise InvalidError(f"{wanted.country} has no such city.", field="city_id")
    if wanted.zone is not None and wanted.zone not in city.zones:
        problems.append(_invalid("zone", f"{wanted.country} has {', '.join(city.zones)}."))
    point = (wanted.latitude, wanted.longitude)
    if None in point and point != (None, None):
        problems.append(_invalid("latitude", "A point has both a latitude and a longitude."))
    latitude = city.latitude if wanted.latitude is None else wanted.latitude
    longitude = city.longitude if wanted.longitude is None else wanted.longitude
    if not problems and _km_between(latitude, longitude, city) > FARTHEST_FROM_CITY_KM:
        problems.append(_invalid("latitude", f"This is not in or near {city.name}."))
    categories = businesses.categories_among(db, ids=wanted.categories)
    if unknown := sorted(set(wanted.categories) - {category.id for category in categories}):
        problems.append(_invalid("categories", f"There is no category {', '.join(unknown)}."))
    phone = None
    try:
        phone = wanted.phone and parse(wanted.phone, wanted.country).e164
    except ValueError as error:
        problems.append(_invalid("phone", str(error)))
    if problems:
        raise InvalidError("", problems=tuple(problems))
    name, description = clean(wanted.name), clean(wanted.description)
    document = {
        "name": name,
        "description": description,
        "categories": list(dict.fromkeys(wanted.categories)),
        "country": wanted.country,
        "city_id": wanted.city_id,
        "latitude": latitude,
        "longitude": longitude,
        "zone": wanted.zone or city.zone,
        "language": wanted.language or language,
        "corridors": list(dict.fromkeys(wanted.corridors)),
        "phone": phone,
    }
    trades = [trade for category in categories for trade in category.names]
    return SoundBusiness(
        to_json(document).decode(), words_of(name, description, city.name, *trades)
    )


def words_of(*texts: str) -> list[str]:
    """Return the words that a search for any of `texts` may use."""
    return sorted({word[:LONGEST_WORD] for text in texts for word in fold(text).split()})


def require_words(asked: str) -> str:
    """Demand something to search for; return a tsquery of all its words, the last maybe cut short.

    Folding leaves letters and digits only, so that quoting a word takes two quotes.
    """
    words = [word[:LONGEST_WORD] for word in fold(asked).split()]
    if not words:
        raise InvalidError("Give a word to search for.", field="q")
    return " & ".join(f"'{word}'" for word in words) + ":*"


def changed(before: businesses.BusinessRow, change: BusinessChange) -> NewBusiness:
    """Return a business as a change wants it; a new city brings its own point and zone."""
    stay = change.city_id in {None, before.city_id} and change.country in {None, before.country}
    phone = change.phone if "phone" in change.model_fields_set else before.phone
    pointed = change.latitude is not None or change.longitude is not None
    kept = (before.latitude, before.longitude) if stay and not pointed else (None, None)
    return NewBusiness.model_validate(
        {
            "name": change.name or before.name,
            "slug": change.slug,
            "description": before.description if change.description is None else change.description,
            "categories": change.categories or before.categories,
            "country": change.country or before.country,
            "city_id": change.city_id or before.city_id,
            "latitude": change.latitude if pointed else kept[0],
            "longitude": change.longitude if pointed else kept[1],
            "zone": change.zone or (before.zone if stay else None),
            "language": change.language or before.language,
            "corridors": before.corridors if change.corridors is None else change.corridors,
            "phone": phone,
        }
    )


def seen_of(business: businesses.BusinessRow | NewBusiness) -> tuple[object, ...]:
    """Return what others go by: whom they would tell if it changed."""
    return (
        business.name,
        business.categories,
        business.country,
        business.city_id,
        business.latitude,
        business.longitude,
        business.zone,
        business.language,
        business.corridors,
    )


class SlugTakenError(ConflictError):
    """Another business has the slug."""

    code = "SLUG_TAKEN"

    def __init__(self) -> None:
        """Refuse, and name the field."""
        super().__init__("Another business has this slug.", field="slug")


def slugs_for(name: str, suffix: str) -> list[str]:
    """Return slugs for a name, the best first; the last is as unique as its suffix.

    A name in another script than ours leaves nothing: the suffix alone must do.
    """
    latin = "".join(letter if letter.isascii() else " " for letter in fold(name))
    slug = "-".join(latin.split())[:LONGEST_SLUG].strip("-")
    if not slug:
        return [f"business-{suffix}"]
    return [slug, f"{slug[: LONGEST_SLUG - len(suffix) - 1].strip('-')}-{suffix}"]


def require_known(db: Connection, business_id: UUID) -> None:
    """Demand a business that anyone may know of."""
    if not directory.is_public_business(db, id=business_id):
        raise NotFoundError("There is no such business.")


def lock_own(db: Connection, business_id: UUID) -> None:
    """Lock a business of the caller; any other is not there to be locked."""
    if businesses.lock_business(db, id=business_id) is None:
        raise NotFoundError("There is no such business.")


def require_higher_level(db: Connection, business_id: UUID, level: str) -> None:
    """Demand that a request asks for more than a business has."""
    held = businesses.verification_of(db, id=business_id) or "none"
    if LEVELS.index(level) <= LEVELS.index(held):
        raise ConflictError(f"This business is {held} already.", code="ALREADY_VERIFIED")


def lock_move(
    db: Connection, actor: Actor, business_id: UUID, member_id: UUID, becomes: str | None
) -> tuple[Move, int]:
    """Lock a business; return what a change of its members would be, and how many own it.

    The lock makes such changes take turns, so that two owners cannot remove each other at once.
    """
    businesses.lock_business(db, id=business_id)
    staff = members.staff(db, business_id=business_id, caller_id=actor.user_id, member_id=member_id)
    return Move(staff.caller, member_id, staff.member, becomes), staff.owners


def require_person(db: Connection, user_id: UUID) -> None:
    """Demand an account."""
    if accounts.lock_profile(db, id=user_id) is None:
        raise InvalidError("There is no such person.", field="user_id")


def require_replaced(found: sign_ins.ReplaceRolesRow | None) -> sign_ins.ReplaceRolesRow:
    """Demand an account whose roles could be replaced: somebody is left who can give them."""
    if found is None:
        raise NotFoundError("There is no such person.")
    if found.outcome == "last_admin":
        raise ConflictError("Nobody else is an administrator.", code="LAST_ADMIN", field="roles")
    return found


def require_member(move: Move) -> None:
    """Demand that somebody belongs to the business."""
    if move.member is None:
        raise NotFoundError("There is no such member.")


def require_another_owner(move: Move, owners: int) -> None:
    """Demand that a business keeps an owner."""
    if move.member == "owner" and move.becomes != "owner" and owners == 1:
        raise ConflictError("A business keeps an owner: hand it over first.", code="LAST_OWNER")


def require_no_followers(db: Connection, actor: Actor) -> None:
    """Demand that nobody is left in a business without an owner when the caller goes."""
    if erasure.has_followers(db, user_id=actor.user_id):
        message = "Others belong to a business that you alone own: hand it over first."
        raise ConflictError(message, code="LAST_OWNER")


def require_heir(actor: Actor, move: Move) -> None:
    """Demand that a business is handed over to another of its members."""
    if move.member is None or move.member_id == actor.user_id:
        raise InvalidError("Name another member of the business.", field="user_id")


def _decided_twice(consents: list[ConsentDecision]) -> list[Problem]:
    if len({each.purpose for each in consents}) == len(consents):
        return []
    return [Problem("DUPLICATE_CONSENT", "Decide each purpose once.", "consents")]


def _invalid(field: str, message: str) -> Problem:
    return Problem(InvalidError.code, message, field)


def _km_between(latitude: float, longitude: float, city: businesses.PlaceRow) -> float:
    """Return the distance from a city by the haversine formula."""
    north, east = radians(latitude - city.latitude), radians(longitude - city.longitude)
    chord = (
        sin(north / 2) ** 2
        + cos(radians(latitude)) * cos(radians(city.latitude)) * sin(east / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))
