"""Every step of a connection, by every side, from every state."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from functions.bizconnect._rules.requests import COOLS, LASTS
from functions.bizconnect._rules.steps import STEPS
from tests.factories import connections, users
from tests.suite import Person, Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
OVER = AT + LASTS

WAYS: dict[str, tuple[tuple[str, str], ...]] = {
    "pending": (),
    "accepted": (("bola", "accept"),),
    "declined": (("bola", "decline"),),
    "withdrawn": (("ada", "withdraw"),),
    "declined, withdrawn": (("bola", "decline"), ("ada", "withdraw")),
    "removed": (("bola", "accept"), ("ada", "remove")),
    "blocked by ada": (("ada", "block"),),
    "blocked by bola": (("bola", "block"),),
    "unblocked": (("bola", "block"), ("bola", "unblock")),
}
"""How each state is reached, once Ada has asked Bola."""

GONE, SIDE, STATUS = "CONNECTION_NOT_FOUND", "WRONG_SIDE", "WRONG_STATUS"

ENDS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "pending": (
        {
            "accept": SIDE,
            "decline": SIDE,
            "withdraw": "withdrawn",
            "remove": STATUS,
            "block": "blocked",
            "unblock": STATUS,
        },
        {
            "accept": "accepted",
            "decline": "declined",
            "withdraw": SIDE,
            "remove": STATUS,
            "block": "blocked",
            "unblock": STATUS,
        },
    ),
    "accepted": (
        {
            "accept": "accepted",
            "decline": SIDE,
            "withdraw": STATUS,
            "remove": "removed",
            "block": "blocked",
            "unblock": STATUS,
        },
        {
            "accept": "accepted",
            "decline": STATUS,
            "withdraw": SIDE,
            "remove": "removed",
            "block": "blocked",
            "unblock": STATUS,
        },
    ),
    # To Ada it is as if it waited.
    "declined": (
        {
            "accept": SIDE,
            "decline": SIDE,
            "withdraw": "withdrawn",
            "remove": STATUS,
            "block": "blocked",
            "unblock": STATUS,
        },
        {
            "accept": "accepted",
            "decline": "declined",
            "withdraw": SIDE,
            "remove": STATUS,
            "block": "blocked",
            "unblock": STATUS,
        },
    ),
    "withdrawn": (
        {
            "accept": SIDE,
            "decline": SIDE,
            "withdraw": "withdrawn",
            "remove": STATUS,
            "block": "blocked",
            "unblock": STATUS,
        },
        {
            "accept": STATUS,
            "decline": STATUS,
            "withdraw": "withdrawn",
            "remove": STATUS,
            "block": "blocked",
            "unblock": STATUS,
        },
    ),
    "removed": (
        {
            "accept": SIDE,
            "decline": SIDE,
            "withdraw": STATUS,
            "remove": "removed",
            "block": "blocked",
            "unblock": "removed",
        },
        {
            "accept": STATUS,
            "decline": STATUS,
            "withdraw": SIDE,
            "remove": "removed",
            "block": "blocked",
            "unblock": "removed",
        },
    ),
    "blocked by ada": (
        {
            "accept": SIDE,
            "decline": SIDE,
            "withdraw": STATUS,
            "remove": STATUS,
            "block": "blocked",
            "unblock": "removed",
        },
        dict.fromkeys(STEPS, GONE),
    ),
    "blocked by bola": (
        dict.fromkeys(STEPS, GONE),
        {
            "accept": STATUS,
            "decline": STATUS,
            "withdraw": SIDE,
            "remove": STATUS,
            "block": "blocked",
            "unblock": "removed",
        },
    ),
}
"""State → what each step makes of it, or how it is refused: for Ada, and for Bola."""

ENDS["declined, withdrawn"] = ENDS["withdrawn"]
ENDS["unblocked"] = ENDS["removed"]

_ROW = """SELECT state, requester_id, receiver_id, blocked_by, cool_until, accepted_at, declined_at,
    version, requester_version FROM bizconnect.connection"""


@dataclass
class Scene:
    """Ada of Kano has asked Bola of Lagos."""

    ada: Person
    kano: UUID
    bola: Person
    lagos: UUID
    made: dict[str, Any]

    def people(self) -> dict[str, Person]:
        return {"ada": self.ada, "bola": self.bola}


def scene(suite: Suite, state: str = "pending") -> Scene:
    """Return the two, and their connection in a state."""
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    made = connections.asked(suite, ada, kano, lagos, now=AT, note="From Kano.")
    found = Scene(ada, kano, bola, lagos, made)
    for name, action in WAYS[state]:
        connections.stepped(suite, found.people()[name], made, action, LATER)
    return found


@pytest.mark.parametrize("state", WAYS)
def test_every_step_from_every_state_by_either_side(suite: Suite, state: str) -> None:
    """What is allowed is done and announced once; what is not changes nothing."""
    two = scene(suite, state)
    before = suite.rows("SELECT to_jsonb(c)::text FROM bizconnect.connection AS c")[0][0]
    for who, ends in zip((two.ada, two.bola), ENDS[state], strict=True):
        for action, end in ends.items():
            told, was = len(suite.events()), _status(suite, who, two)
            answer = connections.step(suite, who, two.made, action, LATER)
            where = f"{who.uid}: {action} from {state}"
            if end in {GONE, SIDE, STATUS}:
                assert (answer.status, answer.codes) == (404 if end == GONE else 409, [(end, None)])
                assert _now(suite) == before, where
                continue
            assert (answer.status, answer.data["status"]) == (200, end), where
            changed = was != end
            assert (_now(suite) != before) is changed, where
            quiet = not changed or action == "unblock"
            assert len(suite.events()) - told == (0 if quiet else 1), where
            _put_back(suite, before)


def _status(suite: Suite, who: Person, two: Scene) -> str | None:
    found = connections.seen(suite, who, two.made, LATER)
    return found.data["status"] if found.status == 200 else None


def _now(suite: Suite) -> str:
    text: str = suite.value("SELECT to_jsonb(c)::text FROM bizconnect.connection AS c")
    return text


def _put_back(suite: Suite, row: str) -> None:
    suite.rows("SET session_replication_role = replica; DELETE FROM bizconnect.connection")
    suite.rows(
        "INSERT INTO bizconnect.connection SELECT * FROM "
        "jsonb_populate_record(NULL::bizconnect.connection, CAST(:row AS jsonb))",
        row=row,
    )
    suite.rows("SET session_replication_role = origin")


def test_who_asked_learns_of_a_decline_by_nothing_at_all(suite: Suite) -> None:
    """Byte for byte what he is told of a request that nobody has answered, until both are over."""
    ada, kano = connections.firm(suite)
    firms = [connections.firm(suite, name) for name in ("Lagos Mills", "Ibadan Mills")]
    made = [connections.asked(suite, ada, kano, other, now=AT) for _, other in firms]
    cursor = suite.call("GET /api/v1/sync", ada).data["cursor"]
    connections.stepped(suite, firms[0][0], made[0], "decline", LATER)
    told = suite.call("GET /api/v1/sync", ada, query={"cursor": cursor}).data["changes"]
    assert told == []
    suite.deliver()
    assert suite.call("GET /api/v1/notifications", ada).data == []

    def looks(now: datetime) -> list[list[str]]:
        found = []
        for number, (_, other) in enumerate(firms):
            again = connections.ask(suite, ada, kano, other, now=now)
            texts = [
                connections.seen(suite, ada, made[number], now).body.decode(),
                again.body.decode(),
                str(again.status),
            ]
            for known in (made[number], {"id": str(other)}):
                texts = [text.replace(known["id"], "-") for text in texts]
            names = ("lagos-mills", "ibadan-mills", "Lagos Mills", "Ibadan Mills")
            for name in names:
                texts = [text.replace(name, "-") for text in texts]
            found.append([text.partition('"meta"')[0] for text in texts])
        return found

    for now in (LATER, OVER, OVER + COOLS - timedelta(seconds=1)):
        declined, unanswered = looks(now)
        assert declined == unanswered
    for status in ("pending", "declined", "expired"):
        shown = connections.listed(suite, ada, status=status, now=LATER)
        assert len(shown) == (2 if status == "pending" else 0), status
    suite.tick("cron_expire_connection_requests", OVER)
    declined, unanswered = looks(OVER)
    assert declined == unanswered
    suite.deliver()
    assert len(suite.call("GET /api/v1/notifications", ada).data) == 2


def test_a_decline_that_is_withdrawn_is_like_a_request_that_is(suite: Suite) -> None:
    """And for both he waits as long."""
    ada, kano = connections.firm(suite)
    firms = [connections.firm(suite, name) for name in ("Lagos Mills", "Ibadan Mills")]
    made = [connections.asked(suite, ada, kano, other, now=AT) for _, other in firms]
    connections.stepped(suite, firms[0][0], made[0], "decline", LATER)
    ended = [connections.stepped(suite, ada, each, "withdraw", LATER) for each in made]
    assert ended[0]["version"] == ended[1]["version"] == 2
    for _, other in firms:
        early = connections.ask(suite, ada, kano, other, now=LATER + COOLS - timedelta(seconds=1))
        assert early.codes == [("COOLING_DOWN", None)]
        assert connections.ask(suite, ada, kano, other, now=LATER + COOLS).status == 201


def test_who_declined_asks_back_and_both_are_connected(suite: Suite) -> None:
    """For Ada her request still waits: it crosses."""
    two = scene(suite, "declined")
    turned = connections.asked(suite, two.bola, two.lagos, two.kano, now=LATER)
    assert (turned["status"], turned["direction"]) == ("accepted", "received")
    assert _status(suite, two.ada, two) == "accepted"


@pytest.mark.parametrize("action", ["accept", "decline", "withdraw"])
def test_what_is_over_is_not_answered_any_more(suite: Suite, action: str) -> None:
    """By the clock; no job has run."""
    two = scene(suite)
    who = two.ada if action == "withdraw" else two.bola
    refused = connections.step(suite, who, two.made, action, OVER)
    assert (refused.status, refused.codes) == (409, [(STATUS, None)])
    assert refused.json["current"]["status"] == "expired"


def test_after_a_removal_either_may_ask_again_at_once(suite: Suite) -> None:
    two = scene(suite, "removed")
    again = connections.asked(suite, two.bola, two.lagos, two.kano, now=LATER)
    assert (again["id"], again["status"]) == (two.made["id"], "pending")


@pytest.mark.parametrize("state", ["pending", "accepted", "declined", "removed"])
def test_to_whom_is_blocked_the_business_is_not_there(suite: Suite, state: str) -> None:
    """In lists, in counts, in numbers and in what he asks: the same as of an unknown business."""
    two = scene(suite, state)
    connections.stepped(suite, two.bola, two.made, "block", LATER)
    unknown = connections.ask(suite, two.ada, two.kano, UUID(int=7), now=LATER)
    refused = connections.ask(suite, two.ada, two.kano, two.lagos, now=LATER)
    assert (refused.status, refused.body) == (unknown.status, unknown.body) == (404, unknown.body)
    wrong = connections.ask(suite, two.ada, two.kano, two.lagos, now=LATER, market="us-africa")
    assert wrong.body == unknown.body
    nothing = connections.seen(suite, two.ada, {"id": str(UUID(int=7))}, LATER)
    assert connections.seen(suite, two.ada, two.made, LATER).body == nothing.body
    for status in (None, "pending", "accepted", "removed", "blocked", "expired"):
        query = {} if status is None else {"status": status}
        assert connections.listed(suite, two.ada, **query, now=LATER) == []
    counts = suite.call("GET /api/v1/connections/markets", two.ada, now=LATER).data
    assert {sum(each[name] for name in ("accepted", "sent", "received")) for each in counts} == {0}
    (numbers,) = suite.call("GET /api/v1/connections/metrics", two.ada, now=LATER).data[
        "businesses"
    ]
    assert (numbers["sent"], numbers["accepted"]) == (0, 0)
    assert suite.value("SELECT max(used) FROM platform.quota_window") == 1


def test_who_blocked_sees_it_and_must_unblock_before_he_asks(suite: Suite) -> None:
    two = scene(suite, "blocked by bola")
    assert [each["status"] for each in connections.listed(suite, two.bola, now=LATER)] == [
        "blocked"
    ]
    refused = connections.ask(suite, two.bola, two.lagos, two.kano, now=LATER)
    assert (refused.status, refused.codes) == (409, [("BLOCKED", None)])
    connections.stepped(suite, two.bola, two.made, "unblock", LATER)
    assert connections.ask(suite, two.bola, two.lagos, two.kano, now=LATER).status == 201


def test_a_block_and_its_end_cut_no_cool_down_short(suite: Suite) -> None:
    two = scene(suite, "unblocked")
    early = connections.ask(suite, two.ada, two.kano, two.lagos, now=LATER)
    assert early.codes == [("COOLING_DOWN", None)]


def test_devices_of_the_blocked_drop_it_and_others_keep_it(suite: Suite) -> None:
    two = scene(suite, "accepted")
    cursors = {
        who.uid: suite.call("GET /api/v1/sync", who).data["cursor"] for who in (two.ada, two.bola)
    }
    connections.stepped(suite, two.bola, two.made, "block", LATER)
    told = {
        who.uid: suite.call("GET /api/v1/sync", who, query={"cursor": cursors[who.uid]}).data
        for who in (two.ada, two.bola)
    }
    change = {"entity": "connection", "entity_id": two.made["id"]}
    assert told[two.ada.uid]["changes"] == [{**change, "operation": "delete", "version": 3}]
    assert told[two.bola.uid]["changes"] == [{**change, "operation": "upsert", "version": 3}]


def test_what_each_end_announces(suite: Suite) -> None:
    """Ids alone, of the two, and which of them ended it."""
    two = scene(suite)
    connections.stepped(suite, two.bola, two.made, "decline", LATER)
    (event,) = suite.events("ConnectionEnded")
    assert event["data"] == {
        "connection_id": two.made["id"],
        "requester_id": str(two.kano),
        "receiver_id": str(two.lagos),
        "version": 2,
        "reason": "declined",
        "ended_by": str(two.lagos),
        "receiver_name": None,
        "ended_at": "2026-11-22T10:30:00Z",
    }


def test_an_agent_reads_and_does_nothing(suite: Suite) -> None:
    two = scene(suite)
    agent = users.member(suite, two.bola, str(two.lagos))
    assert connections.seen(suite, agent, two.made, LATER).status == 200
    refused = connections.step(suite, agent, two.made, "accept", LATER)
    assert (refused.status, refused.codes) == (403, [("FORBIDDEN", None)])


def test_who_leads_both_acts_for_the_side_that_may(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    other = UUID(users.business(suite, ada, name="Kano Leather")["id"])
    made = connections.asked(suite, ada, kano, other, now=AT)
    assert connections.stepped(suite, ada, made, "accept", LATER)["business_id"] == str(other)
    assert len(connections.listed(suite, ada, now=LATER)) == 1
    connections.stepped(suite, ada, made, "remove", LATER)
    again = connections.asked(suite, ada, other, kano, now=LATER)
    assert connections.stepped(suite, ada, again, "withdraw", LATER)["business_id"] == str(other)


def test_eight_who_accept_and_decline_at_once_make_one_end(suite: Suite) -> None:
    """Whoever comes first decides; the state machine of the database holds the rest off."""
    two = scene(suite)
    with ThreadPoolExecutor(8) as threads:
        actions = ["accept", "decline", "block", "accept", "decline", "accept", "decline", "block"]
        done = list(
            threads.map(
                lambda action: connections.step(suite, two.bola, two.made, action, LATER), actions
            )
        )
    assert {each.status for each in done} <= {200, 409}
    state, *_, version, requester_version = suite.rows(_ROW)[0]
    assert state == "blocked"
    assert requester_version <= version <= 4
    told = [each["data"].get("reason", "accepted") for each in suite.events()[-version + 1 :]]
    assert told[-1] == "blocked"


def test_the_database_itself_refuses_an_illegal_step(suite: Suite) -> None:
    scene(suite, "removed")
    with pytest.raises(Exception, match="does not go from removed to accepted"):
        suite.rows("UPDATE bizconnect.connection SET state = 'accepted'")
