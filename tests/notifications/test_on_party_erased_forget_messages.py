from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from schemas.events.messaging import PartyErased
from shared.grace import GRACE
from tests.factories import users
from tests.factories.events import hand
from tests.factories.messaging import Talk, said, talk
from tests.factories.notifications import notified
from tests.suite import Suite


def told(suite: Suite, made: Talk) -> None:
    """Have both sides write, and miss it."""
    for who in (made.customer, made.owner):
        said(suite, who, made.id)
    suite.deliver()
    suite.tick("cron_redrive_undelivered", datetime.now(UTC) + timedelta(minutes=2))
    suite.deliver()


def kinds(suite: Suite, made: Talk, who: str) -> list[str]:
    found = suite.call("GET /api/v1/notifications", getattr(made, who)).data
    return [each["type"] for each in found]


@pytest.mark.parametrize(("leaver", "left"), [("customer", "owner"), ("owner", "customer")])
def test_p19_no_feed_names_who_is_forgotten(suite: Suite, leaver: str, left: str) -> None:
    """A person, or a business with the last who owned it; what else was told stays."""
    made, other = talk(suite), talk(suite)
    told(suite, made)
    told(suite, other)
    notified(suite, getattr(made, left))
    assert "messages_waiting" in kinds(suite, made, left)
    users.leaving(suite, getattr(made, leaver))
    suite.tick("cron_erase_accounts", datetime.now(UTC) + GRACE)
    suite.deliver(times=2)
    assert "messages_waiting" not in kinds(suite, made, left)
    assert len(kinds(suite, made, left)) >= 1
    assert "messages_waiting" in kinds(suite, other, left)


def test_of_another_conversation_nothing_is_taken_back(suite: Suite) -> None:
    made = talk(suite)
    told(suite, made)
    erased = PartyErased(conversation_id=UUID(int=7), party_id=made.business_id)
    hand(suite, "on_party_erased_forget_messages", erased)
    assert "messages_waiting" in kinds(suite, made, "customer")
