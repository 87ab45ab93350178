"""A suite with a real bus, a real identity provider, real documents and real phones."""

from collections.abc import Iterator

import pytest

from local.postgres import Server
from shared.settings import settings
from tests.conftest import empty
from tests.crash.harness import Harness
from tests.factories import bus, pushes
from tests.factories.documents import keeping
from tests.suite import Suite
from tests.users.provider import serving


@pytest.fixture
def harness(suite: Suite, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    """Return the harness on an empty database."""
    phones = pushes.serving(server, monkeypatch)
    with serving() as provider, keeping(server, monkeypatch), phones:
        monkeypatch.setenv("IDENTITY_URL", provider.url)
        with bus.listening(monkeypatch) as listening:
            settings.cache_clear()
            yield Harness(suite, listening, lambda: empty(suite))
    monkeypatch.undo()
    settings.cache_clear()
