"""Listings: the private row, and the read model that strangers see."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)
from sqlalchemy import text as sql_text

from shared.tables import metadata
from shared.tables.types import Earth, Instant, Json, Money, Search, key, may, must

_NOW = sql_text("clock_timestamp()")
_GIN: dict[str, Any] = {"postgresql_using": "gin", "postgresql_with": {"fastupdate": "off"}}

category = Table(
    "category",
    metadata,
    key("id", Text),
    may("parent", Text),  # NULL for a sector
    must("position", Integer),
    must("names", Json),
    must("version", Integer),
    must("attributes", Json),  # JSON Schema
    schema="listings",
)

listing = Table(
    "listing",
    metadata,
    key(),
    must("business_id", Uuid()),
    must("author_id", Uuid()),
    must("type", Text),
    must("state", Text),
    must("title", Text),
    must("description", Text),
    must("language", Text),
    must("category", Text),
    must("attributes", Json),
    must("attributes_version", Integer),
    must("price_kind", Text),
    may("price_minor", Money),
    may("price_max_minor", Money),
    may("currency", Text),
    may("price_unit", Text),
    must("country", Text),
    must("city_id", Integer),
    must("latitude", Double),  # precise: never leaves this table
    must("longitude", Double),
    must("reach", Text),  # city | nationwide | ships_abroad
    must("folded_title", Text),
    must("folded_text", Text),
    must("duration_hours", Integer),
    may("published_at", Instant),
    may("expires_at", Instant),
    may("outcome", Text),
    may("rejection_reason", Text),
    may("rejection_note", Text),
    must("version", Integer, server_default=sql_text("1")),
    must("created_at", Instant, server_default=_NOW),
    must("updated_at", Instant, server_default=_NOW),
    Index("listing_business", "business_id", "created_at", "id"),
    Index("listing_author_id", "author_id"),
    Index(
        "listing_due",
        "expires_at",
        "id",
        postgresql_where=sql_text("state IN ('published', 'paused')"),
    ),
    schema="listings",
)

transition = Table(
    "transition",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    must("listing_id", Uuid()),
    must("business_id", Uuid()),
    may("from_state", Text),
    must("to_state", Text),
    may("actor_id", Uuid()),
    may("reason", Text),
    must("at", Instant, server_default=_NOW),
    Index("transition_listing", "listing_id", "id"),
    Index("transition_actor_id", "actor_id"),
    schema="listings",
)

reminder = Table(
    "reminder",
    metadata,
    key("listing_id"),
    key("expires_at", Instant),
    key("kind", Text),
    must("sent_at", Instant, server_default=_NOW),
    schema="listings",
)

public_listing = Table(
    "public_listing",
    metadata,
    key(),
    must("business_id", Uuid()),
    must("type", Text),
    must("sector", Text),
    must("category", Text),
    must("country", Text),
    must("city_id", Integer),
    may("price_minor", Money),
    may("currency", Text),
    must("verified", Boolean),
    must("attributes", Json),
    must("search", Search()),
    must("place", Earth()),  # the published point, snapped to about a kilometre
    must("published_at", Instant),
    must("expires_at", Instant),
    must("card", Text),
    must("detail", Text),
    Index("public_listing_newest", "published_at", "id"),
    Index("public_listing_country", "country", "published_at", "id"),
    Index("public_listing_category", "category", "published_at", "id"),
    Index("public_listing_sector", "sector", "published_at", "id"),
    Index("public_listing_country_category", "country", "category", "published_at", "id"),
    Index("public_listing_country_sector", "country", "sector", "published_at", "id"),
    Index("public_listing_city", "city_id", "published_at", "id"),
    Index("public_listing_city_category", "city_id", "category", "published_at", "id"),
    Index("public_listing_price", "currency", "price_minor", "id"),
    Index("public_listing_price_category", "currency", "category", "price_minor", "id"),
    Index("public_listing_price_sector", "currency", "sector", "price_minor", "id"),
    Index("public_listing_business", "business_id"),
    Index("public_listing_search", "search", **_GIN),
    Index("public_listing_place", "place", postgresql_using="gist"),
    schema="listings",
)
