from uuid import UUID

from tests.factories import connections
from tests.factories.events import hand
from tests.factories.notifications import ended, notified
from tests.suite import Suite

HANDLER = "on_connection_ended_forget_erased"


def test_what_names_a_business_that_is_forgotten_is_taken_back(suite: Suite) -> None:
    """From every inbox; what else is in them stays, and phones are shown it."""
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    made = connections.asked(suite, ada, kano, lagos)
    connections.stepped(suite, bola, made, "accept")
    suite.deliver()
    kept = [str(notified(suite, who)[0]) for who in (ada, bola)]
    event = ended(kano, reason="erased", receiver_name=None)
    hand(suite, HANDLER, event.model_copy(update={"connection_id": UUID(made["id"])}), times=2)
    left = [
        [each["id"] for each in suite.call("GET /api/v1/notifications", who).data]
        for who in (ada, bola)
    ]
    assert left == [[each] for each in kept]
    waiting = "SELECT count(*) FROM platform.outbox WHERE sent_at IS NULL AND kind = 'task'"
    assert suite.value(waiting) == 2


def test_of_every_other_end_the_notices_stay(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    made = connections.asked(suite, ada, kano, lagos)
    suite.deliver()
    for reason in ("declined", "withdrawn", "expired", "removed", "blocked"):
        event = ended(kano, reason=reason)
        hand(suite, HANDLER, event.model_copy(update={"connection_id": UUID(made["id"])}))
    assert len(suite.call("GET /api/v1/notifications", bola).data) == 1
