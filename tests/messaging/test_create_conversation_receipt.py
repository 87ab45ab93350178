from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import permutations
from typing import Any

from tests.factories import users
from tests.factories.messaging import Talk, said, sending, talk
from tests.suite import Person, Suite

RECEIPTS = [
    {"delivered_seq": 3},
    {"read_seq": 2},
    {"delivered_seq": 5, "read_seq": 4},
    {"delivered_seq": 1, "read_seq": 1},
]


def _talk(suite: Suite, messages: str = "ccococ") -> Talk:
    """Have the customer and the owner say something in turn."""
    made = talk(suite)
    for each in messages:
        said(suite, made.customer if each == "c" else made.owner, made.id)
    return made


def _got(suite: Suite, made: Talk, who: Person, **reached: Any) -> Any:
    answer = suite.call(f"POST {made.path}/receipts", who, body=reached)
    assert answer.status == 201, answer.body
    return answer.data


def test_unread_is_what_others_said_beyond_what_one_has_read(suite: Suite) -> None:
    """From numbers alone, in the answer, the list and the conversation."""
    made = _talk(suite)
    for read, unread in ((0, 4), (1, 3), (2, 2), (3, 2), (4, 1), (5, 1), (6, 0)):
        answer = _got(suite, made, made.owner, read_seq=read)
        assert answer == {"delivered_seq": read, "read_seq": read, "unread": unread}
        assert suite.call(f"GET {made.path}", made.owner).data["unread"] == unread
        (listed,) = suite.call("GET /api/v1/conversations", made.owner).data
        assert listed["unread"] == unread
    said(suite, made.owner, made.id)
    assert suite.call(f"GET {made.path}", made.owner).data["unread"] == 0
    said(suite, made.customer, made.id)
    assert suite.call(f"GET {made.path}", made.owner).data["unread"] == 1


def test_the_other_side_sees_how_far_one_has_got(suite: Suite) -> None:
    """Of a business, whoever of it has got farthest; one's own colleagues are no other side."""
    made = _talk(suite)
    agent = users.member(suite, made.owner, str(made.business_id))
    _got(suite, made, made.owner, delivered_seq=4, read_seq=2)
    _got(suite, made, agent, read_seq=3)
    seen = suite.call(f"GET {made.path}", made.customer).data
    assert (seen["other_delivered_seq"], seen["other_read_seq"]) == (4, 3)
    seen = suite.call(f"GET {made.path}", agent).data
    assert (seen["delivered_seq"], seen["read_seq"]) == (3, 3)
    assert (seen["other_delivered_seq"], seen["other_read_seq"]) == (0, 0)


def test_trap_16_receipts_in_any_order_end_alike(suite: Suite) -> None:
    made = _talk(suite)
    ends = set()
    for order in permutations(RECEIPTS):
        suite.rows("DELETE FROM platform.rate_limit")
        suite.rows("UPDATE messaging.pointer SET delivered_seq = 0, read_seq = 0, sent_read = 0")
        for each in order:
            _got(suite, made, made.owner, **each)
        ends.add(
            tuple(
                suite.rows(
                    "SELECT delivered_seq, read_seq, sent, sent_read FROM messaging.pointer "
                    "WHERE user_id = :id",
                    id=made.owner.user_id,
                )[0]
            )
        )
    assert ends == {(5, 4, 2, 1)}


def test_all_at_once_they_end_alike_too(suite: Suite) -> None:
    """While others go on talking."""
    made = _talk(suite)
    moves = [partial(_got, suite, made, made.owner, **each) for each in RECEIPTS * 3]
    crowd: list[Callable[[], Any]] = [*moves, *[partial(_speak, suite, made)] * 3]
    with ThreadPoolExecutor(4) as crew:
        list(crew.map(lambda work: work(), crowd))
    reached = suite.call(f"GET {made.path}", made.owner).data
    assert (reached["delivered_seq"], reached["read_seq"], reached["unread"]) == (5, 4, 4)


def _speak(suite: Suite, made: Talk) -> None:
    assert sending(suite, made.customer, made.id).status == 201


def test_nobody_has_got_beyond_the_last_message(suite: Suite) -> None:
    made = _talk(suite, "co")
    assert _got(suite, made, made.customer, delivered_seq=99, read_seq=2**53) == {
        "delivered_seq": 2,
        "read_seq": 2,
        "unread": 0,
    }


def test_what_changes_nothing_is_not_announced(suite: Suite) -> None:
    made = _talk(suite)
    for _ in range(2):
        _got(suite, made, made.owner, read_seq=3)
    _got(suite, made, made.owner, delivered_seq=2)
    _got(suite, made, made.owner)
    (event,) = suite.events("ConversationRead")
    assert event["data"] == {
        "conversation_id": made.id,
        "user_id": str(made.owner.user_id),
        "party_id": str(made.business_id),
        "delivered_seq": 3,
        "read_seq": 3,
    }


def test_nobody_else_has_read_anything(suite: Suite) -> None:
    made = _talk(suite)
    who = users.person(suite)
    assert suite.call(f"POST {made.path}/receipts", who, body={"read_seq": 1}).status == 404
