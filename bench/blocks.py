"""What the public reads cost a caller from whom blocks hide businesses, beside a stranger.

A stranger is asked nothing and nothing is looked up for him: one statement. Whoever sends a token
is told apart first, in a transaction, and the statement leaves out whom a block, whoever made it,
keeps from his businesses. Three callers take turns at the same requests: a stranger, an owner
without a block, and an owner with `BLOCKS` of them, among `CONNECTIONS` connections of others.
"""

import statistics
from collections.abc import Iterable
from datetime import datetime
from functools import partial

import pg8000.native
from tqdm import tqdm

from bench.inside import Cost, at, serving
from bench.place import throwaway
from bench.scale import REQUESTS, ROUNDS, Asked, answer, cost, kinds, show, title_pairs
from local import database, postgres
from local.seed import seed

LISTINGS = 50_000
CONNECTIONS = 40_000
BLOCKS = 30

_CONNECTED = """
    WITH firm AS MATERIALIZED (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS among
        FROM users.business)
    INSERT INTO bizconnect.connection (id, requester_id, receiver_id, market, state, requested_at,
        expires_at, accepted_at)
    SELECT gen_random_uuid(), a.id, b.id, 'afcfta', 'accepted', now(), now(), now()
    FROM generate_series(0, CAST(:count AS bigint) - 1) AS c
    JOIN firm AS a ON a.n = c % a.among
    JOIN firm AS b ON b.n = (a.n + 1 + c / a.among) % a.among"""

_OWNERS = """
    SELECT a.uid, m.business_id
    FROM users.account AS a JOIN users.membership AS m ON m.user_id = a.id
    ORDER BY md5(a.uid) LIMIT 2"""

_BLOCKED = """
    UPDATE bizconnect.connection
    SET state = 'blocked', blocked_by = requester_id, accepted_at = NULL
    WHERE id IN (
        SELECT id FROM bizconnect.connection WHERE :business IN (requester_id, receiver_id)
        ORDER BY id LIMIT :blocks)"""

_OTHERS = """
    UPDATE bizconnect.connection
    SET state = 'blocked', blocked_by = receiver_id, accepted_at = NULL
    WHERE hashtext(id::text) % 20 = 0
        AND NOT (requester_id = ANY(:owners) OR receiver_id = ANY(:owners))"""


def main() -> None:
    """Fill the market, measure it and print the table."""
    with throwaway("blocks") as place:
        environment = place.prepare()
        with (
            postgres.superuser_connection(place.server, database.NAME) as db,
            tqdm(total=LISTINGS, desc=f"{LISTINGS:,} listings", disable=None) as bar,
        ):
            seed(db, LISTINGS, progress=partial(show, bar))
            free, bound = connect(db)
            tokens = {"a stranger": None, "no block": place.signer.person(free)}
            report(db, environment, {**tokens, f"{BLOCKS} blocks": place.signer.person(bound)})


def connect(db: pg8000.native.Connection) -> tuple[str, str]:
    """Connect and block; return the sign-ins of an owner without a block and of one with all."""
    db.run(_CONNECTED, count=CONNECTIONS)
    (free, first), (bound, second) = db.run(_OWNERS)
    db.run(_OTHERS, owners=[first, second])
    db.run(_BLOCKED, business=second, blocks=BLOCKS)
    db.run("ANALYZE bizconnect.connection")
    return free, bound


def report(
    db: pg8000.native.Connection, environment: dict[str, str], tokens: dict[str, str | None]
) -> None:
    """Measure all callers; print what each kind of read takes, and the ratio to a stranger's."""
    ((now,),) = db.run("SELECT max(published_at) FROM listings.public_listing")
    taken: dict[tuple[str, str], list[Cost]] = {}
    with serving(environment):
        asked = {
            kind: _shown(requests, now, tokens.values())
            for kind, requests in kinds(db, title_pairs(db), now).items()
        }
        for number in range(ROUNDS):
            for kind, requests in asked.items():
                for turn in range(number * REQUESTS, (number + 1) * REQUESTS):
                    for who, token in tokens.items():
                        each = requests[turn % len(requests)]
                        taken.setdefault((kind, who), []).append(cost(each, now, token))
    print(f"{'p50 / p95 ms, CPU ms':32}" + "".join(f"{who:>24}" for who in tokens) + "   CPU")
    for kind in asked:
        cells, cpu = [], []
        for who in tokens:
            wall = [each.wall for each in taken[kind, who]]
            cpu.append(statistics.median(each.cpu for each in taken[kind, who]))
            cells.append(f"{at(wall, 0.5):.2f} / {at(wall, 0.95):.2f}, {cpu[-1]:.2f}")
        ratios = [f"{each / cpu[0]:.2f}" for each in cpu[1:]]
        print(f"{kind:32}" + "".join(f"{cell:>24}" for cell in cells) + "   " + " ".join(ratios))


def _shown(requests: list[Asked], now: datetime, tokens: Iterable[str | None]) -> list[Asked]:
    """Return the requests that have a good answer for every caller: a listing may be hidden."""
    return [each for each in requests if all(_is_shown(each, now, token) for token in tokens)]


def _is_shown(asked: Asked, now: datetime, token: str | None) -> bool:
    try:
        answer(asked, now, token)
    except RuntimeError:
        return False
    return True
