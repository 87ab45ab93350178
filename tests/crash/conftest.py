"""A suite that publishes to a real bus and tells a real identity provider, both on loopback."""

from collections.abc import Iterator

import pytest

from shared.settings import settings
from tests.conftest import empty
from tests.crash.harness import Harness
from tests.factories import bus
from tests.suite import Suite
from tests.users.provider import serving


@pytest.fixture
def harness(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    """Return the harness on an empty database."""
    with serving() as provider:
        monkeypatch.setenv("IDENTITY_URL", provider.url)
        with bus.listening(monkeypatch) as listening:
            settings.cache_clear()
            yield Harness(suite, listening, lambda: empty(suite))
    monkeypatch.undo()
    settings.cache_clear()
