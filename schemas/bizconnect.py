"""Connections between businesses."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.businesses import BusinessCard
from schemas.shape import CountryCode, Instant, Language, PageQuery, Shape, Version

Market = Annotated[
    Literal["afcfta", "africa-us", "us-africa"],
    Field(
        description=(
            "`afcfta`: both businesses are in Africa. `africa-us`: the one that asks is in Africa, "
            "the other in the United States. `us-africa`: the reverse."
        ),
        examples=["afcfta"],
    ),
]
ConnectionStatus = Annotated[
    Literal["pending", "accepted", "declined", "withdrawn", "expired", "removed", "blocked"],
    Field(
        description=(
            "As the own business may know it: a business that asked is not told of a decline, and "
            "to a business that is blocked the connection is not there."
        )
    ),
]
Note = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500),
    Field(
        description="What the business that is asked reads first.",
        examples=["We roast sesame in Kano and look for a partner in Nairobi."],
    ),
]


class NewConnection(Shape):
    """A request for a connection."""

    business_id: UUID = Field(description="The business that asks: one that the caller leads.")
    to_business_id: UUID = Field(description="The business that is asked.")
    note: Note | None = None
    market: Market | None = Field(
        default=None,
        description="Left out, it follows from the countries of the two; given, it must fit them.",
        examples=["afcfta"],
    )


class ConnectedBusiness(Shape):
    """The other business, as anyone may see it."""

    id: UUID
    slug: str
    name: str
    country: CountryCode
    verification: Literal["none", "basic", "verified", "trusted"]


class BusinessConnection(Shape):
    """A connection, as one of its two businesses may know it."""

    id: UUID
    business_id: UUID = Field(description="The own business.")
    other_id: UUID
    other: ConnectedBusiness | None = Field(description="null once that business is closed.")
    direction: Literal["sent", "received"] = Field(
        description="Whether the own business asked last, or was asked."
    )
    status: ConnectionStatus
    market: Market
    note: str | None
    requested_at: Instant
    expires_at: Instant | None = Field(description="When a request that is pending is over.")
    accepted_at: Instant | None = Field(description="The last time that it was accepted.")
    version: Version


class ConnectionQuery(PageQuery):
    """Which connections to read; all that is given must hold."""

    business_id: UUID | None = Field(default=None, description="Of one of one's businesses only.")
    status: ConnectionStatus | None = Field(default=None, examples=["pending"])
    market: Market | None = None
    direction: Literal["sent", "received"] | None = None


class ConnectionStep(Shape):
    """What one of the two businesses makes of a connection."""

    action: Annotated[
        Literal["accept", "decline", "withdraw", "remove", "block", "unblock"],
        Field(
            description=(
                "`accept`, `decline`: of the one that is asked. `withdraw`: of the one that asked. "
                "`remove`: of either, once accepted. `block`: of either, at any time; `unblock`: "
                "of the one that blocked, and leaves the connection removed. Done before, it is "
                "done: the answer is the connection as it is."
            ),
            examples=["block"],
        ),
    ]


class MarketCount(Shape):
    """One market, and how many connections one's businesses have in it."""

    market: Market
    accepted: Annotated[int, Field(ge=0)]
    sent: Annotated[int, Field(ge=0, description="Requests that wait for another's answer.")]
    received: Annotated[int, Field(ge=0, description="Requests that wait for the own answer.")]


class QuotaUse(Shape):
    """What a plan allows in a day or a month of the business's own time zone."""

    limit: Annotated[int, Field(ge=0)]
    used: Annotated[int, Field(ge=0)]
    left: Annotated[int, Field(ge=0)]
    resets_at: Instant
    resets_at_local: str = Field(description="The same instant by the clock of the zone.")


class RequestQuota(Shape):
    """How many requests a business may still send."""

    plan: Literal["free", "premium"]
    zone: str = Field(description="In which day and month are counted until the month ends.")
    day: QuotaUse
    month: QuotaUse


class BusinessMetrics(Shape):
    """The numbers of one business; `definitions` says what each of them is."""

    business_id: UUID
    name: str
    sent: Annotated[int, Field(ge=0)]
    accepted: Annotated[int, Field(ge=0)]
    acceptance_rate: Annotated[float | None, Field(ge=0, le=1)]
    received: Annotated[int, Field(ge=0)]
    answered: Annotated[int, Field(ge=0)]
    median_response_seconds: Annotated[float | None, Field(ge=0)]
    quota: RequestQuota


class ConnectionMetrics(Shape):
    """The numbers of one's businesses, and what they are."""

    since: Instant
    definitions: dict[str, str]
    businesses: list[BusinessMetrics]


class SuggestionQuery(Shape):
    """For which business to suggest others."""

    business_id: UUID = Field(description="A business that the caller leads.")
    limit: Annotated[int, Field(ge=1, le=50, description="How many at most.")] = 20
    language: Language | None = Field(
        default=None, description="Of the reasons; left out, that of the business."
    )


class SuggestionReason(Shape):
    """Why a business is suggested."""

    code: Literal[
        "by_chance",
        "offers_what_you_seek",
        "seeks_what_you_offer",
        "same_city",
        "near_you",
        "same_market",
        "complementary_trade",
        "same_trade",
        "answers_quickly",
        "verified",
        "in_your_markets",
    ]
    text: str = Field(
        description="In words.", examples=["Offers what you are looking for: Fabrics"]
    )


class Suggestion(Shape):
    """A business that suits the own one, and why."""

    business: BusinessCard
    score: Annotated[
        float, Field(ge=0, le=1, description="How good each is for the other; 1 is best.")
    ]
    explored: bool = Field(
        description="Drawn by chance, so that what the score does not know is found out."
    )
    reasons: list[SuggestionReason]
