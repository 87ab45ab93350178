"""`make chaos-messages`: people write to each other while functions die and Firestore fails.

Each conversation has a customer and the owner of a business, on phones that lose answers, repeat
what they sent, and are offline for spells. Two screens watch each, as apps do: they show what comes
by its number, hold back what lies beyond a gap, and ask the API for what is missing.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from pg8000.exceptions import DatabaseError, InterfaceError

from local import figures
from local.tokens import new_user
from schemas.projections.messaging import WINDOW
from shared.cloud.documents import decoded
from shared.ids import new_id
from shared.roles import Role
from tests.chaos import roles
from tests.chaos.clients import Client, History, StuckError
from tests.chaos.judge import Findings
from tests.chaos.roles import RELAY_AHEAD, TICK_SECONDS, Stage
from tests.factories.users import LAGOS

LOST, TWICE = "messages lost", "messages shown twice"
DISORDERED, GAPS = "messages out of order", "gaps on a screen"
DOCUMENTS, OWED, STUCK = "documents that are wrong", "pushes not owed", "clients that were stuck"

OF_ONE_BUSINESS = 10
DRAIN_SECONDS = 1_800
GAP_SECONDS = 0.5
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class TalkSizes:
    """How much of everything."""

    messages: int = 10_000
    conversations: int = 500
    clients: int = 50
    kills: int = 200
    firestore: float = 0.2
    """How often Firestore refuses a call."""
    forget: float = 0.05
    offline: float = 0.1
    mischief: str = "duplicated=0.15,late=0.5,lost=0.03,refused=0.03"
    seed: int = 7


@dataclass(slots=True)
class Said:
    """A message that was acknowledged."""

    id: str
    seq: int
    text: str
    by_customer: bool


@dataclass(eq=False)
class Screen:
    """What an app shows of one conversation, in the order in which it showed it."""

    shown: list[tuple[int, str, str]] = field(default_factory=list)
    held: dict[int, dict[str, Any]] = field(default_factory=dict)
    gap_since: float | None = None
    offline_until: float = 0.0

    @property
    def last(self) -> int:
        """Return up to where it shows."""
        return self.shown[-1][0] if self.shown else 0

    def hear(self, message: dict[str, Any]) -> None:
        """Take a message from Firestore or from the API; show what follows on what is shown."""
        if message["seq"] > self.last:
            self.held.setdefault(message["seq"], message)
        while found := self.held.pop(self.last + 1, None):
            self.shown.append((found["seq"], found["id"], found["text"]))
        if not self.held:
            self.gap_since = None
        elif self.gap_since is None:
            self.gap_since = time.monotonic()


@dataclass(eq=False)
class Talk:
    """One conversation, as those who take part in it know it."""

    id: str
    number: int
    """Of the thread that writes here: an owner's connection is used by no other."""
    customer: Client
    owner: Client
    reader: Client
    """The customer's other phone: a connection is one thread's."""
    said: list[Said] = field(default_factory=list)
    screens: tuple[Screen, Screen] = field(default_factory=lambda: (Screen(), Screen()))

    @property
    def path(self) -> str:
        """Return where its messages are."""
        return f"/api/v1/conversations/{self.id}/messages"


@dataclass(eq=False)
class TalkProof:
    """A finished run, on a stage that still stands."""

    sizes: TalkSizes
    stage: Stage
    history: History
    talks: list[Talk] = field(default_factory=list)
    refilled: int = 0
    offline: int = 0
    seconds: float = 0.0
    drained_seconds: float = 0.0

    @property
    def count(self) -> int:
        """Return how many messages were acknowledged."""
        return sum(len(talk.said) for talk in self.talks)

    def judge(self) -> Findings:
        """Return what is wrong with what is stored and shown now."""
        return judge(self)

    def figures(self, findings: Findings) -> dict[str, Any]:
        """Return the table."""
        attempts, killed = self.history.attempts, self.stage.killed
        by = ", ".join(f"{name}: {count}" for name, count in sorted(killed.items()))
        rows = {
            "messages acknowledged": self.count,
            "conversations": len(self.talks),
            "clients at once": self.sizes.clients,
            "answers lost, or 503": attempts["unknown"],
            "answers that the client forgot": attempts["forgotten"],
            "spells offline": self.offline,
            "gaps that a screen asked the API for": self.refilled,
            "calls that Firestore refused": f"{self.sizes.firestore:.0%}",
            "SIGKILLs of processes": f"{killed.total()} ({by})",
            **{check: len(found) for check, found in findings.items()},
            "seconds, and to drain": f"{self.seconds:.0f}, {self.drained_seconds:.0f}",
        }
        return figures.taken(rows, seed=self.sizes.seed)


@contextmanager
def talked(sizes: TalkSizes) -> Iterator[TalkProof]:
    """Run and drain; yield what there is to be judged while PostgreSQL still serves it."""
    with roles.stage(sizes.seed, sizes.mischief, None, firestore=sizes.firestore) as stage:
        history = History(sizes.messages, sizes.forget, sizes.seed)
        proof = TalkProof(sizes, stage, history)
        _together(stage, proof, _opening)
        stage.rows("UPDATE users.business SET plan = 'premium'")
        begun = time.monotonic()
        over = threading.Event()
        beside = [threading.Thread(target=_tick, args=(stage, over)) for _ in range(2)]
        beside.append(threading.Thread(target=_listen, args=(proof, over)))
        for each in beside:
            each.start()
        try:
            _together(stage, proof, _writing, kills=sizes.kills)
            proof.seconds = time.monotonic() - begun
            _drain(stage)
        finally:
            over.set()
            for each in beside:
                while each.is_alive():
                    stage.keep()
                    each.join(0.1)
        _look(proof, timedelta(days=1))
        for talk in proof.talks:
            for screen in talk.screens:
                _refill(proof, talk, screen)
        proof.drained_seconds = time.monotonic() - begun - proof.seconds
        yield proof


def _together(
    stage: Stage,
    proof: TalkProof,
    work: Callable[[TalkProof, int], None],
    kills: int = 0,
) -> None:
    """Have all clients do something; kill as often as there are messages for it."""
    crew = [
        threading.Thread(target=_patiently, args=(proof, work, number))
        for number in range(proof.sizes.clients)
    ]
    for each in crew:
        each.start()
    struck = 0
    while any(each.is_alive() for each in crew) or struck < kills:
        stage.keep()
        over = not any(each.is_alive() for each in crew)
        due = proof.count * (kills + 1) >= (struck + 1) * proof.sizes.messages
        if struck < kills and (over or due):
            stage.kill_one()
            struck += 1
        time.sleep(0.02)


def _patiently(proof: TalkProof, work: Callable[[TalkProof, int], None], number: int) -> None:
    try:
        work(proof, number)
    except StuckError as error:
        proof.history.wrong.append(str(error))


def _mine(proof: TalkProof, number: int) -> range:
    """Return the conversations of one client."""
    return range(number, proof.sizes.conversations, proof.sizes.clients)


def _opening(proof: TalkProof, number: int) -> None:
    """Onboard the people of one client's conversations, and open these."""
    business, owner = "", None
    for place, which in enumerate(_mine(proof, number)):
        if owner is None or place % OF_ONE_BUSINESS == 0:
            owner = _somebody(proof, Role.BUSINESS, which)
            body = {
                "name": f"Foods {uuid4().hex[:8]}",
                "categories": ["fresh-fruit"],
                "country": "NG",
                "city_id": LAGOS,
            }
            business = owner.write("POST /api/v1/businesses", body, key=uuid4().hex)["id"]
        customer = _somebody(proof, Role.CONSUMER, which)
        made = customer.write("POST /api/v1/conversations", {"business_id": business})
        reader = Client(proof.stage, proof.history, customer.uid, which)
        for each in (customer, owner):
            each.close()
        with proof.history.lock:
            proof.talks.append(Talk(made["id"], number, customer, owner, reader))


def _somebody(proof: TalkProof, role: Role, seed: int) -> Client:
    uid = f"{role}-{uuid4().hex}"
    proof.stage.rows("INSERT INTO local.identity (uid) VALUES (:uid)", uid=uid)
    client = Client(proof.stage, proof.history, uid, seed)
    client.write("POST /api/v1/users", new_user(role), key=uuid4().hex)
    return client


def _writing(proof: TalkProof, number: int) -> None:
    """Have both sides of one client's conversations write, in turn and in bursts."""
    choose = random.Random(proof.sizes.seed + number)
    mine = [talk for talk in proof.talks if talk.number == number]
    left = {talk.id: proof.sizes.messages // proof.sizes.conversations for talk in mine}
    while any(left.values()):
        talk = choose.choice([talk for talk in mine if left[talk.id]])
        by_customer = choose.random() < 0.5
        # What was written offline goes out together, in the order in which it was written.
        burst = 1
        if choose.random() < proof.sizes.offline:
            burst = min(left[talk.id], choose.randrange(2, 6))
            proof.offline += 1
            time.sleep(choose.uniform(0.0, 0.3))
        for _ in range(burst):
            _say(talk, by_customer=by_customer)
        left[talk.id] -= burst


def _say(talk: Talk, *, by_customer: bool) -> None:
    """Say something until it is acknowledged; the id makes one message of all that is sent."""
    client = talk.customer if by_customer else talk.owner
    text = f"{uuid4().hex} bags of rice"
    body = {"id": str(new_id()), "text": text}
    found = client.write(f"POST {talk.path}", body)
    client.close()
    talk.said.append(Said(body["id"], found["seq"], text, by_customer))


def _tick(stage: Stage, over: threading.Event) -> None:
    """Be a scheduler."""
    while not over.wait(TICK_SECONDS):
        stage.tick("cron_relay_outbox", RELAY_AHEAD)


def _listen(proof: TalkProof, over: threading.Event) -> None:
    """Be the phones that listen: show what comes, be offline now and then, fill what is missing."""
    choose = random.Random(proof.sizes.seed)
    while not over.wait(_POLL_SECONDS):
        with suppress(DatabaseError, InterfaceError, OSError):
            _look(proof, timedelta(seconds=5))
        now = time.monotonic()
        for talk in proof.talks:
            for screen in talk.screens:
                if choose.random() < 0.002:
                    screen.offline_until = now + choose.uniform(0.5, 8)
                waits = screen.gap_since is not None and now - screen.gap_since > GAP_SECONDS
                if waits and now > screen.offline_until:
                    _refill(proof, talk, screen)


def _look(proof: TalkProof, back: timedelta) -> None:
    """Hear what was written to Firestore lately, in whatever order."""
    found = proof.stage.rows(
        "SELECT path, fields FROM local.document WHERE path LIKE 'conversations/%/messages/%' "
        "AND fields IS NOT NULL "
        "AND updated_at > clock_timestamp() - make_interval(secs => :seconds) ORDER BY random()",
        seconds=back.total_seconds(),
    )
    by_id = {talk.id: talk for talk in proof.talks}
    now = time.monotonic()
    for path, fields in found:
        for screen in by_id[path.split("/")[1]].screens:
            if now > screen.offline_until or back > timedelta(hours=1):
                screen.hear(decoded({"fields": fields}))


def _refill(proof: TalkProof, talk: Talk, screen: Screen) -> None:
    """Ask the API for what lies between what is shown and the newest."""
    while True:
        query = f"after={screen.last}&limit=50"
        status, document = talk.reader.ask(f"GET {talk.path}?{query}", None, {})
        talk.reader.close()
        if status != 200:
            return
        proof.refilled += 1
        for message in document["data"]:
            screen.hear(message)
        if len(document["data"]) < 50:
            return


def _drain(stage: Stage) -> None:
    """Send and deliver until the outbox and the bus are empty, and stay so."""
    deadline = time.monotonic() + DRAIN_SECONDS
    empty = 0
    while empty < 3 and time.monotonic() < deadline:
        stage.keep()
        done = stage.tick("cron_relay_outbox", timedelta(minutes=1))
        (left,) = stage.rows(_LEFT)
        empty = empty + 1 if done == 200 and left == [0] else 0
        time.sleep(0.1)


_LEFT = """
    SELECT (SELECT count(*) FROM platform.outbox WHERE sent_at IS NULL)
        + (SELECT count(*) FROM local.delivery WHERE state = 'waiting')
"""


def judge(proof: TalkProof) -> Findings:
    """Compare what was acknowledged with what is stored, shown, projected and owed."""
    found: Findings = {each: [] for each in (LOST, TWICE, DISORDERED, GAPS, DOCUMENTS, OWED, STUCK)}
    found[STUCK] += proof.history.wrong
    documents = _documents(proof.stage)
    stored = _stored(proof.stage)
    owed = {
        (str(conversation), str(party)): seq
        for conversation, party, seq in proof.stage.rows(
            "SELECT conversation_id, party_id, queued_seq FROM messaging.delivery"
        )
    }
    for talk in proof.talks:
        ids = stored.get(talk.id, [])
        lost = {each.id for each in talk.said if ids[each.seq - 1 : each.seq] != [each.id]}
        found[LOST] += [f"{talk.id}: {each}" for each in sorted(lost)]
        for by_customer in (True, False):
            own = [each.seq for each in talk.said if each.by_customer is by_customer]
            if own != sorted(own):
                found[DISORDERED].append(f"{talk.id}: sent as {own}")
        texts = {each.seq: each.text for each in talk.said}
        for screen in talk.screens:
            numbers = [seq for seq, _, _ in screen.shown]
            if len({each for _, each, _ in screen.shown}) < len(screen.shown):
                found[TWICE].append(f"{talk.id}: {screen.shown}")
            if numbers != sorted(numbers):
                found[DISORDERED].append(f"{talk.id}: shown as {numbers}")
            if numbers != list(range(1, len(ids) + 1)):
                found[GAPS].append(f"{talk.id}: {numbers} of {len(ids)}")
            wrong = [seq for seq, _, text in screen.shown if texts.get(seq, text) != text]
            found[LOST] += [f"{talk.id}: {seq} says something else" for seq in wrong]
        newest = range(max(1, len(ids) - WINDOW + 1), len(ids) + 1)
        if documents.get(talk.id, {}) != {seq: ids[seq - 1] for seq in newest}:
            found[DOCUMENTS].append(f"{talk.id}: {sorted(documents.get(talk.id, {}))}")
        found[OWED] += _not_owed(proof.stage, talk, owed)
    return found


def _not_owed(stage: Stage, talk: Talk, owed: dict[tuple[str, str], int]) -> list[str]:
    """Return the sides that are not owed the last that the other has said."""
    wrong = []
    first, second = stage.rows(
        "SELECT first_id, second_id FROM messaging.conversation WHERE id = :id", id=talk.id
    )[0]
    for by_customer, to in ((True, second), (False, first)):
        said = [each.seq for each in talk.said if each.by_customer is by_customer]
        if said and owed.get((talk.id, str(to))) != max(said):
            wrong.append(f"{talk.id}: {owed.get((talk.id, str(to)))} and not {max(said)}")
    return wrong


def _stored(stage: Stage) -> dict[str, list[str]]:
    """Return conversation → ids of its messages by number, which must have no gap."""
    found: dict[str, list[str]] = {}
    for conversation, seq, message in stage.rows(
        "SELECT conversation_id, seq, id FROM messaging.message ORDER BY conversation_id, seq"
    ):
        ids = found.setdefault(str(conversation), [])
        ids += ["missing"] * (seq - 1 - len(ids))
        ids.append(str(message))
    return found


def _documents(stage: Stage) -> dict[str, dict[int, str]]:
    """Return conversation → number → id of what Firestore holds."""
    found: dict[str, dict[int, str]] = {}
    for path, fields in stage.rows(
        "SELECT path, fields FROM local.document "
        "WHERE path LIKE 'conversations/%/messages/%' AND fields IS NOT NULL"
    ):
        said = decoded({"fields": fields})
        _, conversation, _, seq = path.split("/")
        found.setdefault(conversation, {})[int(seq)] = said["id"]
    return found
