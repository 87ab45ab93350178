"""The proof of messages made short: `make chaos-messages` has 10,000 in 500 conversations."""

from collections.abc import Iterator

import pytest

from tests.chaos.talks import (
    DISORDERED,
    DOCUMENTS,
    GAPS,
    LOST,
    OWED,
    TWICE,
    TalkProof,
    TalkSizes,
    talked,
)

SMALL = TalkSizes(messages=120, conversations=2, clients=2, kills=5, forget=0.2, offline=0.3)
"""More in each than there are documents of."""


@pytest.fixture(scope="module")
def proof() -> Iterator[TalkProof]:
    with talked(SMALL) as made:
        yield made


def test_p1_no_message_is_lost_shown_twice_out_of_order_or_missing(proof: TalkProof) -> None:
    findings = proof.judge()
    assert {check: found for check, found in findings.items() if found} == {}
    assert proof.count == SMALL.messages
    assert proof.history.attempts["forgotten"]
    assert proof.stage.killed.total() == SMALL.kills
    assert proof.figures(findings)["rows"][LOST] == "0"


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        (LOST, "UPDATE messaging.message SET id = gen_random_uuid() WHERE seq = 7"),
        (DOCUMENTS, "DELETE FROM local.document WHERE path LIKE '%/messages/59'"),
        (OWED, "UPDATE messaging.delivery SET queued_seq = queued_seq + 1"),
    ],
)
def test_p1_the_judge_sees_what_is_stored_wrong(proof: TalkProof, check: str, fault: str) -> None:
    """What no run may leave is planted in what one has left."""
    before = len(proof.judge()[check])
    proof.stage.rows(fault)
    assert len(proof.judge()[check]) > before


def test_p1_the_judge_sees_what_is_shown_wrong(proof: TalkProof) -> None:
    screen = proof.talks[0].screens[0]
    whole = [*screen.shown]
    for check, shown in (
        (TWICE, [*whole, whole[-1]]),
        (DISORDERED, [whole[1], whole[0], *whole[2:]]),
        (GAPS, [*whole[:5], *whole[6:]]),
    ):
        screen.shown = shown
        assert proof.judge()[check]
    screen.shown = whole
