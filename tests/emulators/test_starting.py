"""Every emulator that the suite is tested against starts, answers, and is gone afterwards."""

from pathlib import Path

import pytest

from local.emulators.process import Emulator, FailedError, start
from tests import web


@pytest.mark.parametrize("name", ["pubsub", "firestore", "auth", "storage_emulator"])
def test_an_emulator_answers(name: str, request: pytest.FixtureRequest) -> None:
    emulator: Emulator = request.getfixturevalue(name)
    assert web.get(emulator.url, timeout=10).status_code < 500


def test_one_that_ends_by_itself_says_why(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="no such thing"):
        start(lambda _: ["sh", "-c", "echo no such thing; exit 3"], directory=tmp_path, name="it")
