"""What must be true of accounts and businesses, and the errors when it is not."""

from functions.users import _queries as queries
from schemas.users import ConsentDecision
from shared.db import Connection
from shared.errors import InvalidError, Problem
from shared.phones import Phone, parse


def require_country(db: Connection, country: str, zone: str) -> None:
    """Demand a country that we serve, and a zone that it has."""
    zones = queries.country_zones(db, code=country)
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
    purposes = [each.purpose for each in consents]
    problems = []
    if len(set(purposes)) < len(purposes):
        problems.append(Problem("DUPLICATE_CONSENT", "Decide each purpose once.", "consents"))
    if not any(each.purpose == "terms" and each.granted for each in consents):
        problems.append(Problem("TERMS_REQUIRED", "The terms must be agreed to.", "consents"))
    if problems:
        raise InvalidError("", problems=tuple(problems))
