"""What all shapes have in common, and the field types that several of them use."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints


class Shape(BaseModel):
    """A closed shape: a field it does not know is an error, never ignored."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        hide_input_in_errors=True,
        # Most functions only name the shape of their answer; a cold start need not compile it.
        defer_build=True,
    )


class PageQuery(Shape):
    """What every list takes."""

    limit: Annotated[int, Field(ge=1, le=50, description="Items a page.")] = 20
    cursor: Annotated[
        str | None, Field(max_length=512, description="`meta.pagination.next` of the page before.")
    ] = None


class Event(BaseModel):
    """A fact in the past tense; its module is the topic it is published on.

    Unlike other shapes it ignores fields it does not know, so that a publisher may add one while
    an older subscriber still runs.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    def ordering_key(self) -> str | None:
        """Return the key whose events must be delivered in order, if any."""
        return None


Language = Literal["en", "fr", "pt", "sw", "ar", "ha", "yo"]
CountryCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(description="ISO 3166-1 alpha-2.")
]
CurrencyCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="ISO 4217.")
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
MinorUnits = Annotated[
    int, Field(ge=0, le=10**15, description="In the currency's smallest unit (kobo, cent, franc).")
]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Instant = Annotated[
    AwareDatetime,
    # Beyond these PostgreSQL and Python disagree on which years there are.
    Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
]
Version = Annotated[int, Field(ge=1, description="Grows with every change; send it as `If-Match`.")]
Zone = Annotated[str, StringConstraints(max_length=40), Field(description="IANA time zone.")]
