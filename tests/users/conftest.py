"""What tests of accounts share."""

from collections.abc import Iterator

import pytest

from shared.cloud import identity
from shared.settings import settings
from tests.users.provider import Provider, serving


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Return an identity provider that the suite is configured with."""
    with serving() as running:
        monkeypatch.setenv("IDENTITY_URL", running.url)
        settings.cache_clear()
        yield running
    monkeypatch.undo()
    settings.cache_clear()
    identity._breaker.reset()
