"""Conversations of two parties, and what is said in them: stored encrypted, ordered by a number."""

from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy import text as sql_text

from shared.tables import metadata
from shared.tables.types import Instant, Json, Texts, key, may, must

_NOW = sql_text("clock_timestamp()")
_NONE = sql_text("0")

conversation = Table(
    "conversation",
    metadata,
    key(),
    must("kind", Text),  # customer, support: a person and a business; business: two businesses
    must("first_id", Uuid()),  # the person, or the lesser id of two businesses
    must("second_id", Uuid()),
    must("opened_by", Uuid()),  # which of the two
    must("last_seq", BigInteger, server_default=_NONE),
    must("last_message_at", Instant),  # when it was opened, before the first
    must("wrapped_key", LargeBinary),  # its messages' key, itself encrypted
    must("key_id", Text),  # which of the ring's keys opens that
    must("created_at", Instant, server_default=_NOW),
    Index("conversation_parties", "first_id", "second_id", "kind", unique=True),
    Index("conversation_first", "first_id", "last_message_at", "id"),
    Index("conversation_second", "second_id", "last_message_at", "id"),
    Index("conversation_key_id", "key_id", "id"),
    schema="messaging",
)

message = Table(
    "message",
    metadata,
    key(),  # the sender's device makes it
    must("conversation_id", Uuid()),
    must("seq", BigInteger),  # without gaps
    must("sender_id", Uuid()),
    may("on_behalf_of", Uuid()),  # the business in whose name he wrote
    must("own_no", Integer),  # how many its sender has said here, with this one
    may("nonce", LargeBinary),
    may("ciphertext", LargeBinary),  # NULL once it is deleted
    may("digest", LargeBinary),  # of what was sent at first, keyed: tells a retry from another
    must("flags", Texts),
    must("version", Integer, server_default=sql_text("1")),
    must("sent_at", Instant),
    may("edited_at", Instant),
    may("deleted_at", Instant),
    Index("message_seq", "conversation_id", "seq", unique=True),
    Index("message_sender", "sender_id", "conversation_id", "seq"),
    schema="messaging",
)

message_revision = Table(
    "message_revision",
    metadata,
    key("message_id"),
    key("version", Integer),
    must("nonce", LargeBinary),
    must("ciphertext", LargeBinary),
    must("flags", Texts),
    must("replaced_at", Instant),
    Index("message_revision_replaced_at", "replaced_at"),
    schema="messaging",
)

attachment = Table(
    "attachment",
    metadata,
    key(),
    must("conversation_id", Uuid()),
    must("uploader_id", Uuid()),
    must("content_type", Text),
    must("size", Integer),
    may("message_id", Uuid()),
    must("created_at", Instant, server_default=_NOW),
    may("purge_after", Instant),
    Index("attachment_message_id", "message_id", "id"),
    Index("attachment_conversation_id", "conversation_id"),
    Index("attachment_uploader_id", "uploader_id"),
    Index(
        "attachment_purge_after",
        "purge_after",
        "id",
        postgresql_where=sql_text("purge_after IS NOT NULL"),
    ),
    schema="messaging",
)

pointer = Table(
    "pointer",
    metadata,
    key("conversation_id"),
    key("user_id"),
    must("party_id", Uuid()),  # on whose side he is: his own id, or that of a business
    must("delivered_seq", BigInteger, server_default=_NONE),
    must("read_seq", BigInteger, server_default=_NONE),
    must("sent", Integer, server_default=_NONE),  # how many he said here
    must("sent_read", Integer, server_default=_NONE),  # how many of those up to `read_seq`
    Index("pointer_user_id", "user_id"),
    schema="messaging",
)

team = Table(
    "team",
    metadata,
    key("business_id"),
    must("automatic", Boolean),
    must("capacity", Integer),  # of who has none of his own
    may("calendar", Json),  # NULL: open all the time
    must("escalation", Json),
    must("version", Integer),
    must("updated_at", Instant),
    schema="messaging",
)

_NOTHING = sql_text("'{}'")

agent = Table(
    "agent",
    metadata,
    key("business_id"),
    key("user_id"),
    must("skills", Texts, server_default=_NOTHING),
    must("languages", Texts, server_default=_NOTHING),
    may("capacity", Integer),  # NULL: that of the team
    must("leads", Boolean, server_default=sql_text("false")),
    must("state", Text, server_default=sql_text("'offline'")),  # online, away, offline
    may("here_until", Instant),  # what he has is kept for him until then, unless he is heard of
    may("last_assigned_at", Instant),
    Index("agent_user_id", "user_id"),
    Index("agent_here_until", "here_until", postgresql_where=sql_text("here_until IS NOT NULL")),
    schema="messaging",
)

support_case = Table(
    "support_case",
    metadata,
    key("conversation_id"),
    must("business_id", Uuid()),
    must("customer_id", Uuid()),
    must("state", Text, server_default=sql_text("'waiting'")),  # waiting, assigned, resolved
    may("skill", Text),
    may("language", Text),
    must("waiting_since", Instant),  # stays when it is assigned, for it may come back
    may("agent_id", Uuid()),
    may("last_agent_id", Uuid()),  # who had it before
    may("prefers", Uuid()),  # who gets it, if he is online and has room
    may("passed_by", Uuid()),  # who gave it back, and does not get it again
    may("assigned_at", Instant),
    may("resolved_at", Instant),
    Index(
        "support_case_waiting",
        "business_id",
        "waiting_since",
        "conversation_id",
        postgresql_where=sql_text("state = 'waiting'"),
    ),
    Index(
        "support_case_agent",
        "business_id",
        "agent_id",
        postgresql_where=sql_text("state = 'assigned'"),
    ),
    Index("support_case_customer_id", "customer_id"),
    schema="messaging",
)

support_clock = Table(
    "support_clock",
    metadata,
    key("conversation_id"),
    key("kind", Text),  # first_response, next_response, resolution
    must("business_id", Uuid()),
    must("round", Integer),  # how often it was started anew
    must("target_seconds", Integer),
    must("spent_seconds", Integer),  # of working time, before it was started last
    may("started_at", Instant),  # NULL: it is the customer's turn, or over
    may("due_at", Instant),
    must("step", Integer),  # 0: not missed; 1: missed; then how many rungs were told, and 1
    may("next_at", Instant),  # when the next step is
    may("missed_at", Instant),
    Index(
        "support_clock_next_at",
        "next_at",
        "conversation_id",
        postgresql_where=sql_text("next_at IS NOT NULL"),
    ),
    Index("support_clock_business_id", "business_id"),
    schema="messaging",
)

delivery = Table(
    "delivery",
    metadata,
    key("conversation_id"),
    key("user_id"),
    must("party_id", Uuid()),
    must("queued_seq", BigInteger),  # all up to here is owed to him
    must("sent_seq", BigInteger, server_default=_NONE),  # is on the way to an install
    must("failed_seq", BigInteger, server_default=_NONE),  # reaches none
    must("told_seq", BigInteger, server_default=_NONE),  # was told of in his feed
    must("tries", Integer, server_default=_NONE),
    may("due_at", Instant),  # when to look whether he has it
    Index("delivery_user_id", "user_id"),
    Index(
        "delivery_due_at",
        "due_at",
        "conversation_id",
        "user_id",
        postgresql_where=sql_text("due_at IS NOT NULL"),
    ),
    schema="messaging",
)
