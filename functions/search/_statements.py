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
                AND (p.published_at, p.id) < (:{tier}_before, :{tier}_before_id) AND {unless}"""


def _stages(tier: str, number: int, only_if: str) -> str:
    """Return a chain of CTEs: the newest minutes, if they are too few hours, then all time."""
    few = f"(SELECT count(*) FROM {tier}_{{}}) <= :limit"
    many = f"(SELECT count(*) FROM {tier}_{{}}) > :limit"
    not_newest, not_recent = few.format("newest"), few.format("recent")
    return f"""{tier}_newest AS MATERIALIZED ({_matches(tier, "newest", only_if)}),
        {tier}_recent AS MATERIALIZED (
            {_matches(tier, "recent", f"{only_if} AND {not_newest}")}),
        {tier}_all AS MATERIALIZED (
            {_matches(tier, "all", f"{only_if} AND {not_newest} AND {not_recent}")}),
        {tier}_found AS (
            SELECT {number} AS tier, * FROM (
                SELECT * FROM {tier}_newest WHERE {many.format("newest")}
                UNION ALL SELECT * FROM {tier}_recent WHERE {many.format("recent")}
                UNION ALL SELECT * FROM {tier}_all) AS stages
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
        title_newest=TEXT,
        title_recent=TEXT,
        title_all=TEXT,
        title_before=INSTANT,
        title_before_id=UUID_,
        in_titles=BOOL,
        text_newest=TEXT,
        text_recent=TEXT,
        text_all=TEXT,
        text_before=INSTANT,
        text_before_id=UUID_,
        now=INSTANT,
        limit=INT,
    ).columns(must("items", TEXT), may("last_key", TEXT), may("last_id", TEXT), must("more", BOOL)),
    "Live listings that hold all words: those with all in the title, then the rest; newest first.",
)
