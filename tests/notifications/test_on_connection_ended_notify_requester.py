import pytest

from tests.factories.events import hand
from tests.factories.notifications import ended
from tests.factories.users import business, person
from tests.suite import Suite

HANDLER = "on_connection_ended_notify_requester"


def test_who_got_no_answer_hears_it_once(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    event = ended(business(suite, owner)["id"])
    hand(suite, HANDLER, event, times=2)
    hand(suite, HANDLER, event)
    (told,) = suite.call("GET /api/v1/notifications", owner).data
    assert (told["type"], told["subject_id"]) == ("connection_expired", str(event.connection_id))
    assert "Lagos Mills" in told["body"]


@pytest.mark.parametrize(
    "more",
    [
        *({"reason": each} for each in ("declined", "withdrawn", "removed", "blocked", "erased")),
        {"receiver_name": None},
    ],
)
def test_of_every_other_end_nobody_is_told(suite: Suite, more: dict[str, str]) -> None:
    """A decline and a block are silent; a business that is gone has no name."""
    owner = person(suite, roles=["business"])
    hand(suite, HANDLER, ended(business(suite, owner)["id"], **more))
    assert suite.call("GET /api/v1/notifications", owner).data == []
