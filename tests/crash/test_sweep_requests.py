"""P1, P2: killed at any moment and asked again, a request has its effect once."""

import pytest

from shared.manifest.discovery import entries
from shared.triggers import Http
from tests.crash.harness import Harness
from tests.scenarios import ACTS, of_kind


def test_p1_every_function_that_writes_has_a_scenario() -> None:
    """A function that nobody kills is a function that nobody knows."""
    writing = {
        name
        for name, entry in entries().items()
        if not isinstance(entry.trigger, Http) or entry.trigger.method != "GET"
    }
    assert ACTS.keys() == writing


@pytest.mark.parametrize("name", of_kind(Http))
def test_p1_p3_p4_killed_at_any_moment_it_has_its_effect_once(harness: Harness, name: str) -> None:
    """Acknowledged is stored, announced is published, and nothing is there twice or by half."""
    assert list(harness.sweep(ACTS[name])) == []
