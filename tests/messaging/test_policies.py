"""Who may write to whom: every combination there is, against the table in words."""

from itertools import product
from typing import get_args
from uuid import UUID

import pytest

from shared.auth import Actor
from shared.policies import conversations as policies
from shared.policies.conversations import Opening, Relation, Sending
from shared.roles import BUSINESS, CONSUMER

SOMEBODY = Actor("uid", UUID(int=1), frozenset({CONSUMER}))
ME, MINE, THEIRS = UUID(int=1), UUID(int=2), UUID(int=3)

BETWEEN_BUSINESSES = {
    # relation: (free, premium), each (writes first, answers)
    "none": ((False, True), (True, True)),
    "connected": ((True, True), (True, True)),
    "removed": ((False, False), (False, False)),
    "blocked": ((False, False), (False, False)),
}


def _may(sending: Sending) -> bool:
    rules = (policies.may_reach, policies.may_pass, policies.may_write)
    return all(rule(SOMEBODY, sending) is True for rule in rules)


@pytest.mark.parametrize("relation", get_args(Relation))
def test_between_businesses_relation_and_plan_decide(relation: Relation) -> None:
    """On each message: neither the plan of yesterday nor the connection of yesterday counts."""
    for (p, plan), (a, answers) in product(
        enumerate(("free", "premium")), enumerate((False, True))
    ):
        sending = Sending(
            as_business=True,
            to_business=True,
            reachable=True,
            relation=relation,
            plan=plan,
            answers=answers,
        )
        assert _may(sending) is BETWEEN_BUSINESSES[relation][p][a], sending


@pytest.mark.parametrize("as_business", [False, True])
@pytest.mark.parametrize("plan", ["free", "premium"])
@pytest.mark.parametrize("answers", [False, True])
def test_a_customer_and_a_business_write_to_each_other_whatever_the_plan(
    *, as_business: bool, plan: str, answers: bool
) -> None:
    """Unless it is blocked."""
    for relation, allowed in (("none", True), ("blocked", False)):
        sending = Sending(
            as_business=as_business,
            to_business=not as_business,
            reachable=True,
            relation="none" if relation == "none" else "blocked",
            plan=plan,
            answers=answers,
        )
        assert _may(sending) is allowed


@pytest.mark.parametrize("relation", get_args(Relation))
def test_nobody_writes_to_whom_is_gone(relation: Relation) -> None:
    for as_business, to_business, answers in product((False, True), repeat=3):
        sending = Sending(
            as_business=as_business,
            to_business=to_business,
            reachable=False,
            relation=relation,
            plan="premium",
            answers=answers,
        )
        assert not _may(sending)


def test_one_opens_in_his_own_name_or_in_that_of_his_business_to_others() -> None:
    actor = Actor("uid", ME, frozenset({BUSINESS}), {MINE: "agent"})
    for business, behalf, allowed in (
        (THEIRS, None, True),
        (THEIRS, MINE, True),
        (MINE, None, False),
        (MINE, MINE, False),
        (MINE, THEIRS, False),
        (UUID(int=4), THEIRS, False),
    ):
        assert policies.may_open(actor, Opening(business, behalf)) is allowed
