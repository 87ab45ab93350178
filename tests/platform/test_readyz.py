from collections.abc import Iterator

import pytest

from shared.db import close_pools
from shared.settings import settings
from tests.suite import Suite


@pytest.fixture
def lost_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as environment:
        environment.setenv("DB_HOST", "127.0.0.1")
        environment.setenv("DB_PORT", "9")
        settings.cache_clear()
        close_pools()
        yield
    settings.cache_clear()
    close_pools()


def test_a_process_that_reaches_the_database_is_ready(suite: Suite) -> None:
    answer = suite.call("GET /readyz")
    assert (answer.status, answer.data) == (200, {"status": "ok"})


@pytest.mark.usefixtures("lost_database")
def test_a_process_that_cannot_is_not(suite: Suite) -> None:
    answer = suite.call("GET /readyz")
    assert (answer.status, answer.codes) == (503, [("UNAVAILABLE", None)])
    assert int(answer.headers["Retry-After"]) >= 1
    assert suite.call("GET /healthz").status == 200
