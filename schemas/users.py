"""Accounts and devices."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.shape import CountryCode, Instant, Language, Shape, Version, Zone

Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
RawPhone = Annotated[
    str,
    StringConstraints(min_length=6, max_length=24),
    Field(description="As people write it; stored as E.164.", examples=["+2348031234567"]),
]
RoleName = Literal["consumer", "business", "admin", "financial", "partner"]


class ConsentDecision(Shape):
    """One purpose, and whether the person agrees."""

    purpose: Literal["terms", "marketing", "analytics"]
    granted: bool
    policy_version: Annotated[str, StringConstraints(min_length=1, max_length=20)]


class NewUser(Shape):
    """What onboarding asks."""

    role: Literal["consumer", "business"] = Field(examples=["business"])
    given_name: Name = Field(examples=["Ngozi"])
    family_name: Name = Field(examples=["Okafor"])
    country: CountryCode = Field(examples=["NG"])
    language: Language = Field(examples=["en"])
    zone: Zone = Field(examples=["Africa/Lagos"])
    phone: RawPhone
    consents: Annotated[list[ConsentDecision], Field(min_length=1, max_length=3)] = Field(
        examples=[[{"purpose": "terms", "granted": True, "policy_version": "2026-11"}]]
    )


class User(Shape):
    """An account, as its owner sees it."""

    id: UUID
    roles: list[RoleName]
    given_name: str
    family_name: str
    country: CountryCode
    language: Language
    zone: str
    phone: str
    phone_verified: bool
    data_saver: bool
    version: Version
    created_at: Instant
