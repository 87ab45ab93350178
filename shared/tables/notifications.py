"""The in-app feed."""

from sqlalchemy import Index, Integer, Table, Text, Uuid
from sqlalchemy import text as sql_text

from shared.tables import metadata
from shared.tables.types import Instant, Json, key, may, must

notification = Table(
    "notification",
    metadata,
    key(),
    must("user_id", Uuid()),
    must("type", Text),
    must("subject_id", Uuid()),
    must("deduplication", Text),  # what happened, once per person
    must("language", Text),
    must("title", Text),
    must("body", Text),
    must("parameters", Json),
    must("version", Integer, server_default=sql_text("1")),
    must("created_at", Instant, server_default=sql_text("clock_timestamp()")),
    may("read_at", Instant),
    Index("notification_once", "user_id", "deduplication", unique=True),
    Index("notification_feed", "user_id", "created_at", "id"),
    Index(
        "notification_unread",
        "user_id",
        "created_at",
        "id",
        postgresql_where=sql_text("read_at IS NULL"),
    ),
    Index(
        "notification_connection",
        "subject_id",
        postgresql_where=sql_text(
            "type IN ('connection_requested', 'connection_accepted', 'connection_expired')"
        ),
    ),
    Index(
        "notification_conversation",
        "subject_id",
        postgresql_where=sql_text("type = 'messages_waiting'"),
    ),
    schema="notifications",
)

push = Table(
    "push",
    metadata,
    key("notification_id"),
    key("install_id"),
    must("outcome", Text),  # sent | gone | refused
    must("at", Instant, server_default=sql_text("clock_timestamp()")),
    Index("push_at", "at"),
    schema="notifications",
)
