"""What people must decide: one review for each target, with a lease while somebody looks."""

from sqlalchemy import Index, Integer, Table, Text, Uuid
from sqlalchemy import text as sql_text

from shared.tables import metadata
from shared.tables.types import Instant, Json, key, may, must

review = Table(
    "review",
    metadata,
    key(),
    must("target_type", Text),
    must("target_id", Uuid()),
    must("target_version", Integer),
    must("business_id", Uuid()),
    must("snapshot", Json),
    must("state", Text, server_default=sql_text("'pending'")),
    may("leased_by", Uuid()),
    may("leased_until", Instant),
    may("decided_by", Uuid()),
    may("decided_at", Instant),
    may("reason", Text),
    may("note", Text),
    must("submitted_at", Instant),
    Index("review_target", "target_type", "target_id", unique=True),
    Index("review_queue", "target_type", "state", "submitted_at", "id"),
    Index("review_business_id", "business_id"),
    Index("review_leased_by", "leased_by", postgresql_where=sql_text("leased_by IS NOT NULL")),
    Index("review_decided_by", "decided_by", postgresql_where=sql_text("decided_by IS NOT NULL")),
    schema="admin",
)
