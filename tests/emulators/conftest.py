"""Emulators, for these tests alone. One that is missing skips its tests, or fails them in CI."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.emulators import firebase, google, storage
from local.emulators.process import Emulator, MissingError
from local.identity import PROJECT
from tests.lacking import lacks
from tests.running import Running

BUCKET = "pushnchat-local"
RULES = Path(__file__).parent.parent.parent / "schemas" / "firestore.rules"


@contextmanager
def running(start: Callable[[], Emulator]) -> Iterator[Emulator]:
    """Start an emulator and end it."""
    try:
        made = start()
    except MissingError as error:
        lacks(str(error))
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="package")
def pubsub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Return Google's Pub/Sub emulator."""
    with running(lambda: google.pubsub(tmp_path_factory.mktemp("pubsub"))) as made:
        yield made


@pytest.fixture(scope="package")
def firestore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Return Google's Firestore emulator with our rules."""
    with running(lambda: google.firestore(tmp_path_factory.mktemp("firestore"), RULES)) as made:
        yield made


@pytest.fixture(scope="package")
def auth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Return Firebase's Auth emulator."""
    with running(lambda: firebase.auth(tmp_path_factory.mktemp("auth"), PROJECT)) as made:
        yield made


@pytest.fixture(scope="package")
def storage_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Return the Cloud Storage emulator."""
    with running(lambda: storage.storage(tmp_path_factory.mktemp("storage"), BUCKET)) as made:
        yield made


def _missing() -> str | None:
    """Return what this machine lacks to run the suite on emulators."""
    try:
        google._java()
        google._jar("pubsub-emulator/lib/cloud-pubsub-emulator-*.jar", "pubsub", "pubsub-emulator")
        google._jar("cloud-firestore-emulator/*.jar", "firestore", "cloud-firestore-emulator")
    except MissingError as error:
        return str(error)
    return None if firebase.installed() else "firebase-tools is not installed: make emulators"


@pytest.fixture(scope="package")
def on_emulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return `make run CLOUD=emulators`."""
    if missing := _missing():
        lacks(missing)
    made = Running(
        tmp_path_factory.mktemp("suite"),
        listings=50,
        settings={"CLOUD": "emulators"},
    )
    try:
        made.start()
        yield made
        made.end()
        left = made.processes()
    finally:
        made.kill_all()
    assert left == set(), "an emulator outlives the suite"


def host_of(running: Running, variable: str) -> str:
    """Return what the functions are told of an emulator."""
    for each in running.processes():
        for said in Path(f"/proc/{each}/environ").read_bytes().split(b"\0"):
            name, _, value = said.decode().partition("=")
            if name == variable:
                return value
    raise AssertionError(variable)
