"""What `make run CLOUD=emulators` starts beside the suite, and the environment that leads to it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from local.emulators import firebase, google, storage
from local.emulators.process import Emulator

RULES = Path(__file__).parent.parent.parent / "schemas" / "firestore.rules"

crew = ThreadPoolExecutor(4, "emulator")
"""The kernel ends an emulator with the thread that started it: these live as long as this process.
"""


def start(directory: Path, project: str, stack: ExitStack) -> dict[str, str]:
    """Start the emulators at once; return the variables by which functions reach them.

    That of Cloud Storage the front door alone speaks to: `local/emulators/objects.py` says why.
    """
    starting = {
        "PUBSUB_EMULATOR_HOST": crew.submit(google.pubsub, directory / "pubsub"),
        "FIRESTORE_EMULATOR_HOST": crew.submit(google.firestore, directory / "firestore", RULES),
        "STORAGE_EMULATOR_HOST": crew.submit(storage.storage, directory / "storage"),
        "FIREBASE_AUTH_EMULATOR_HOST": crew.submit(firebase.auth, directory / "auth", project),
    }
    found: dict[str, Emulator] = {}
    try:
        for name, each in starting.items():
            found[name] = each.result()
    finally:
        for each in starting.values():
            if not each.exception():
                stack.callback(each.result().stop)
    hosts = {name: each.host for name, each in found.items()}
    # Google's client of Storage takes a URL there, the others take HOST:PORT.
    return hosts | {"STORAGE_EMULATOR_HOST": found["STORAGE_EMULATOR_HOST"].url}
