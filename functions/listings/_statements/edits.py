"""What members do to their listings.

A change of state is one statement: it updates the row only from a state that allows it, notes the
transition, and writes or removes the row that strangers see.
"""

from functions.listings._statements._fragments import GONE, OWN, TOUCH, note, put_public
from shared.manifest.statements import INSTANT, INT, TEXT, UUID_, maybe, sql, value

_ANSWER = f"""SELECT l.version, l.title, l.business_id, l.type, l.category, l.country,
        l.published_at, l.expires_at, l.updated_at, {OWN} AS json
    FROM changed AS l JOIN platform.city AS c ON c.id = l.city_id"""

_ANSWERED = {
    "version": INT,
    "title": TEXT,
    "business_id": UUID_,
    "type": TEXT,
    "category": TEXT,
    "country": TEXT,
    "published_at": INSTANT,
    "expires_at": INSTANT,
    "updated_at": INSTANT,
    "json": TEXT,
}

_CONTENT = """type text, title text, description text, language text, category text,
    attributes jsonb, attributes_version integer, price_kind text, price_minor bigint,
    price_max_minor bigint, currency text, price_unit text, country text, city_id integer,
    latitude float8, longitude float8, reach text, folded_title text, folded_text text,
    duration_hours integer"""

_CONTENT_NAMES = [column.split()[0] for column in _CONTENT.split(",")]

_NAMES = ", ".join(_CONTENT_NAMES)

_GIVEN = ", ".join(f"d.{name}" for name in _CONTENT_NAMES)

_AS_GIVEN = ", ".join(f"{name} = d.{name}" for name in _CONTENT_NAMES)

insert_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            INSERT INTO listings.listing (id, business_id, author_id, state, {_NAMES})
            SELECT :id, :business_id, :actor_id, 'pending', {_GIVEN}
            FROM jsonb_to_record(CAST(:content AS jsonb)) AS d({_CONTENT})
            ON CONFLICT (id) DO NOTHING
            RETURNING *
        ), noted AS ({note("NULL")})
        {_ANSWER}
        """,
        id=UUID_,
        business_id=UUID_,
        actor_id=UUID_,
        content=TEXT,
        now=INSTANT,
    ).columns(**_ANSWERED),
    "Store a listing that waits for a decision, unless its id is taken.",
)

save_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l
            SET state = :to_state, {_AS_GIVEN},
                rejection_reason = NULL, rejection_note = NULL, {TOUCH}
            FROM jsonb_to_record(CAST(:content AS jsonb)) AS d({_CONTENT})
            WHERE l.id = :id AND l.version = :version AND l.state = :from_state
            RETURNING l.*
        ), noted AS ({note(":from_state", reason="'edited'")}
        ), gone AS ({GONE} AND changed.state = 'pending'
        ), shown AS ({put_public("changed")})
        {_ANSWER}
        """,
        id=UUID_,
        version=INT,
        from_state=TEXT,
        to_state=TEXT,
        content=TEXT,
        actor_id=UUID_,
        now=INSTANT,
    ).columns(**_ANSWERED),
    "Store what a listing says now; on the market it is shown anew, in review it is not.",
)

extend_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l
            SET expires_at = greatest(l.expires_at, :now) + make_interval(hours => :hours),
                state = CASE l.state WHEN 'expired' THEN 'published' ELSE l.state END, {TOUCH}
            WHERE l.id = :id AND l.state IN ('published', 'paused', 'expired')
                AND l.state = :from_state
            RETURNING l.*
        ), noted AS ({note(":from_state", reason="'extended'")}
        ), shown AS ({put_public("changed")})
        {_ANSWER}
        """,
        id=UUID_,
        from_state=TEXT,
        hours=INT,
        actor_id=UUID_,
        now=INSTANT,
    ).columns(**_ANSWERED),
    "Give a listing more time; one that had left the market is back on it.",
)

pause_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l SET state = 'paused', {TOUCH}
            WHERE l.id = :id AND l.state = 'published' AND l.expires_at > :now
            RETURNING l.*
        ), noted AS ({note("'published'")}), gone AS ({GONE})
        {_ANSWER}
        """,
        id=UUID_,
        actor_id=UUID_,
        now=INSTANT,
    ).columns(**_ANSWERED),
    "Take a listing off the market while its time runs on.",
)

resume_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l SET state = 'published', {TOUCH}
            WHERE l.id = :id AND l.state = 'paused' AND l.expires_at > :now
            RETURNING l.*
        ), noted AS ({note("'paused'")}), shown AS ({put_public("changed")})
        {_ANSWER}
        """,
        id=UUID_,
        actor_id=UUID_,
        now=INSTANT,
    ).columns(**_ANSWERED),
    "Put a paused listing back on the market.",
)

close_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l SET state = 'closed', outcome = :outcome, {TOUCH}
            WHERE l.id = :id AND l.state IN ('pending', 'published', 'paused', 'expired')
                AND l.state = :from_state
            RETURNING l.*
        ), noted AS ({note(":from_state", reason=":outcome")}), gone AS ({GONE})
        {_ANSWER}
        """,
        id=UUID_,
        from_state=TEXT,
        outcome=TEXT,
        actor_id=UUID_,
        now=INSTANT,
    ).columns(**_ANSWERED),
    "End a listing and keep how it ended.",
)

remove_listing = value(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l SET state = 'removed', {TOUCH}
            WHERE l.id = :id AND l.state = :from_state AND l.state <> 'removed'
            RETURNING l.*
        ), noted AS ({note(":from_state")}), gone AS ({GONE})
        SELECT version FROM changed
        """,
        id=UUID_,
        from_state=TEXT,
        actor_id=UUID_,
    ).columns(version=INT),
    "Leave a tombstone, which offline devices learn of.",
)
