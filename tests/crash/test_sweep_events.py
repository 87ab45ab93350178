"""P3, P4: killed at any moment and told again, a handler has its effect once."""

import pytest

from shared.triggers import OnEvent
from tests.crash.harness import Harness
from tests.scenarios import ACTS, of_kind


@pytest.mark.parametrize("name", of_kind(OnEvent))
def test_p1_p3_p4_killed_at_any_moment_it_has_its_effect_once(harness: Harness, name: str) -> None:
    """Nothing that follows is there twice or by half."""
    assert list(harness.sweep(ACTS[name])) == []
