"""What is promised who asks for support, and by when."""

from shared.manifest.statements import INSTANT, INT, TEXT, UUID_, UUIDS, done, maybe, rows, sql
from shared.tables.types import may, must

promises = maybe(
    sql(
        "SELECT calendar, escalation FROM messaging.promises_of(:business_id)", business_id=UUID_
    ).columns(may("calendar", TEXT), must("escalation", TEXT)),
    "What a business promises, and when it works; None when it never said.",
)

_CLOCK = (
    must("conversation_id", UUID_),
    must("kind", TEXT),
    must("business_id", UUID_),
    must("round", INT),
    must("target_seconds", INT),
    must("spent_seconds", INT),
    may("started_at", INSTANT),
    may("due_at", INSTANT),
    must("step", INT),
    may("next_at", INSTANT),
    may("missed_at", INSTANT),
)

_COLUMNS = ", ".join(f"k.{each.name}" for each in _CLOCK)

clocks = rows(
    sql(
        f"""
        SELECT {_COLUMNS} FROM messaging.support_clock AS k WHERE k.conversation_id = :id
        ORDER BY k.kind LIMIT 3 FOR UPDATE
        """,
        id=UUID_,
    ).columns(*_CLOCK),
    "The clocks of a conversation, locked.",
)

put_clock = done(
    sql(
        """
        INSERT INTO messaging.support_clock AS k (conversation_id, kind, business_id, round,
            target_seconds, spent_seconds, started_at, due_at, step, next_at, missed_at)
        VALUES (:conversation_id, :kind, :business_id, :round, :target_seconds, :spent_seconds,
            :started_at, :due_at, :step, :next_at, :missed_at)
        ON CONFLICT (conversation_id, kind) DO UPDATE SET round = excluded.round,
            target_seconds = excluded.target_seconds, spent_seconds = excluded.spent_seconds,
            started_at = excluded.started_at, due_at = excluded.due_at, step = excluded.step,
            next_at = excluded.next_at, missed_at = excluded.missed_at
        """,
        **{each.name: each.type for each in _CLOCK},
    ),
    "Have a clock stand so.",
    optional="started_at due_at next_at missed_at",
)

step_clock = done(
    sql(
        """
        UPDATE messaging.support_clock
        SET step = :step, next_at = :next_at, missed_at = :missed_at
        WHERE conversation_id = :conversation_id AND kind = :kind
        """,
        conversation_id=UUID_,
        kind=TEXT,
        step=INT,
        next_at=INSTANT,
        missed_at=INSTANT,
    ),
    "Note whom a missed promise was told to, and when somebody else is.",
    optional="next_at missed_at",
)

# Whoever speaks in a conversation holds its clocks: by then it may be another that is due.
lock_due_clocks = rows(
    sql(
        f"""
        SELECT {_COLUMNS}, c.agent_id, t.calendar::text AS calendar,
            t.escalation::text AS escalation, ARRAY(
                SELECT a.user_id FROM messaging.agent AS a
                WHERE a.business_id = k.business_id AND a.leads ORDER BY a.user_id LIMIT 200
            ) AS leads
        FROM messaging.support_clock AS k
        JOIN messaging.support_case AS c ON c.conversation_id = k.conversation_id
        LEFT JOIN messaging.team AS t ON t.business_id = k.business_id
        WHERE k.next_at <= :now
        ORDER BY k.next_at, k.conversation_id LIMIT :limit FOR UPDATE OF k SKIP LOCKED
        """,
        now=INSTANT,
        limit=INT,
    ).columns(
        *_CLOCK,
        may("agent_id", UUID_),
        may("calendar", TEXT),
        may("escalation", TEXT),
        must("leads", UUIDS),
    ),
    "Clocks at which somebody is to be told, and who there is; those that are being set are left.",
)

leads = rows(
    sql(
        """
        SELECT user_id FROM messaging.agent WHERE business_id = :business_id AND leads
        ORDER BY user_id LIMIT 200
        """,
        business_id=UUID_,
    ).columns(user_id=UUID_),
    "Who leads a team.",
)

stop_clocks = done(
    sql(
        """
        UPDATE messaging.support_clock SET started_at = NULL, due_at = NULL, next_at = NULL
        WHERE started_at IS NOT NULL AND conversation_id IN (
            SELECT conversation_id FROM messaging.support_case
            WHERE customer_id = :user_id AND business_id = :business_id)
        """,
        user_id=UUID_,
        business_id=UUID_,
    ),
    "Have nothing be due any more to somebody who is forgotten.",
)
