"""Businesses, their members and their verification."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.shape import (
    CountryCode,
    Instant,
    Language,
    Latitude,
    Longitude,
    PageQuery,
    Shape,
    Slug,
    Version,
    Zone,
)
from schemas.users import RawPhone

BusinessName = Annotated[
    str,
    StringConstraints(min_length=2, max_length=80, pattern=r"^[^\t\r\n]+$"),
    Field(examples=["Mama Ngozi Fabrics"]),
]
Description = Annotated[
    str,
    StringConstraints(max_length=2_000),
    Field(examples=["Ankara and adire by the bolt, since 1998."]),
]
CategoryId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,40}$")]
Categories = Annotated[list[CategoryId], Field(min_length=1, max_length=5, examples=[["fabrics"]])]
CityId = Annotated[int, Field(ge=1, le=2**31 - 1, description="GeoNames id.", examples=[2332459])]
Corridor = Annotated[
    Literal["afcfta", "africa-us", "us-africa"],
    Field(description="A market the business trades in beyond its own country."),
]
Corridors = Annotated[list[Corridor], Field(max_length=3, examples=[["afcfta"]])]
Verification = Literal["none", "basic", "verified", "trusted"]
MemberRole = Literal["owner", "manager", "agent"]


class NewBusiness(Shape):
    """A business to register. What is left out follows from its name, its city and its owner."""

    name: BusinessName
    slug: Slug | None = Field(default=None, examples=["mama-ngozi-fabrics"])
    description: Description = ""
    categories: Categories
    country: CountryCode = Field(examples=["NG"])
    city_id: CityId
    latitude: Latitude | None = Field(default=None, examples=[6.45407])
    longitude: Longitude | None = Field(default=None, examples=[3.39467])
    zone: Zone | None = Field(default=None, examples=["Africa/Lagos"])
    language: Language | None = Field(default=None, examples=["en"])
    corridors: Corridors = Field(default_factory=list)
    phone: RawPhone | None = None


class BusinessChange(Shape):
    """What to change of a business; what is left out stays."""

    name: BusinessName | None = None
    slug: Slug | None = Field(default=None, examples=["mama-ngozi"])
    description: Description | None = None
    categories: Categories | None = None
    country: CountryCode | None = Field(default=None, examples=["NG"])
    city_id: CityId | None = None
    latitude: Latitude | None = Field(default=None, examples=[6.45407])
    longitude: Longitude | None = Field(default=None, examples=[3.39467])
    zone: Zone | None = Field(default=None, examples=["Africa/Lagos"])
    language: Language | None = Field(default=None, examples=["en"])
    corridors: Corridors | None = None
    phone: RawPhone | None = Field(default=None, description="null takes it away.")


class City(Shape):
    """A city of GeoNames."""

    id: int
    name: str


class Point(Shape):
    """A place on the map."""

    latitude: Latitude
    longitude: Longitude


class BusinessCard(Shape):
    """A business in a list."""

    id: UUID
    slug: Slug
    name: str
    categories: list[str]
    country: CountryCode
    city: City
    verification: Verification


class Business(BusinessCard):
    """A business, as anyone may see it."""

    description: str
    location: Point = Field(description="To about a kilometre.")
    zone: str
    language: Language
    corridors: list[Corridor]
    version: Version
    created_at: Instant


class OwnBusiness(Business):
    """A business, as its members see it."""

    point: Point = Field(description="The exact place, which strangers never see.")
    phone: str | None
    state: Literal["active", "closed"]


class BusinessQuery(PageQuery):
    """Filters of the directory."""

    country: CountryCode | None = None
    city_id: CityId | None = None
    category: CategoryId | None = Field(default=None, description="A category or a sector.")
    verified: bool = Field(default=False, description="Verified and trusted ones only.")
    q: Annotated[
        str | None,
        StringConstraints(min_length=1, max_length=100),
        Field(
            description="Words of the name, description, city and trade; the last may be cut short."
        ),
    ] = None


class VerificationDocument(Shape):
    """A document that proves who stands behind a business."""

    kind: Literal[
        "registration", "tax", "national_id", "passport", "drivers_licence", "utility_bill"
    ] = Field(examples=["registration"])
    number: Annotated[str, StringConstraints(min_length=3, max_length=60)] = Field(
        examples=["RC 1234567"]
    )
    country: CountryCode = Field(examples=["NG"])


class NewVerification(Shape):
    """A request to be verified."""

    level: Literal["basic", "verified", "trusted"] = Field(examples=["verified"])
    documents: Annotated[list[VerificationDocument], Field(min_length=1, max_length=6)]


class VerificationRequest(Shape):
    """A request to be verified; the numbers of its documents are for those who decide."""

    id: UUID
    business_id: UUID
    level: Verification
    state: Literal["pending", "approved", "rejected", "withdrawn"]
    documents: list[str] = Field(description="Kinds of the documents given.")
    created_at: Instant


class NewMember(Shape):
    """Somebody to bring into a business."""

    user_id: UUID
    role: MemberRole = Field(examples=["agent"])


class MemberChange(Shape):
    """What a member is from now on."""

    role: MemberRole = Field(examples=["manager"])


class NewOwner(Shape):
    """The member who takes over."""

    user_id: UUID


class Member(Shape):
    """Who belongs to a business, and as what."""

    user_id: UUID
    name: str
    role: MemberRole
    since: Instant
