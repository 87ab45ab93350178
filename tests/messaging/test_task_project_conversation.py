from collections.abc import Iterator
from typing import Any

import pytest

from local.postgres import Server
from schemas.projections.messaging import LiveConversation
from tests.factories import users
from tests.factories.documents import Kept, keeping
from tests.factories.messaging import said, talk
from tests.suite import Suite


@pytest.fixture
def kept(suite: Suite, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    with keeping(server, monkeypatch) as documents:
        yield documents


def shown(kept: Kept, conversation: str) -> LiveConversation:
    said = dict(kept.all("conversations")[conversation])
    assert said.pop("version") >= 1
    return LiveConversation(**said)


def test_both_sides_may_listen_before_anything_is_said(suite: Suite, kept: Kept) -> None:
    """The person, and everybody who is in the business."""
    made = talk(suite)
    agent = users.member(suite, made.owner, str(made.business_id))
    suite.deliver()
    found = shown(kept, made.id)
    assert sorted(found.members) == sorted([made.customer.uid, made.owner.uid, agent.uid])
    assert [party.id for party in found.parties] == [made.customer.user_id, made.business_id]
    assert (found.kind, found.last_seq) == ("customer", 0)


def test_how_far_each_side_has_got_is_seen(suite: Suite, kept: Kept) -> None:
    """A thousand changes are one write."""
    made = talk(suite)
    for number in range(3):
        said(suite, made.customer, made.id, f"n {number}")
    for receipt in ({"delivered_seq": 3}, {"read_seq": 2}):
        path = f"POST {made.path}/receipts"
        assert suite.call(path, made.owner, body=receipt).status == 201
    suite.deliver(times=2)
    found = shown(kept, made.id)
    reached: list[Any] = [(party.delivered_seq, party.read_seq) for party in found.parties]
    assert (found.last_seq, reached) == (3, [(0, 0), (3, 2)])
    assert [path for path, _ in kept.writes].count(f"conversations/{made.id}") == 1
