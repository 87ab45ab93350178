"""Every SQL statement of search; `python -m functions write` prints them into `_queries.py`."""

from shared.manifest.statements import BOOL, INSTANT, INT, TEXT, UUID_, one, sql
from shared.tables.types import may, must


def _matches(tier: str, among: str, unless: str) -> str:
    """Return the live matches of one question, unless fewer words would have been enough.

    The question is a parameter of the plan and not a constant in it: the planner then always takes
    the index on `search`, where a guess at how common a word is would now and then walk the table.
    """
    return f"""SELECT p.card, p.published_at, p.id FROM listings.public_listing AS p
            WHERE p.search @@ (SELECT CAST(:{tier}_{among} AS tsquery)) AND p.expires_at > :now
                AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
                AND (p.published_at, p.id) < (:{tier}_before, :{tier}_before_id) AND {unless}"""


def _stages(tier: str, number: int, only_if: str) -> str:
    """Return a chain of CTEs: the newest hour, and while that fills no page the day, then all."""
    steps, unless, found = [], only_if, []
    for among in ("hour", "day", "all"):
        steps.append(f"{tier}_{among} AS MATERIALIZED ({_matches(tier, among, unless)}),")
        count = f"(SELECT count(*) FROM {tier}_{among})"
        unless += f" AND {count} <= :limit"
        enough = "true" if among == "all" else f"{count} > :limit"
        found.append(f"SELECT * FROM {tier}_{among} WHERE {enough}")
    return f"""{" ".join(steps)}
        {tier}_found AS (
            SELECT {number} AS tier, * FROM ({" UNION ALL ".join(found)}) AS steps
            ORDER BY published_at DESC, id DESC LIMIT CAST(:limit AS integer) + 1)"""


page_of_matches = one(
    sql(
        f"""
        WITH {_stages("title", 1, "CAST(:in_titles AS boolean)")},
        {_stages("text", 2, "(SELECT count(*) FROM title_found) <= :limit")}
        SELECT coalesce(string_agg(card, ',' ORDER BY n) FILTER (WHERE n <= :limit), '') AS items,
            max(tier || ' ' || published_at) FILTER (WHERE n = :limit) AS last_key,
            max(id::text) FILTER (WHERE n = :limit) AS last_id,
            count(*) > :limit AS more
        FROM (SELECT *, row_number() OVER (ORDER BY tier, published_at DESC, id DESC) AS n
            FROM (SELECT * FROM title_found UNION ALL SELECT * FROM text_found) AS found
            ORDER BY n LIMIT CAST(:limit AS integer) + 1) AS page
        """,
        title_hour=TEXT,
        title_day=TEXT,
        title_all=TEXT,
        title_before=INSTANT,
        title_before_id=UUID_,
        in_titles=BOOL,
        text_hour=TEXT,
        text_day=TEXT,
        text_all=TEXT,
        text_before=INSTANT,
        text_before_id=UUID_,
        now=INSTANT,
        limit=INT,
    ).columns(must("items", TEXT), may("last_key", TEXT), may("last_id", TEXT), must("more", BOOL)),
    "Live listings that hold all words: those with all in the title, then the rest; newest first.",
)
