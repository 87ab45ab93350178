"""Accounts and devices."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.shape import CountryCode, Instant, Language, Shape, Version, Zone

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\t\r\n]+$")]
RawPhone = Annotated[
    str,
    StringConstraints(min_length=6, max_length=24),
    Field(description="As people write it; stored as E.164.", examples=["+2348031234567"]),
]
RoleName = Literal["consumer", "business", "admin", "financial", "partner"]


Purpose = Literal["terms", "marketing", "analytics"]
PolicyVersion = Annotated[
    str, StringConstraints(min_length=1, max_length=20), Field(examples=["2026-11"])
]


class ConsentDecision(Shape):
    """One purpose, and whether the person agrees."""

    purpose: Purpose
    granted: bool
    policy_version: PolicyVersion


class ConsentChange(Shape):
    """What to decide anew; purposes that are left out stay as they are."""

    consents: Annotated[list[ConsentDecision], Field(min_length=1, max_length=3)] = Field(
        examples=[[{"purpose": "marketing", "granted": False, "policy_version": "2026-11"}]]
    )


class PastConsent(Shape):
    """How a person decided once."""

    granted: bool
    policy_version: PolicyVersion
    decided_at: Instant


class Consent(Shape):
    """How a person decided on one purpose. What was never asked is not granted."""

    purpose: Purpose
    granted: bool
    policy_version: Annotated[
        PolicyVersion | None, Field(description="Of the text that was shown; null: never asked.")
    ]
    decided_at: Instant | None
    history: Annotated[
        list[PastConsent], Field(description="The last 20 decisions, the newest first.")
    ]


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


class UserChange(Shape):
    """What to change of one's account; what is left out stays."""

    given_name: Name | None = Field(default=None, examples=["Ngozi"])
    family_name: Name | None = Field(default=None, examples=["Okafor"])
    country: CountryCode | None = Field(default=None, examples=["NG"])
    language: Language | None = Field(default=None, examples=["en"])
    zone: Zone | None = Field(default=None, examples=["Africa/Lagos"])
    phone: RawPhone | None = None
    data_saver: bool | None = Field(default=None, examples=[True])


class OwnMembership(Shape):
    """A business one belongs to."""

    business_id: UUID
    name: str
    slug: str
    role: Literal["owner", "manager", "agent"]


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
    businesses: list[OwnMembership]
    version: Version
    created_at: Instant


class UserCard(Shape):
    """A person, as other people see him."""

    id: UUID
    name: str = Field(description="Given name and the first letter of the family name.")
    country: CountryCode
    since: Instant


class DeviceRegistration(Shape):
    """How to reach the app on one phone."""

    push_token: Annotated[
        str, StringConstraints(min_length=8, max_length=1_024, pattern=r"^[!-~]+$")
    ] = Field(examples=["fcm-registration-token"])
    platform: Literal["android", "ios", "web"] = Field(examples=["android"])
    app_version: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(
        examples=["1.4.2"]
    )


class Device(Shape):
    """An install that notifications go to."""

    install_id: UUID
    platform: Literal["android", "ios", "web"]
    app_version: str
    seen_at: Instant


class NewRoles(Shape):
    """All the roles that an account is to hold, and why."""

    roles: Annotated[
        list[RoleName],
        Field(min_length=1, max_length=5, examples=[["consumer", "partner"]]),
    ]
    reason: Literal["JOINED", "LEFT", "OTHER_DUTIES", "VERIFIED", "MISUSE", "MISTAKE"] = Field(
        description="For the record; what is to be said in words belongs elsewhere.",
        examples=["VERIFIED"],
    )


class AccountRoles(Shape):
    """What an account may act as."""

    user_id: UUID
    roles: list[RoleName]
    role_version: Annotated[int, Field(ge=1, description="Grows with each change of the roles.")]


class ExportDownload(Shape):
    """Where an export may be fetched, without a token, until then."""

    url: str = Field(
        examples=["https://storage.googleapis.com/exports/export.zip?X-Goog-Signature=…"]
    )
    expires_at: Instant


class Export(Shape):
    """All that is held of a person, as he asked for it once."""

    id: UUID
    state: Literal["preparing", "ready"]
    asked_at: Instant
    expires_at: Instant = Field(description="Until then it is kept.")
    download: ExportDownload | None = Field(
        default=None, description="When it is ready: read it again for a new one."
    )
