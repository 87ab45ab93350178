"""Offers and requests: what is sent, what strangers see, what their owner sees."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.shape import (
    CountryCode,
    CurrencyCode,
    Instant,
    Language,
    Latitude,
    Longitude,
    MinorUnits,
    PageQuery,
    Shape,
    Version,
)

ListingType = Literal["offer", "request"]
ListingState = Literal["pending", "published", "paused", "rejected", "closed", "expired", "removed"]
PriceKind = Literal["fixed", "range", "per_unit", "negotiable"]
Reach = Literal["city", "nationwide", "ships_abroad"]
Outcome = Literal["sold", "fulfilled", "withdrawn"]
Hours = Annotated[Literal[24, 48, 72, 96], Field(description="Hours on the market.", examples=[72])]
Title = Annotated[
    str,
    StringConstraints(min_length=5, max_length=100),
    Field(examples=["Kilishi wholesale, 20 kg bags"]),
]
Description = Annotated[
    str,
    StringConstraints(min_length=20, max_length=2000),
    Field(examples=["Sun-dried beef, spiced the Kano way. Ready for collection every Friday."]),
]
CategoryId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9-]{2,40}$"),
    Field(description="See GET /listings/categories.", examples=["fresh-fruit"]),
]
CityId = Annotated[int, Field(ge=1, le=2**31 - 1, description="GeoNames id.", examples=[2332459])]
Unit = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,19}$"),
    Field(description="What one price is for.", examples=["kg"]),
]
Attributes = Annotated[
    dict[str, Any],
    Field(
        max_length=40,
        description="Follows the JSON Schema of the category.",
        examples=[{"variety": "Kent", "organic": True}],
    ),
]
DistanceBand = Literal["<1", "1-2", "2-5", "5-10", "10-25", "25-50", "50-100"]
AttributeFilter = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}:.{1,80}$"),
    Field(description="`key:value`, of the category asked for.", examples=["variety:Kent"]),
]
Words = Annotated[
    str, StringConstraints(min_length=1, max_length=100), Field(examples=["dried mango"])
]


class Price(Shape):
    """What is asked or offered; `amount_minor` is a range's lower end or the price of a unit."""

    kind: PriceKind = Field(examples=["fixed"])
    amount_minor: MinorUnits | None = Field(default=None, examples=[450000])
    max_minor: MinorUnits | None = Field(
        default=None, description="The upper end of a range.", examples=[None]
    )
    currency: CurrencyCode | None = Field(default=None, examples=["NGN"])
    unit: Unit | None = Field(default=None, examples=[None])


class Location(Shape):
    """A point on the map."""

    latitude: Latitude = Field(examples=[6.45])
    longitude: Longitude = Field(examples=[3.39])


class CityName(Shape):
    """A city and what it is called."""

    id: int
    name: str


class Seller(Shape):
    """The business behind a listing."""

    id: UUID
    name: str
    slug: str
    verification: Literal["none", "basic", "verified", "trusted"]


class ListingContent(Shape):
    """What a listing says."""

    type: ListingType
    title: Title
    description: Description
    language: Language = Field(examples=["en"])
    category: CategoryId
    attributes: Attributes = {}
    price: Price
    country: CountryCode = Field(examples=["NG"])
    city_id: CityId
    location: Location | None = Field(
        default=None, description="Never published exactly. Without it, the city's own point."
    )
    reach: Reach = "city"
    duration_hours: Hours = 72


class NewListing(ListingContent):
    """An offer or a request to publish."""

    business_id: UUID
    id: UUID | None = Field(
        default=None, description="A UUIDv7 made by the client, who may have been offline."
    )


class ListingReplacement(ListingContent):
    """All that a listing says, said anew."""


class ListingChange(Shape):
    """The parts of a listing that change; what is left out stays."""

    type: ListingType | None = None
    title: Title | None = None
    description: Description | None = None
    language: Language | None = None
    category: CategoryId | None = None
    attributes: Attributes | None = None
    price: Price | None = None
    country: CountryCode | None = None
    city_id: CityId | None = None
    location: Location | None = None
    reach: Reach | None = None
    duration_hours: Hours | None = None


class Extension(Shape):
    """How much longer a listing stays on the market."""

    duration_hours: Hours


class Closing(Shape):
    """How a listing ended."""

    outcome: Outcome = Field(examples=["sold"])


class Rejection(Shape):
    """Why a listing was refused."""

    reason: str
    note: str | None


class Listing(Shape):
    """A listing, as the members of its business see it."""

    id: UUID
    business_id: UUID
    type: ListingType
    state: ListingState
    title: str
    description: str
    language: Language
    category: str
    attributes: dict[str, Any]
    price: Price
    country: CountryCode
    city: CityName
    location: Location
    reach: Reach
    duration_hours: int
    published_at: Instant | None
    expires_at: Instant | None
    outcome: Outcome | None
    rejection: Rejection | None
    version: Version
    created_at: Instant
    updated_at: Instant


class ListingCard(Shape):
    """A listing in a list."""

    id: UUID
    type: ListingType
    title: str
    category: str
    price: Price
    country: CountryCode
    city: CityName
    reach: Reach
    language: Language
    business: Seller
    published_at: Instant
    expires_at: Instant


class NearbyCard(ListingCard):
    """A listing in a list by distance."""

    distance_km: DistanceBand


class PublicListing(ListingCard):
    """A live listing, as strangers see it: contact hidden, location to about a kilometre."""

    description: str
    sector: str
    attributes: dict[str, Any]
    location: Location


class ListingQuery(PageQuery):
    """Filters of the market; all that are given must hold."""

    type: ListingType | None = None
    category: CategoryId | None = None
    country: CountryCode | None = None
    city_id: CityId | None = None
    price_min: MinorUnits | None = None
    price_max: MinorUnits | None = None
    currency: CurrencyCode | None = Field(
        default=None, description="Needed for a price range and to sort by price."
    )
    attribute: Annotated[list[AttributeFilter], Field(max_length=8)] = []
    verified: bool | None = Field(default=None, description="`true`: verified businesses only.")
    q: Words | None = None
    sort: Literal["newest", "price", "distance"] = "newest"
    latitude: Latitude | None = Field(default=None, description="To sort by distance.")
    longitude: Longitude | None = Field(default=None, description="To sort by distance.")


class NearbyQuery(PageQuery):
    """A circle on the map."""

    latitude: Latitude = Field(examples=[6.45])
    longitude: Longitude = Field(examples=[3.39])
    radius_km: Annotated[int, Field(ge=1, le=100)] = 25


class MyListingsQuery(PageQuery):
    """Filters of one's own listings."""

    business_id: UUID | None = None
    state: ListingState | None = None


class CategoryQuery(Shape):
    """How much of the names to send."""

    language: Language | None = Field(default=None, description="Names in this language only.")


class Category(Shape):
    """A trade category: a sector, or a leaf that listings are in."""

    id: str
    parent: str | None
    names: dict[str, str]
    version: int
    attributes: dict[str, Any] = Field(description="JSON Schema of the attributes.")
