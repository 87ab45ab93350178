from uuid import UUID

from schemas.events.messaging import MessagesWaiting
from tests.factories.events import hand
from tests.factories.messaging import Talk, talk
from tests.suite import Suite

HANDLER = "on_messages_waiting_notify_recipient"


def waiting(made: Talk, *, since_seq: int = 0, count: int = 3) -> MessagesWaiting:
    assert made.owner.user_id is not None
    assert made.customer.user_id is not None
    return MessagesWaiting(
        conversation_id=UUID(made.id),
        user_id=made.owner.user_id,
        from_id=made.customer.user_id,
        since_seq=since_seq,
        count=count,
    )


def test_he_is_told_from_whom_and_how_many(suite: Suite) -> None:
    """In his feed alone: his phones were pushed to when it came."""
    made = talk(suite)
    hand(suite, HANDLER, waiting(made), times=2)
    (told,) = suite.call("GET /api/v1/notifications", made.owner).data
    assert (told["type"], told["subject_id"]) == ("messages_waiting", made.id)
    assert told["title"] == "You have new messages"
    assert "Amina" in told["body"]
    assert told["body"].endswith(": 3")
    pushes = "SELECT count(*) FROM platform.outbox WHERE type = 'task_send_push'"
    assert suite.value(pushes) == 0


def test_he_is_told_once_until_he_has_looked(suite: Suite) -> None:
    made = talk(suite)
    for since in (0, 0, 3):
        hand(suite, HANDLER, waiting(made, since_seq=since, count=4))
    assert len(suite.call("GET /api/v1/notifications", made.owner).data) == 2


def test_of_somebody_who_was_forgotten_meanwhile_nothing_is_told(suite: Suite) -> None:
    made = talk(suite)
    suite.rows("DELETE FROM users.public_profile WHERE user_id = :id", id=made.customer.user_id)
    hand(suite, HANDLER, waiting(made))
    assert suite.call("GET /api/v1/notifications", made.owner).data == []
