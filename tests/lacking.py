"""What a machine lacks that a test needs."""

import os
from typing import NoReturn

import pytest


def lacks(what: str) -> NoReturn:
    """Skip the test and say why; where `EMULATORS=required`, as .ci/run says, fail it."""
    if os.environ.get("EMULATORS") == "required":
        pytest.fail(what)
    pytest.skip(what)
