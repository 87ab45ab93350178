"""What two businesses are to each other: facts of a pair, how good each is for the other, a score.

A pair is read twice, by the same expressions: of a thousand candidates as the read model knows
them, then of the best as the market has it at this moment.
"""

REGION = "CASE WHEN k.continent = 'AF' THEN 'africa' WHEN k.code = 'US' THEN 'us' ELSE '' END"

AMERICAN = "'{africa-us,us-africa}'"

# Where a business is looked for: beside, in its country, and in a market abroad that it trades in.
PLACES = f"""
    SELECT floor(c.latitude)::text || '/' || floor(c.longitude) UNION ALL SELECT c.country
    UNION ALL SELECT 'africa>africa' WHERE c.region = 'africa' AND 'afcfta' = ANY (c.corridors)
    UNION ALL SELECT c.region || '>' || CASE c.region WHEN 'us' THEN 'africa' ELSE 'us' END
        WHERE c.region IN ('africa', 'us') AND c.corridors && {AMERICAN}"""

# Every group that a business stands in: what it trades in, offers, asks for, in each of its places.
# The hash is of PostgreSQL on both sides, and a group that is wrongly joined to another by it only
# adds a few candidates who are rated like all.
KEYS = f"""ARRAY(
    SELECT DISTINCT hashtextextended(said.role || what || '@' || place, 0)
    FROM (SELECT 't:', unnest(c.categories) UNION ALL SELECT 's:', unnest(c.sectors)
        UNION ALL SELECT 'o:', unnest(c.offers) UNION ALL SELECT 'r:', unnest(c.requests)
        UNION ALL SELECT '*', '') AS said (role, what)
    CROSS JOIN ({PLACES}) AS p (place) ORDER BY 1)"""

WEIGHTS = """trade float8, category float8, complement float8, location float8, response float8,
    verification float8, declared float8, fit float8, same_sector float8, near_km float8,
    domestic float8, abroad float8, both_open float8, abroad_near float8, abroad_km float8,
    fatigue float8, jitter float8, levels float8[]"""

_KM = """12742 * asin(sqrt(least(1, power(sind((c.latitude - a.latitude) / 2), 2)
    + cosd(a.latitude) * cosd(c.latitude) * power(sind((c.longitude - a.longitude) / 2), 2))))"""


def _common(ours: str, theirs: str) -> str:
    """Return how many of `theirs` are among `ours`; most pairs share nothing, which costs less."""
    return f"""CASE WHEN {ours} && {theirs} THEN
        (SELECT count(*) FROM unnest({theirs}) AS x WHERE x = ANY ({ours})) ELSE 0 END"""


def _best(values: str) -> str:
    """Return the most that one of its first sectors is worth; few have a fourth."""
    worths = (f"(CAST(:{values} AS jsonb) -> c.sectors[{n}])::float8" for n in (1, 2, 3))
    return f"greatest({', '.join(worths)}, 0)"


def _goes(whose: str) -> str:
    return f"""CASE WHEN c.region = a.region THEN 'afcfta' = ANY ({whose}.corridors)
        ELSE {whose}.corridors && {AMERICAN} END"""


FACTS = f"""c.business_id, c.slot, c.city_id, c.categories[1] AS main,
    c.country <> a.country AS abroad,
    {_KM} AS km, {_goes("a")} AS we_go, {_goes("c")} AS they_go,
    {_common("a.requests", "c.offers")} AS supplied,
    {_common("a.offers", "c.requests")} AS demanded,
    {_common("a.requests", "c.categories")} AS could_supply,
    {_common("a.categories", "c.requests")} AS could_demand,
    {_common("a.categories", "c.categories")} AS shared, a.sectors && c.sectors AS akin,
    greatest(cardinality(a.requests), 1) AS our_requests,
    greatest(cardinality(c.requests), 1) AS their_requests,
    greatest(cardinality(a.categories), 1)::float8 AS our_trades,
    greatest(cardinality(c.categories), 1)::float8 AS their_trades,
    {_best("gains")} AS gain, {_best("gives")} AS give,
    a.responsiveness AS our_response, c.responsiveness AS their_response,
    a.verification AS our_level, c.verification AS their_level"""


def _place(goes: str, others: str) -> str:
    """Return how well the place of one suits the other: near, in the country, or in its market."""
    near = "(1 - w.domestic) * exp(-p.km / w.near_km)"
    return f"""CASE WHEN NOT p.abroad THEN w.domestic + {near} WHEN NOT {goes} THEN {near}
        ELSE w.abroad + CASE WHEN {others} THEN w.both_open ELSE 0 END
            + w.abroad_near * exp(-p.km / w.abroad_km) END"""


def _part(amount: str, of: str) -> str:
    return f"sqrt(least(1, {amount} / {of}))"


_SUPPLY = "(p.supplied * p.supply_fit + w.declared * p.could_supply)"
_DEMAND = "(p.demanded * p.demand_fit + w.declared * p.could_demand)"


def _good(side: str, supply: str, demand: str, goes: str, others: str, gain: str, seen: str) -> str:
    """Return how good one is for the other, from 0 to 1."""
    return f"""w.trade * (1 - (1 - {supply}) * (1 - {demand}))
        + w.category * greatest({_part("p.shared", f"p.{side}_trades")},
            w.same_sector * p.akin::integer)
        + w.complement * p.{gain} + w.location * ({_place(goes, others)})
        + w.response * p.{seen}_response + w.verification * w.levels[1 + p.{seen}_level]"""


FOR_US = _good(
    "our",
    _part(_SUPPLY, "p.our_requests"),
    _part(_DEMAND, "p.our_trades"),
    "p.we_go",
    "p.they_go",
    "gain",
    "their",
)
FOR_THEM = _good(
    "their",
    _part(_DEMAND, "p.their_requests"),
    _part(_SUPPLY, "p.their_trades"),
    "p.they_go",
    "p.we_go",
    "give",
    "our",
)


def scored(source: str) -> str:
    """Return the rows of `source` with a score: what is good for one alone is worth little.

    The harmonic mean of the two keeps a business that everybody wants from being shown to all.
    """
    return f"""
        SELECT p.*, g.us, g.them,
            least(1, coalesce(2 * g.us * g.them / nullif(g.us + g.them, 0), 0)
                * power(w.fatigue, p.times) * (1 + w.jitter * p.luck)) AS score
        FROM {source} AS p CROSS JOIN w
        CROSS JOIN LATERAL (SELECT {FOR_US} AS us, {FOR_THEM} AS them LIMIT 1) AS g"""


# Pairs that have, had a moment ago, or refused a connection; a block counts for both.
BARRED = "\n    UNION ALL\n".join(
    f"""    SELECT n.{other} AS business_id FROM bizconnect.connection AS n
    WHERE n.{own} = :business_id AND (n.state IN ('accepted', 'blocked') OR n.cool_until > :now
        OR (n.state IN ('pending', 'declined') AND n.expires_at > :now))"""
    for own, other in (("requester_id", "receiver_id"), ("receiver_id", "requester_id"))
)
