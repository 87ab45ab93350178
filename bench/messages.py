"""What messages cost among a million beside a hundred thousand, and suggestions beside them.

Each size has a database of its own on one throw-away server, with as many conversations as make a
hundred messages each; a business has a hundred of them, a customer five. Every text is sealed as
a sent one is. The two sizes are asked in turns, so that whatever else the machine does weighs on
both alike.
"""

import contextlib
import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from uuid import UUID

import pg8000.native

from bench import inside, suggestions
from bench.inside import Cost
from bench.place import throwaway
from functions.messaging._rules.sealing import Place, new_key, seal_of
from local import postgres
from local.identity import Signer
from shared.http import Request
from shared.ids import new_id
from shared.settings import settings

SIZES = (100_000, 1_000_000)
EACH = 100
"""Messages of a conversation."""
PER_CUSTOMER = 5
PER_BUSINESS = 100
PER_CANDIDATE = 10
"""Messages for each business that suggestions look through."""
ROUNDS = 4
REQUESTS = 100
"""Of each kind in a round, in each database."""
NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
TEXT = "Good morning, is the dried mango still there? We would take two cartons on Friday."

_PEOPLE = """
    INSERT INTO users.account (id, uid, roles, given_name, family_name, country, language, zone,
        phone, phone_raw, phone_verified)
    SELECT lpad(to_hex({first} + n), 32, '0')::uuid, '{name}-' || n, '{{{role}}}', 'A', 'B', 'NG',
        'en', 'Africa/Lagos', '', '', false FROM generate_series(1, {many}) AS n"""

_PROFILES = """
    INSERT INTO users.public_profile (user_id, card)
    SELECT id, json_build_object('id', id, 'given_name', 'A', 'country', 'NG') FROM users.account"""

_BUSINESSES = """
    INSERT INTO users.business (id, slug, name, description, categories, country, city_id, latitude,
        longitude, zone, language, corridors, plan)
    SELECT lpad(to_hex(3000000 + n), 32, '0')::uuid, 'talks-' || n, 'Business', '', '{}', 'NG',
        2332459, 6.45, 3.39, 'Africa/Lagos', 'en', '{}', 'free'
    FROM generate_series(1, CAST(:many AS integer)) AS n"""

_SHOWN = """
    INSERT INTO users.public_business (id, slug, name, verification, country, city_id, categories,
        search, card, detail, created_at)
    SELECT id, slug, name, 'none', country, city_id, '{}', '', '{}', '{}', now()
    FROM users.business"""

_OWNERS = """
    INSERT INTO users.membership (business_id, user_id, role)
    SELECT lpad(to_hex(3000000 + n), 32, '0')::uuid, lpad(to_hex(2000000 + n), 32, '0')::uuid,
        'owner' FROM generate_series(1, CAST(:many AS integer)) AS n"""

_POINTERS = """
    INSERT INTO messaging.pointer (conversation_id, user_id, party_id, sent)
    SELECT id, first_id, first_id, CAST(:half AS integer) FROM messaging.conversation
    UNION ALL SELECT c.id, m.user_id, c.second_id, CAST(:half AS integer)
    FROM messaging.conversation AS c JOIN users.membership AS m ON m.business_id = c.second_id"""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as it is stored."""

    id: UUID
    key_id: str
    wrapped_key: bytes
    customer: int
    business: int


@dataclass(frozen=True, slots=True)
class Filled:
    """A database, and whom to ask for in it."""

    messages: int
    environment: dict[str, str]
    talks: list[Talk]
    seekers: list[UUID]


def _id(first: int, number: int) -> UUID:
    return UUID(int=first + number)


def _talks(many: int) -> Iterator[Talk]:
    businesses = many // PER_BUSINESS
    for number in range(many):
        made = new_id()
        customer = number // PER_CUSTOMER + 1
        yield Talk(made, *new_key(made), customer, (number * 7) % businesses + 1)


def _copy(db: pg8000.native.Connection, table: str, lines: Iterator[str]) -> None:
    """Load rows, a piece at a time: a million texts are not held at once."""
    while piece := "".join(line for _, line in zip(range(50_000), lines, strict=False)):
        db.run(f"COPY {table} FROM STDIN", stream=StringIO(piece))


def _conversation(talk: Talk) -> str:
    first, second = _id(1_000_000, talk.customer), _id(3_000_000, talk.business)
    when = NOW.isoformat()
    return (
        f"{talk.id}\tcustomer\t{first}\t{second}\t{first}\t{EACH}\t{when}\t"
        f"\\\\x{talk.wrapped_key.hex()}\t{talk.key_id}\n"
    )


def _messages(talk: Talk) -> Iterator[str]:
    seal = seal_of(talk)
    senders = (_id(1_000_000, talk.customer), _id(2_000_000, talk.business))
    business = _id(3_000_000, talk.business)
    for seq in range(1, EACH + 1):
        sender = senders[seq % 2]
        nonce, text = seal.sealed(Place(talk.id, seq, sender, 1), TEXT)
        behalf = business if seq % 2 else "\\N"
        yield (
            f"{new_id()}\t{talk.id}\t{seq}\t{sender}\t{behalf}\t{(seq + 1) // 2}\t"
            f"\\\\x{nonce.hex()}\t\\\\x{text.hex()}\t\\\\x{seal.digest(TEXT, ()).hex()}\t"
            f"{{}}\t{NOW.isoformat()}\n"
        )


def fill(db: pg8000.native.Connection, messages: int) -> list[Talk]:
    """Make people, businesses and what they said to each other, as an administrator."""
    talks = list(_talks(messages // EACH))
    random.Random(7).shuffle(talks)
    customers, businesses = len(talks) // PER_CUSTOMER, len(talks) // PER_BUSINESS
    db.run("SET session_replication_role = replica")
    db.run(_PEOPLE.format(first=1_000_000, name="customer", role="consumer", many=customers))
    db.run(_PEOPLE.format(first=2_000_000, name="owner", role="business", many=businesses))
    db.run(_PROFILES)
    for statement in (_BUSINESSES, _OWNERS):
        db.run(statement, many=businesses)
    db.run(_SHOWN)
    columns = (
        "id, kind, first_id, second_id, opened_by, last_seq, last_message_at, wrapped_key, key_id"
    )
    _copy(db, f"messaging.conversation ({columns})", map(_conversation, talks))
    columns = (
        "id, conversation_id, seq, sender_id, on_behalf_of, own_no, nonce, ciphertext, digest, "
        "flags, sent_at"
    )
    lines = (line for talk in talks for line in _messages(talk))
    _copy(db, f"messaging.message ({columns})", lines)
    db.run(_POINTERS, half=EACH // 2)
    db.run("RESET session_replication_role")
    for table in ("conversation", "message", "pointer"):
        db.run(f"VACUUM ANALYZE messaging.{table}")
    return talks


Asked = Callable[[Filled, Signer, int], tuple[str, Request]]


def _request(method: str, path: str, token: str, query: str = "", body: object = None) -> Request:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    return Request(method, path, query, headers, b"" if body is None else json.dumps(body).encode())


def _send(filled: Filled, signer: Signer, number: int) -> tuple[str, Request]:
    talk = filled.talks[number % len(filled.talks)]
    path = f"/api/v1/conversations/{talk.id}/messages"
    body = {"id": str(new_id()), "text": TEXT}
    token = signer.person(f"customer-{talk.customer}")
    return "create_conversation_message", _request("POST", path, token, body=body)


def _history(filled: Filled, signer: Signer, number: int) -> tuple[str, Request]:
    talk = filled.talks[number % len(filled.talks)]
    path = f"/api/v1/conversations/{talk.id}/messages"
    token = signer.person(f"owner-{talk.business}")
    return "list_conversation_messages", _request("GET", path, token, "limit=20")


def _list(filled: Filled, signer: Signer, number: int) -> tuple[str, Request]:
    talk = filled.talks[number % len(filled.talks)]
    token = signer.person(f"owner-{talk.business}")
    return "list_conversations", _request("GET", "/api/v1/conversations", token, "limit=20")


def _suggest(filled: Filled, signer: Signer, number: int) -> tuple[str, Request]:
    business = filled.seekers[number % len(filled.seekers)]
    token = signer.person(f"seeker-{business}")
    query = f"business_id={business}&limit=20"
    return suggestions.FUNCTION, _request("GET", suggestions.PATH, token, query)


KINDS: dict[str, Asked] = {
    "send, accepted": _send,
    "history, page of 20": _history,
    "conversations, page of 20": _list,
    "suggestions, page of 20": _suggest,
}


def measure(made: list[Filled], signer: Signer) -> dict[tuple[str, int], list[Cost]]:
    """Ask all kinds of all databases in turns."""
    taken: dict[tuple[str, int], list[Cost]] = {}
    for turn in range(ROUNDS + 1):
        now = NOW + timedelta(days=turn)  # the first suggestions of a day are looked for
        for filled in made:
            with inside.serving(filled.environment):
                for kind, asked in KINDS.items():
                    ask = partial(asked, filled, signer)
                    inside.answer(*ask(turn), now)
                    for number in range(turn * REQUESTS, (turn + 1) * REQUESTS):
                        found = inside.cost(*ask(number), now)
                        if turn:  # the first warms what a busy server has warm
                            taken.setdefault((kind, filled.messages), []).append(found)
    return taken


def report(taken: dict[tuple[str, int], list[Cost]], sizes: tuple[int, ...]) -> None:
    """Print p50, p95 and CPU of each kind at each size, and how much the larger costs."""
    heads = "".join(f"{f'{size:,} p50':>16}{'p95 ms':>8}{'CPU ms':>8}" for size in sizes)
    print(f"{'':<28}{heads}{'CPU ratio':>11}")
    for kind in KINDS:
        cells, busy = "", []
        for size in sizes:
            walls = [each.wall for each in taken[kind, size]]
            busy.append(inside.at([each.cpu for each in taken[kind, size]], 0.5))
            cells += f"{inside.at(walls, 0.5):>16.2f}{inside.at(walls, 0.95):>8.2f}{busy[-1]:>8.2f}"
        print(f"{kind:<28}{cells}{busy[-1] / busy[0]:>11.2f}")


def main(sizes: tuple[int, ...] = SIZES) -> None:
    """Fill a database for each size, measure and print."""
    with throwaway("messages") as place:
        made = []
        for size in sizes:
            environment = place.prepare(f"talks{size}")
            os.environ.update(environment)
            settings.cache_clear()
            with postgres.superuser_connection(place.server, f"talks{size}") as db:
                print(f"{size:,} messages, {size // PER_CANDIDATE:,} businesses to suggest")
                talks = fill(db, size)
                with contextlib.redirect_stdout(StringIO()):
                    suggestions.fill(db, size // PER_CANDIDATE)
                seekers = [row[0] for row in db.run("SELECT business_id FROM seeker")]
            made.append(Filled(size, environment, talks, seekers))
        report(measure(made, place.signer), sizes)
