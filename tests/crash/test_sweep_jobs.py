"""P1, P11: killed at any moment and tried again, a job or a task has its effect once."""

import pytest

from shared.triggers import Cron, Task
from tests.crash.harness import Harness
from tests.scenarios import ACTS, of_kind


@pytest.mark.parametrize("name", of_kind(Cron, Task))
def test_p1_p3_p4_killed_at_any_moment_it_has_its_effect_once(harness: Harness, name: str) -> None:
    """Nothing that follows is there twice or by half."""
    assert list(harness.sweep(ACTS[name])) == []
