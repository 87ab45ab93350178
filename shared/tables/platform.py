"""The kernel's tables: what every service writes beside its own rows."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy import text as sql_text

from shared.tables import metadata
from shared.tables.types import Instant, Json, Texts, Xid8, key, may, must

_NOW = sql_text("clock_timestamp()")

outbox = Table(
    "outbox",
    metadata,
    key(),
    Column("seq", BigInteger, Identity(always=True), nullable=False),
    must("kind", Text),  # event | task
    may("service", Text, server_default=sql_text("substr(CURRENT_USER, 5)")),  # who stored it
    must("topic", Text),  # publishing service, or queue
    must("type", Text),  # event type, or function
    may("ordering_key", Text),
    may("due_at", Instant),
    must("body", Text),
    may("traceparent", Text),
    must("created_at", Instant, server_default=_NOW),
    may("sent_at", Instant),
    Index("outbox_unsent", "seq", postgresql_where=sql_text("sent_at IS NULL")),
    Index(
        "outbox_unsent_key",
        "ordering_key",
        "topic",
        postgresql_where=sql_text("sent_at IS NULL"),
    ),
    Index("outbox_sent", "sent_at", postgresql_where=sql_text("sent_at IS NOT NULL")),
    Index("outbox_sent_key", "ordering_key", postgresql_where=sql_text("sent_at IS NOT NULL")),
    schema="platform",
)

inbox = Table(
    "inbox",
    metadata,
    key("handler", Text),
    key("event_id"),
    must("handled_at", Instant, server_default=_NOW),
    Index("inbox_handled_at", "handled_at"),
    schema="platform",
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    key("actor", Text),
    key("operation", Text),
    key("key", Text),
    must("request_hash", LargeBinary),
    may("status", Integer),
    may("headers", Json),
    may("body", Text),
    must("created_at", Instant, server_default=_NOW),
    Index("idempotency_key_created_at", "created_at"),
    schema="platform",
)

rate_limit = Table(
    "rate_limit",
    metadata,
    key("key", Text),
    must("full_at", Instant),  # GCRA's theoretical arrival time
    Index("rate_limit_full_at", "full_at"),
    schema="platform",
    prefixes=["UNLOGGED"],
)

quota_zone = Table(
    "quota_zone",
    metadata,
    key("subject_id"),
    must("zone", Text),
    must("until", Instant),  # until then another zone of the subject counts for nothing
    schema="platform",
)

quota_window = Table(
    "quota_window",
    metadata,
    key("subject_id"),
    key("metric", Text),
    key("period", Text),  # day | month
    key("starts_on", Date),
    must("ends_at", Instant),
    must("used", Integer),
    must("allowed", Integer),  # when it was last taken from
    Index("quota_window_ends_at", "ends_at"),
    schema="platform",
)

quota_history = Table(
    "quota_history",
    metadata,
    key("subject_id"),
    key("metric", Text),
    key("period", Text),
    key("starts_on", Date),
    must("used", Integer),
    must("allowed", Integer),
    must("closed_at", Instant, server_default=_NOW),
    Index("quota_history_closed_at", "closed_at"),
    schema="platform",
)

failed_task = Table(
    "failed_task",
    metadata,
    key(),
    must("queue", Text),
    must("function", Text),
    must("body", Text),
    must("error", Text),
    must("attempts", Integer),
    must("failed_at", Instant, server_default=_NOW),
    Index("failed_task_failed_at", "failed_at"),
    schema="platform",
)

projection = Table(
    "projection",
    metadata,
    key("service", Text),
    key("task", Text),  # which writes it
    key("key", Text),
    must("document", Text),  # its id in Firestore
    must("version", BigInteger, server_default=sql_text("1")),
    may("turn", Uuid()),  # the message of the task that is to write it; none when it shows all
    schema="platform",
)

currency = Table(
    "currency",
    metadata,
    key("code", Text),
    must("exponent", Integer),
    must("name", Text),
    schema="platform",
)

country = Table(
    "country",
    metadata,
    key("code", Text),
    must("name", Text),
    must("currency", Text),
    must("calling_code", Text),
    must("languages", Texts),
    must("zones", Texts),
    must("continent", Text, server_default=sql_text("''")),  # as GeoNames abbreviates it: AF, NA
    schema="platform",
)

change = Table(
    "change",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    must("transaction", Xid8()),  # the feed's order is by this, then id; of one row by id alone
    must("audience", Uuid()),  # the user or the business whose devices follow the row
    must("entity", Text),
    must("entity_id", Uuid()),
    must("operation", Text),  # upsert | delete
    must("version", Integer),
    must("changed_at", Instant, server_default=_NOW),
    Index("change_audience", "audience", "transaction", "id"),
    Index("change_changed_at", "changed_at"),
    Index("change_entity", "entity_id", "id"),
    schema="platform",
)

audit_entry = Table(
    "audit_entry",
    metadata,
    key("chain", Text),  # the service whose operation it was
    key("seq", BigInteger),  # without gaps
    must("id", Uuid()),
    must("at", Instant),
    must("actor_id", Uuid()),
    must("role", Text),  # the one that opened the door
    may("on_behalf_of", Uuid()),
    must("operation", Text),
    may("target_type", Text),
    may("target_id", Uuid()),
    may("before", Json),
    may("after", Json),
    may("reason", Text),
    must("request_id", Uuid()),
    must("previous", LargeBinary),
    must("hash", LargeBinary),
    Index("audit_entry_newest", "at", "id", unique=True),
    Index("audit_entry_actor", "actor_id", "at", "id"),
    Index("audit_entry_operation", "operation", "at", "id"),
    Index("audit_entry_target", "target_id", "at", "id"),
    Index(
        "audit_entry_on_behalf_of",
        "on_behalf_of",
        postgresql_where=sql_text("on_behalf_of IS NOT NULL"),
    ),
    schema="platform",
)

audit_chain = Table(
    "audit_chain",
    metadata,
    key("chain", Text),
    must("entries", BigInteger),
    must("hash", LargeBinary),  # of the newest entry
    schema="platform",
)

audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    key("chain", Text),
    must("seen", BigInteger),  # the newest entry that was ever found in order
    must("seen_hash", LargeBinary),
    must("lap_at", Instant),
    must("walked", BigInteger),  # the last entry that today's lap has reached
    must("walked_hash", LargeBinary),
    may("reported_at", Instant),
    schema="platform",
)

city = Table(
    "city",
    metadata,
    key("id", Integer),  # GeoNames id
    must("country", Text),
    must("name", Text),
    must("folded_name", Text),
    must("alternate_names", Texts),
    must("latitude", Double),
    must("longitude", Double),
    must("population", Integer),
    must("zone", Text),
    Index(
        "city_country_folded_name",
        "country",
        "folded_name",
        postgresql_ops={"folded_name": "text_pattern_ops"},
    ),
    schema="platform",
)
