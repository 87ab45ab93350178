"""P8: what a function forgets to ask, PostgreSQL refuses."""

import sys

import pytest

from shared.manifest.discovery import entries
from shared.roles import Role
from shared.triggers import Http
from tests.crash.scenarios import ACTS, Call
from tests.factories import listings
from tests.suite import Suite

_APART = ("platform.rate_limit", "platform.idempotency_key")
"""A call that does nothing still counts, and its answer is kept for who asked."""


def _on_a_row(name: str) -> bool:
    """Tell whether a function changes a row that is somebody's, moderators' work apart."""
    trigger = entries()[name].trigger
    if not isinstance(trigger, Http) or trigger.roles == {Role.ADMIN}:
        return False
    return "{" in trigger.path or name == "create_listing"


@pytest.mark.parametrize("name", [each for each in ACTS if _on_a_row(each)])
def test_p8_without_any_check_a_stranger_changes_nothing(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Somebody with the role, with a business of his own, and with `authorize` always allowing."""
    owners = ACTS[name](suite)
    assert isinstance(owners, Call)
    intruder, _ = listings.seller(suite)
    before = suite.stored(apart=_APART)
    for module, loaded in list(sys.modules.items()):
        if module.startswith("functions.") and hasattr(loaded, "authorize"):
            monkeypatch.setattr(loaded, "authorize", lambda *_: None)
    status = owners.by(intruder)()
    after = suite.stored(apart=_APART)
    if name == "replace_device":  # the phone is in his hand: that is what he proves with its token
        assert status == 200
        return
    assert after == before
    assert status == 204 or status >= 400, "he is told that it is done"
