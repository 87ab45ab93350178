"""Teams: who answers for a business, who of them is there, and how it is shared out among them."""

from shared.manifest.statements import (
    BIGINT,
    BOOL,
    INSTANT,
    INT,
    TEXT,
    UUID_,
    done,
    maybe,
    one,
    rows,
    sql,
    value,
)
from shared.tables.types import may, must

lock_team = done(
    sql("SELECT messaging.lock_team(:business_id)", business_id=UUID_),
    "Have whatever else changes the queue of a business wait until this transaction ends.",
)

drain_team = rows(
    sql(
        """
        SELECT conversation_id, business_id, agent_id, left_id, waiting_since
        FROM messaging.drain_team(:business_id, :now)
        """,
        business_id=UUID_,
        now=INSTANT,
    ).columns(
        must("conversation_id", UUID_),
        must("business_id", UUID_),
        may("agent_id", UUID_),
        may("left_id", UUID_),
        must("waiting_since", INSTANT),
    ),
    "Requeue what those had who are gone, and assign what can be; each step of it, in order.",
)

keep_here = value(
    sql(
        """
        UPDATE messaging.agent SET here_until = :here_until
        WHERE business_id = :business_id AND user_id = :user_id AND state = :state
            AND state <> 'offline' AND here_until > :now
        RETURNING here_until
        """,
        business_id=UUID_,
        user_id=UUID_,
        state=TEXT,
        here_until=INSTANT,
        now=INSTANT,
    ).columns(here_until=INSTANT),
    "Note that somebody is still there, as he was; None when that changes anything.",
)

# Whoever says again that he leaves does not stay longer for it.
put_presence = done(
    sql(
        """
        INSERT INTO messaging.agent AS a (business_id, user_id, state, here_until)
        VALUES (:business_id, :user_id, :state, :here_until)
        ON CONFLICT (business_id, user_id) DO UPDATE SET state = excluded.state,
            here_until = CASE WHEN excluded.state = 'offline' AND a.state = 'offline'
                THEN a.here_until ELSE excluded.here_until END
        """,
        business_id=UUID_,
        user_id=UUID_,
        state=TEXT,
        here_until=INSTANT,
    ),
    "Note whether somebody is there.",
)

presence = one(
    sql(
        """
        SELECT a.state, a.here_until, (
            SELECT count(*) FROM messaging.support_case AS c
            WHERE c.business_id = a.business_id AND c.agent_id = a.user_id
                AND c.state = 'assigned') AS handling,
            coalesce(a.capacity, t.capacity, :usual) AS capacity
        FROM messaging.agent AS a LEFT JOIN messaging.team AS t ON t.business_id = a.business_id
        WHERE a.business_id = :business_id AND a.user_id = :user_id
        """,
        business_id=UUID_,
        user_id=UUID_,
        usual=INT,
    ).columns(
        must("state", TEXT),
        may("here_until", INSTANT),
        must("handling", BIGINT),
        must("capacity", INT),
    ),
    "Whether somebody is there, and how much he has to do.",
)

is_here = value(
    sql(
        """
        SELECT EXISTS (SELECT FROM messaging.agent WHERE business_id = :business_id
            AND user_id = :user_id AND state <> 'offline' AND here_until > :now) AS here
        """,
        business_id=UUID_,
        user_id=UUID_,
        now=INSTANT,
    ).columns(here=BOOL),
    "Whether somebody can be given a conversation.",
)

policy = maybe(
    sql(
        """
        SELECT t.automatic, t.capacity, t.calendar::text AS calendar,
            t.escalation::text AS escalation, t.version, (
            SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', a.user_id, 'skills', a.skills,
                'languages', a.languages, 'capacity', a.capacity, 'leads', a.leads)
                ORDER BY a.user_id), '[]')::text
            FROM messaging.agent AS a WHERE a.business_id = t.business_id
                AND (a.skills <> '{}' OR a.languages <> '{}' OR a.capacity IS NOT NULL OR a.leads)
            ) AS agents
        FROM messaging.team AS t WHERE t.business_id = :business_id
        """,
        business_id=UUID_,
    ).columns(
        must("automatic", BOOL),
        must("capacity", INT),
        may("calendar", TEXT),
        must("escalation", TEXT),
        must("version", INT),
        must("agents", TEXT),
    ),
    "How a business shares its conversations out; None when it never said.",
)

save_policy = done(
    sql(
        """
        INSERT INTO messaging.team AS t
            (business_id, automatic, capacity, calendar, escalation, version, updated_at)
        VALUES (:business_id, :automatic, :capacity, CAST(:calendar AS jsonb),
            CAST(:escalation AS jsonb), 2, :now)
        ON CONFLICT (business_id) DO UPDATE SET automatic = excluded.automatic,
            capacity = excluded.capacity, calendar = excluded.calendar,
            escalation = excluded.escalation, version = t.version + 1,
            updated_at = excluded.updated_at
        """,
        business_id=UUID_,
        automatic=BOOL,
        capacity=INT,
        calendar=TEXT,
        escalation=TEXT,
        now=INSTANT,
    ),
    "Have a business share its conversations out otherwise than it does, or than is usual.",
    optional="calendar",
)

forget_agents = done(
    sql(
        """
        UPDATE messaging.agent
        SET skills = '{}', languages = '{}', capacity = NULL, leads = false
        WHERE business_id = :business_id
            AND (skills <> '{}' OR languages <> '{}' OR capacity IS NOT NULL OR leads)
        """,
        business_id=UUID_,
    ),
    "Forget what each of a team can do.",
)

put_agents = done(
    sql(
        """
        INSERT INTO messaging.agent (business_id, user_id, skills, languages, capacity, leads)
        SELECT :business_id, a.user_id, a.skills, a.languages, a.capacity, a.leads
        FROM jsonb_to_recordset(CAST(:agents AS jsonb)) AS a
            (user_id uuid, skills text[], languages text[], capacity integer, leads boolean)
        ON CONFLICT (business_id, user_id) DO UPDATE SET skills = excluded.skills,
            languages = excluded.languages, capacity = excluded.capacity, leads = excluded.leads
        """,
        business_id=UUID_,
        agents=TEXT,
    ),
    "Note what each of a team can do.",
)

# Who works on a team sees to this himself.
lock_lapsed_teams = rows(
    sql(
        """
        WITH lapsed AS MATERIALIZED (
            SELECT DISTINCT a.business_id FROM messaging.agent AS a WHERE a.here_until <= :now
            LIMIT :limit)
        SELECT business_id FROM lapsed WHERE messaging.try_team(business_id)
        """,
        now=INSTANT,
        limit=INT,
    ).columns(business_id=UUID_),
    "Teams somebody of which is gone and was not noted so, locked.",
)
