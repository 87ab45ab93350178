"""People and businesses, made as they make themselves: through the API."""

import time
from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID

import phonenumbers

from tests.suite import Person, Suite

LAGOS = 2332459
NAIROBI = 184745
CAIRO = 360630

_numbers = count(1)
_FIRST_ROLES = ("business", "consumer")


def onboarding(**about: Any) -> dict[str, Any]:
    """Return the body with which somebody makes himself an account."""
    return {
        "role": "consumer",
        "given_name": "Ngozi",
        "family_name": "Okafor",
        "country": "NG",
        "language": "en",
        "zone": "Africa/Lagos",
        "phone": phone_in(about.get("country", "NG")),
        "consents": [{"purpose": "terms", "granted": True, "policy_version": "2026-11"}],
        **about,
    }


def person(
    suite: Suite,
    *,
    roles: Sequence[str] = ("consumer",),
    country: str = "NG",
    language: str = "en",
    zone: str = "Africa/Lagos",
    uid: str | None = None,
    phone: str | None = None,
    given_name: str = "Ngozi",
    family_name: str = "Okafor",
    **claims: Any,  # any claim of the token
) -> Person:
    """Onboard somebody; roles that nobody can choose himself are set in the database."""
    uid = uid or f"person-{next(_numbers)}"
    first = next((role for role in _FIRST_ROLES if role in roles), "consumer")
    body = onboarding(
        role=first,
        given_name=given_name,
        family_name=family_name,
        country=country,
        language=language,
        zone=zone,
        phone=phone or phone_in(country),
    )
    made = suite.call("POST /api/v1/users", Person(uid, claims=claims), body=body)
    assert made.status == 201, made.body
    if set(roles) != {first}:
        suite.rows(
            "UPDATE users.account SET roles = :roles, role_version = role_version + 1 "
            "WHERE uid = :uid",
            roles=list(roles),
            uid=uid,
        )
    return Person(uid, UUID(made.data["id"]), claims)


def leaving(suite: Suite, who: Person) -> Person:
    """Ask for somebody to be forgotten; return him as he signs in again."""
    assert suite.call("DELETE /api/v1/users/me", who).status == 204
    later = int(time.time()) + 2  # in whole seconds, and not before he was signed out
    return Person(who.uid, who.user_id, {**who.claims, "auth_time": later})


def business(
    suite: Suite,
    owner: Person,
    *,
    city_id: int = LAGOS,
    country: str = "NG",
    categories: Sequence[str] = ("fabrics",),
    name: str = "Mama Ngozi Fabrics",
    **more: object,
) -> dict[str, Any]:
    """Register a business of `owner`; return it as its owner sees it."""
    body = {
        "name": name,
        "country": country,
        "city_id": city_id,
        "categories": list(categories),
        **more,
    }
    made = suite.call("POST /api/v1/businesses", owner, body=body)
    assert made.status == 201, made.body
    found: dict[str, Any] = made.data
    return found


def member(
    suite: Suite, owner: Person, business_id: str, *, role: str = "agent", **about: Any
) -> Person:
    """Onboard somebody and bring him into a business of `owner`."""
    about.setdefault("roles", ("business",))
    joined = person(suite, **about)
    body = {"user_id": str(joined.user_id), "role": role}
    made = suite.call(f"POST /api/v1/businesses/{business_id}/members", owner, body=body)
    assert made.status == 201, made.body
    return joined


def phone_in(country: str) -> str:
    """Return a mobile number that can be called in a country."""
    kind = phonenumbers.PhoneNumberType.MOBILE
    example = phonenumbers.example_number_for_type(country, kind)
    assert example is not None
    return phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
