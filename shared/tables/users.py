"""Accounts, businesses and who belongs to them."""

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
from shared.tables.types import Instant, Json, Search, Texts, key, may, must

_NOW = sql_text("clock_timestamp()")

account = Table(
    "account",
    metadata,
    key(),
    must("uid", Text),  # Firebase's user id
    must("roles", Texts),
    must("role_version", Integer, server_default=sql_text("1")),
    must("state", Text, server_default=sql_text("'active'")),
    may("revoked_after", Instant),  # tokens of earlier sign-ins are refused
    may("erase_after", Instant),  # whoever asked to be forgotten may think again until then
    must("given_name", Text),
    must("family_name", Text),
    must("country", Text),
    must("language", Text),
    must("zone", Text),
    must("phone", Text),  # E.164
    must("phone_raw", Text),
    must("phone_verified", Boolean),
    must("data_saver", Boolean, server_default=sql_text("false")),
    must("version", Integer, server_default=sql_text("1")),
    must("created_at", Instant, server_default=_NOW),
    must("updated_at", Instant, server_default=_NOW),
    Index("account_uid", "uid", unique=True),
    Index("account_admins", "id", postgresql_where=sql_text("'admin' = ANY (roles)")),
    Index(
        "account_verified_phone", "phone", unique=True, postgresql_where=sql_text("phone_verified")
    ),
    Index(
        "account_erase_after",
        "erase_after",
        "id",
        postgresql_where=sql_text("state = 'erasing'"),
    ),
    schema="users",
)

consent = Table(
    "consent",
    metadata,
    key("user_id"),
    key("purpose", Text),
    must("granted", Boolean),
    must("policy_version", Text),
    must("decided_at", Instant),
    schema="users",
)

consent_history = Table(
    "consent_history",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    must("user_id", Uuid()),
    must("purpose", Text),
    must("granted", Boolean),
    must("policy_version", Text),
    must("decided_at", Instant),
    Index("consent_history_user_id", "user_id", "id"),
    schema="users",
)

export = Table(
    "export",
    metadata,
    key(),
    must("user_id", Uuid()),
    must("state", Text, server_default=sql_text("'preparing'")),  # preparing | ready
    must("parts", Texts, server_default=sql_text("'{}'")),  # the services that have written theirs
    must("asked_at", Instant),
    may("ready_at", Instant),
    must("expires_at", Instant),
    Index("export_user_id", "user_id"),
    Index("export_expires_at", "expires_at", "id"),
    schema="users",
)

public_profile = Table(
    "public_profile",
    metadata,
    key("user_id"),
    must("card", Text),
    schema="users",
)

device = Table(
    "device",
    metadata,
    key("install_id"),
    must("user_id", Uuid()),
    must("push_token", Text),
    must("platform", Text),
    must("app_version", Text),
    must("seen_at", Instant, server_default=_NOW),
    Index("device_push_token", "push_token", unique=True),
    Index("device_user_id", "user_id"),
    schema="users",
)

business = Table(
    "business",
    metadata,
    key(),
    must("slug", Text),
    must("name", Text),
    must("description", Text),
    must("categories", Texts),
    must("country", Text),
    must("city_id", Integer),
    must("latitude", Double),
    must("longitude", Double),
    must("zone", Text),
    must("language", Text),
    must("corridors", Texts),
    may("phone", Text),
    must("verification", Text, server_default=sql_text("'none'")),
    must("plan", Text, server_default=sql_text("'free'")),  # free | premium
    must("state", Text, server_default=sql_text("'active'")),
    must("version", Integer, server_default=sql_text("1")),
    must("created_at", Instant, server_default=_NOW),
    must("updated_at", Instant, server_default=_NOW),
    Index("business_slug", "slug", unique=True),
    schema="users",
)

membership = Table(
    "membership",
    metadata,
    key("business_id"),
    key("user_id"),
    must("role", Text),
    must("created_at", Instant, server_default=_NOW),
    Index("membership_user_id", "user_id"),
    schema="users",
)

public_business = Table(
    "public_business",
    metadata,
    key(),
    must("slug", Text),
    must("name", Text),
    must("verification", Text),
    must("country", Text),
    must("city_id", Integer),
    must("categories", Texts),
    must("search", Search()),
    must("card", Text),
    must("detail", Text),
    must("created_at", Instant),
    Index("public_business_slug", "slug", unique=True),
    Index("public_business_newest", "created_at", "id"),
    Index(
        "public_business_verified",
        "created_at",
        "id",
        postgresql_where=sql_text("verification IN ('verified', 'trusted')"),
    ),
    Index("public_business_country", "country", "created_at", "id"),
    Index("public_business_city", "city_id", "created_at", "id"),
    Index(
        "public_business_categories",
        "categories",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    ),
    Index(
        "public_business_search",
        "search",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    ),
    schema="users",
)

verification_request = Table(
    "verification_request",
    metadata,
    key(),
    must("business_id", Uuid()),
    must("requested_by", Uuid()),
    must("level", Text),
    must("documents", Json),
    must("state", Text, server_default=sql_text("'pending'")),
    must("created_at", Instant, server_default=_NOW),
    may("decided_at", Instant),
    Index(
        "verification_request_open",
        "business_id",
        unique=True,
        postgresql_where=sql_text("state = 'pending'"),
    ),
    Index("verification_request_business_id", "business_id"),
    Index("verification_request_requested_by", "requested_by"),
    schema="users",
)
