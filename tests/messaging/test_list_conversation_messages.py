from typing import Any

from tests.factories import users
from tests.factories.messaging import Talk, heard, said, talk
from tests.suite import Suite


def _long(suite: Suite) -> Talk:
    made = talk(suite)
    for number in range(1, 8):
        said(suite, made.customer if number % 2 else made.owner, made.id, f"number {number}")
    return made


def _seqs(suite: Suite, made: Talk, **query: Any) -> list[int]:
    found = suite.pages(f"GET {made.path}/messages", made.customer, **query)
    return [each["seq"] for each in found]


def test_it_is_read_in_both_directions_and_in_between(suite: Suite) -> None:
    """By pages of any size."""
    made = _long(suite)
    for limit in (1, 3, 50):
        assert _seqs(suite, made, limit=limit) == [7, 6, 5, 4, 3, 2, 1]
        assert _seqs(suite, made, limit=limit, before=4) == [3, 2, 1]
        assert _seqs(suite, made, limit=limit, after=0) == [1, 2, 3, 4, 5, 6, 7]
        assert _seqs(suite, made, limit=limit, after=5) == [6, 7]
        assert _seqs(suite, made, limit=limit, after=2, before=5) == [3, 4]
    assert _seqs(suite, made, after=7) == []


def test_each_says_who_wrote_it_for_whom(suite: Suite) -> None:
    made = _long(suite)
    first, second, *_ = heard(suite, made.owner, made.id)
    assert (first["text"], first["sender_id"], first["on_behalf_of"]) == (
        "number 1",
        str(made.customer.user_id),
        None,
    )
    assert (second["text"], second["sender_id"], second["on_behalf_of"]) == (
        "number 2",
        str(made.owner.user_id),
        str(made.business_id),
    )


def test_a_cursor_is_of_one_conversation(suite: Suite) -> None:
    made, other = _long(suite), talk(suite)
    page = suite.call(f"GET {made.path}/messages", made.customer, query={"limit": 2})
    refused = suite.call(
        f"GET {other.path}/messages", other.customer, query={"limit": 2, "cursor": page.next}
    )
    assert (refused.status, refused.codes) == (422, [("INVALID_CURSOR", "cursor")])


def test_nobody_else_reads_it(suite: Suite) -> None:
    made = _long(suite)
    for who in (users.person(suite), users.person(suite, roles=["admin"])):
        assert suite.call(f"GET {made.path}/messages", who).status == 404
