"""Connections between businesses. Other services read it as `bizconnect.connection` says."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Double,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)
from sqlalchemy import text as sql_text

from shared.tables import metadata
from shared.tables.types import BigIntegers, Instant, Json, Texts, key, may, must

connection = Table(
    "connection",
    metadata,
    key(),
    must("requester_id", Uuid()),  # of the two businesses the one that asked last
    must("receiver_id", Uuid()),
    must("market", Text),  # afcfta | africa-us | us-africa
    # pending | accepted | declined | withdrawn | expired | removed | blocked; who asked sees a
    # declined one as pending, and whoever is blocked sees nothing
    must("state", Text, server_default=sql_text("'pending'")),
    may("note", Text),
    must("requested_at", Instant),
    must("expires_at", Instant),  # a request; from then on it is over, whoever has noted it
    may("cool_until", Instant),  # whoever asked does not ask again before; none once accepted
    may("accepted_at", Instant),
    may("declined_at", Instant),
    may("blocked_by", Uuid()),
    must("version", Integer, server_default=sql_text("1")),
    # What the requester may know of: a decline is a change that he is not shown.
    must("requester_version", Integer, server_default=sql_text("1")),
    Index(
        "connection_pair",
        sql_text("least(requester_id, receiver_id)"),
        sql_text("greatest(requester_id, receiver_id)"),
        unique=True,
    ),
    Index("connection_requester", "requester_id", "requested_at", "id"),
    Index("connection_receiver", "receiver_id", "requested_at", "id"),
    Index(
        "connection_waiting",
        "receiver_id",
        "expires_at",
        postgresql_where=sql_text("state = 'pending'"),
    ),
    Index(
        "connection_due",
        "expires_at",
        "id",
        postgresql_where=sql_text("state IN ('pending', 'declined')"),
    ),
    Index(
        "connection_blocked_requester",
        "requester_id",
        postgresql_where=sql_text("state = 'blocked'"),
    ),
    Index(
        "connection_blocked_receiver",
        "receiver_id",
        postgresql_where=sql_text("state = 'blocked'"),
    ),
    schema="bizconnect",
)

candidate = Table(
    "candidate",
    metadata,
    key("business_id"),
    must("slot", BigInteger),  # where it stands in every group, drawn from its id
    must("region", Text),  # africa | us | "" elsewhere
    must("country", Text),
    must("city_id", Integer),
    must("latitude", Double),  # as anyone may see it: to about a kilometre
    must("longitude", Double),
    must("zone", Text),
    must("language", Text),
    must("categories", Texts),
    must("sectors", Texts),
    must("offers", Texts),  # categories of what it has on the market
    must("requests", Texts),
    must("corridors", Texts),
    must("verification", Integer),  # none 0, basic 1, verified 2, trusted 3
    must("responsiveness", Double),  # 0 never answers, 1 within a day; 0.5 is not known
    must("keys", BigIntegers),  # its rows of candidate_key
    must("due_at", Instant),  # when one of its facts is no longer true
    Index("candidate_slot", "slot", unique=True),
    Index("candidate_due", "due_at", "business_id"),
    schema="bizconnect",
)

candidate_key = Table(
    "candidate_key",
    metadata,
    key("key", BigInteger),  # a group: who offers fabrics in Ghana, say
    key("slot", BigInteger),
    schema="bizconnect",
)

impression = Table(
    "impression",
    metadata,
    key("business_id"),  # to whom
    key("day", Date()),  # of its own zone
    key("position", Integer),
    must("suggested_id", Uuid()),
    must("score", Double),
    must("explored", Boolean),  # drawn by chance
    must("weights", Integer),  # the version that rated it
    must("reasons", Json),
    must("shown_at", Instant),
    Index("impression_suggested", "suggested_id", "business_id", "day", unique=True),
    Index("impression_shown_at", "shown_at"),
    schema="bizconnect",
)
