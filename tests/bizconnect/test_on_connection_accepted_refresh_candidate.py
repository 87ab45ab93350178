"""Who answers is known by it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import connections
from tests.factories import matching as market
from tests.suite import Suite

AT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "known"),
    [(timedelta(hours=3), (1 + 1.5) / 4), (timedelta(days=5), (0.2 + 1.5) / 4)],
)
def test_an_answer_weighs_by_how_soon_it_came(suite: Suite, after: timedelta, known: float) -> None:
    """Within a day it is a whole one; a single one does not say all."""
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    suite.deliver(now=AT)
    asked = connections.asked(suite, ada, kano, lagos, now=AT)
    answer = suite.call(
        f"PATCH /api/v1/connections/{asked['id']}/status",
        bola,
        body={"action": "accept"},
        version=1,
        now=AT + after,
    )
    assert answer.status == 200, answer.body
    suite.deliver(times=2, now=AT + after)
    found = {each["business_id"]: each for each in market.candidates(suite)}
    assert found[str(lagos)]["responsiveness"] == pytest.approx(known)
    assert found[str(kano)]["responsiveness"] == 0.5
    assert found[str(lagos)]["due_at"] != "infinity"  # unanswered ones will have grown old
