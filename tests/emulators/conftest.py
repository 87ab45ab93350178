"""Emulators, started once a worker. One that is missing skips its tests, or fails them in CI."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.emulators import firebase, google, storage
from local.emulators.process import Emulator, MissingError
from local.identity import PROJECT

BUCKET = "pushnchat-local"
RULES = Path(__file__).parent.parent.parent / "schemas" / "firestore.rules"


@contextmanager
def running(start: Callable[[], Emulator]) -> Iterator[Emulator]:
    """Start an emulator and end it."""
    try:
        made = start()
    except MissingError as error:
        # .ci/run says EMULATORS=required: there nothing may be left out without a word.
        if os.environ.get("EMULATORS") == "required":
            raise
        pytest.skip(str(error))
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def pubsub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Return Google's Pub/Sub emulator."""
    with running(lambda: google.pubsub(tmp_path_factory.mktemp("pubsub"))) as made:
        yield made


@pytest.fixture(scope="session")
def firestore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Return Google's Firestore emulator with our rules."""
    with running(lambda: google.firestore(tmp_path_factory.mktemp("firestore"), RULES)) as made:
        yield made


@pytest.fixture(scope="session")
def auth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Return Firebase's Auth emulator."""
    with running(lambda: firebase.auth(tmp_path_factory.mktemp("auth"), PROJECT)) as made:
        yield made


@pytest.fixture(scope="session")
def storage_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Return the Cloud Storage emulator."""
    with running(lambda: storage.storage(tmp_path_factory.mktemp("storage"), BUCKET)) as made:
        yield made
