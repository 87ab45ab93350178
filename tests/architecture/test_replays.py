"""P2: whatever a person writes may be sent again under its key, over the whole registry."""

import pytest

from tests.scenarios import ACTS
from tests.scenarios.acts import Call
from tests.suite import Suite

_SIGNS_OUT = {"revoke_sessions", "delete_me"}
"""What ends the sign-in that it came with: sent again it is refused, and that says it was done."""


@pytest.mark.parametrize("name", ACTS)
def test_p2_a_write_repeated_under_its_key_is_answered_alike_and_changes_nothing(
    suite: Suite, name: str
) -> None:
    """Not even the caller's rate limit."""
    act = ACTS[name](suite)
    if not isinstance(act, Call):
        return  # deliveries and jobs are repeated by the bus and the clock
    first = act.answer()
    assert first.status in {200, 201, 204}
    before = suite.stored()
    again = act.answer()
    assert suite.stored() == before
    if name in _SIGNS_OUT:
        assert again.codes == [("TOKEN_REVOKED", None)]
        return
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
