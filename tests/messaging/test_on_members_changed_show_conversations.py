from collections.abc import Iterator

import pytest

from local.postgres import Server
from tests.factories import users
from tests.factories.documents import Kept, keeping
from tests.factories.messaging import opened, talk
from tests.suite import Suite


@pytest.fixture
def kept(suite: Suite, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    with keeping(server, monkeypatch) as documents:
        yield documents


def test_p8_who_leaves_a_business_hears_none_of_its_conversations(suite: Suite, kept: Kept) -> None:
    """And who joins hears all of them; those of others stay as they are."""
    made, other = talk(suite), talk(suite)
    second = opened(suite, other.customer, made.business_id)["id"]
    suite.deliver()
    agent = users.member(suite, made.owner, str(made.business_id))
    suite.deliver(times=2)
    members = {name: each["members"] for name, each in kept.all("conversations").items()}
    assert {name for name, uids in members.items() if agent.uid in uids} == {made.id, second}
    path = f"DELETE /api/v1/businesses/{made.business_id}/members/{agent.user_id}"
    assert suite.call(path, made.owner).status == 204
    suite.deliver(times=2)
    assert agent.uid not in str(kept.all("conversations"))
    assert made.owner.uid in str(kept.all("conversations")[made.id])
