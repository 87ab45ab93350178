"""The long proof made short: `make chaos` runs it with 10,000 writes and 200 kills."""

from collections.abc import Iterator

import pytest

from tests.chaos.judge import DISORDERED, DOUBLED, HALF, LOST, TWICE, UNSENT
from tests.chaos.proof import Proof, Sizes, proven

SMALL = Sizes(writes=60, kills=5, crashes=1, restarts=0, clients=6, forget=0.2)

_FIRST_EVENT = """(
    SELECT i.event_id FROM platform.inbox AS i JOIN platform.outbox AS o ON o.id = i.event_id
    WHERE o.kind = 'event' ORDER BY i.event_id LIMIT 1)"""
_FIRST_STEP = "(SELECT min(id) FROM listings.transition WHERE listing_id = :one)"
_A_KEY = "(SELECT min(key) FROM platform.idempotency_key)"
_FIRST_DELIVERY = """
    message -> 'attributes' ->> 'id' = (
        SELECT min(id::text) FROM platform.outbox
        WHERE ordering_key = :two AND type = 'ListingSubmitted')
"""


@pytest.fixture(scope="module")
def proof() -> Iterator[Proof]:
    with proven(SMALL) as made:
        yield made


def test_p1_p3_p4_p16_nothing_is_lost_doubled_reordered_or_half_done(proof: Proof) -> None:
    findings = proof.judge()
    assert {check: found for check, found in findings.items() if found} == {}
    assert proof.history.acknowledged >= SMALL.writes
    assert proof.history.attempts["forgotten"]
    assert proof.stage.killed.total() == SMALL.kills
    assert proof.stage.crashed.total() == SMALL.crashes
    figures = proof.figures(findings)
    assert figures["rows"]["events lost"] == "0"


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        (LOST, "UPDATE listings.listing SET version = version - 1 WHERE id = :one"),
        (TWICE, "UPDATE listings.listing SET version = version + 2 WHERE id = :one"),
        (UNSENT, "UPDATE platform.outbox SET sent_at = NULL WHERE ordering_key = :one"),
        (UNSENT, f"DELETE FROM platform.inbox WHERE event_id = {_FIRST_EVENT}"),
        (DOUBLED, "DELETE FROM notifications.notification WHERE subject_id = :one"),
        (DOUBLED, "UPDATE admin.review SET target_version = 0 WHERE target_id = :one"),
        (DISORDERED, f"UPDATE listings.transition SET id = DEFAULT WHERE id = {_FIRST_STEP}"),
        (DISORDERED, f"UPDATE local.delivery SET id = DEFAULT WHERE {_FIRST_DELIVERY}"),
        (HALF, "DELETE FROM listings.public_listing WHERE id = :shown"),
        (HALF, f"UPDATE platform.idempotency_key SET status = NULL WHERE key = {_A_KEY}"),
    ],
)
def test_p1_the_judge_sees(proof: Proof, check: str, fault: str) -> None:
    """What no run may leave is planted in what one has left."""
    lives = proof.history.sure
    chosen = {
        "one": next(each.id for each in lives if each.notices),
        "two": next(each.id for each in lives if _submitted_twice(each.events)),
        "shown": next(each.id for each in lives if each.state == "published"),
    }
    known = {name: value for name, value in chosen.items() if f":{name}" in fault}
    before = len(proof.judge()[check])
    proof.stage.rows(fault, **known)
    assert len(proof.judge()[check]) > before


def _submitted_twice(events: list[tuple[str, int]]) -> bool:
    return [kind for kind, _ in events].count("ListingSubmitted") > 1


def test_p1_p2_a_forgotten_key_is_found() -> None:
    """A suite that does again what is asked again does not pass."""
    sizes = Sizes(writes=30, kills=0, crashes=0, restarts=0, clients=4, forget=0.4)
    with proven(sizes, "forgotten-key") as broken:
        findings = broken.judge()
    assert any(findings.values())
