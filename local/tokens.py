"""`make token`: a signed token of a demo person, who has onboarded like anybody else."""

import sys
from contextlib import closing
from typing import Any

import httpx

from local import database, postgres
from local.home import Home
from shared.roles import Role

_PEOPLE = {
    Role.CONSUMER: ("Amina", "Odhiambo", "KE", "Africa/Nairobi", "+254712345678"),
    Role.BUSINESS: ("Ngozi", "Okafor", "NG", "Africa/Lagos", "+2348031234567"),
    Role.ADMIN: ("Kofi", "Mensah", "GH", "Africa/Accra", "+233241234567"),
    Role.FINANCIAL: ("Fatou", "Diop", "SN", "Africa/Dakar", "+221771234567"),
    Role.PARTNER: ("Thabo", "Nkosi", "ZA", "Africa/Johannesburg", "+27821234567"),
}
_BY_SUPERUSER = {Role.ADMIN, Role.FINANCIAL, Role.PARTNER}
"""Roles that nobody can give himself; no operation grants the first of them."""


def main(role_name: str) -> int:
    """Print a token of the demo person of a role; return the exit status."""
    if role_name not in set(Role):
        print(f"token: roles are {', '.join(Role)}", file=sys.stderr)
        return 1
    home = Home.from_environment()
    try:
        print(token(home, Role(role_name)))
    except httpx.TransportError:
        print(f"token: nothing serves {home.running_url()}: start it, make run", file=sys.stderr)
        return 1
    return 0


def token(home: Home, role: Role) -> str:
    """Return a token of the demo person who holds `role`; have him onboard if he has not."""
    with httpx.Client(base_url=home.running_url(), timeout=30) as suite:
        asked = suite.post("/local/token", json={"role": role}).raise_for_status()
        signed: str = asked.json()["data"]["token"]
        headers = {"Authorization": f"Bearer {signed}"}
        if suite.get("/api/v1/users/me", headers=headers).status_code == 403:
            onboard(suite, headers, role)
        if role in _BY_SUPERUSER:
            grant(home, f"demo-{role}", role)
        return signed


def onboard(suite: httpx.Client, headers: dict[str, str], role: Role) -> None:
    """Give the demo person of `role` an account."""
    answer = suite.post("/api/v1/users", headers=headers, json=new_user(role))
    if answer.status_code not in {201, 409}:
        answer.raise_for_status()


def new_user(role: Role) -> dict[str, Any]:
    """Return what the demo person of `role` says when he onboards."""
    given, family, country, zone, phone = _PEOPLE[role]
    return {
        "role": "business" if role is Role.BUSINESS else "consumer",
        "given_name": given,
        "family_name": family,
        "country": country,
        "language": "fr" if country == "SN" else "en",
        "zone": zone,
        "phone": phone,
        "consents": [{"purpose": "terms", "granted": True, "policy_version": "2026-11"}],
    }


def grant(home: Home, uid: str, role: Role) -> None:
    """Add a role to an account, as the owner of the database can."""
    server = postgres.start(home.postgres, log=lambda _: None)
    with closing(postgres.superuser_connection(server, database.NAME)) as db:
        db.run(
            """
            UPDATE users.account SET roles = roles || CAST(:role AS text),
                role_version = role_version + 1, version = version + 1
            WHERE uid = :uid AND NOT roles @> ARRAY[CAST(:role AS text)]
            """,
            uid=uid,
            role=role.value,
        )
