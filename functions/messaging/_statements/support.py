"""Support conversations: which wait, and whose the others are."""

from shared.manifest.statements import INSTANT, TEXT, UUID_, done, maybe, sql, value
from shared.tables.types import may, must

open_case = done(
    sql(
        """
        INSERT INTO messaging.support_case
            (conversation_id, business_id, customer_id, skill, language, waiting_since)
        VALUES (:id, :business_id, :customer_id, :skill, :language, :now)
        """,
        id=UUID_,
        business_id=UUID_,
        customer_id=UUID_,
        skill=TEXT,
        language=TEXT,
        now=INSTANT,
    ),
    "Put a new support conversation into the queue of a business.",
    optional="skill language",
)

case = maybe(
    sql(
        """
        SELECT conversation_id, business_id, customer_id, state, agent_id, waiting_since
        FROM messaging.support_case WHERE conversation_id = :id
        """,
        id=UUID_,
    ).columns(
        must("conversation_id", UUID_),
        must("business_id", UUID_),
        must("customer_id", UUID_),
        must("state", TEXT),
        may("agent_id", UUID_),
        must("waiting_since", INSTANT),
    ),
    "How far a support conversation has got, for one who takes part in it.",
)

assign_case = done(
    sql(
        """
        UPDATE messaging.support_case
        SET state = 'assigned', agent_id = :agent_id, assigned_at = :now,
            last_agent_id = coalesce(agent_id, last_agent_id), prefers = NULL, passed_by = NULL
        WHERE conversation_id = :id AND state <> 'resolved'
        """,
        id=UUID_,
        agent_id=UUID_,
        now=INSTANT,
    ),
    "Make a support conversation an agent's.",
)

pass_case = done(
    sql(
        """
        UPDATE messaging.support_case
        SET state = 'waiting', agent_id = NULL, last_agent_id = agent_id, passed_by = agent_id
        WHERE conversation_id = :id AND state = 'assigned'
        """,
        id=UUID_,
    ),
    "Put a support conversation back into the queue, since when it waited, for others.",
)

resolve_case = done(
    sql(
        """
        UPDATE messaging.support_case
        SET state = 'resolved', agent_id = NULL, last_agent_id = coalesce(agent_id, last_agent_id),
            passed_by = NULL, resolved_at = :now
        WHERE conversation_id = :id AND state <> 'resolved'
        """,
        id=UUID_,
        now=INSTANT,
    ),
    "Have a support conversation be over.",
)

reopen_case = value(
    sql(
        """
        UPDATE messaging.support_case
        SET state = 'waiting', waiting_since = :now, prefers = last_agent_id, resolved_at = NULL,
            skill = coalesce(:skill, skill), language = coalesce(:language, language)
        WHERE conversation_id = :id AND state = 'resolved' RETURNING waiting_since
        """,
        id=UUID_,
        skill=TEXT,
        language=TEXT,
        now=INSTANT,
    ).columns(waiting_since=INSTANT),
    "Put a support conversation into the queue again, for who had it if he has room.",
    optional="skill language",
)
