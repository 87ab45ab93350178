"""The Pub/Sub and Firestore emulators of the Google Cloud SDK: jars, which need a Java runtime."""

import os
import shutil
from pathlib import Path

from local.emulators.process import HOST, Emulator, MissingError, start

_USUAL = ("/usr/lib/google-cloud-sdk", "/usr/local/google-cloud-sdk", "/opt/google-cloud-sdk")
_GET = "install google-cloud-cli-{0}-emulator (Debian) or `gcloud components install {1}`"


def pubsub(directory: Path) -> Emulator:
    """Start the Pub/Sub emulator, empty; its state is in memory."""
    jar = _jar("pubsub-emulator/lib/cloud-pubsub-emulator-*.jar", "pubsub", "pubsub-emulator")
    return start(
        lambda port: [_java(), "-jar", str(jar), f"--host={HOST}", f"--port={port}"],
        directory=directory,
        name="pubsub",
    )


def firestore(directory: Path, rules: Path) -> Emulator:
    """Start the Firestore emulator, empty, with security `rules`; its state is in memory."""
    jar = _jar("cloud-firestore-emulator/*.jar", "firestore", "cloud-firestore-emulator")
    main = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
    return start(
        lambda port: [
            _java(),
            "-cp",
            str(jar),
            main,
            f"--host={HOST}",
            f"--port={port}",
            f"--rules={rules.resolve()}",
        ],
        directory=directory,
        name="firestore",
    )


def _java() -> str:
    found = shutil.which("java")
    if found is None:
        raise MissingError("there is no java: install a Java runtime, 17 or later")
    return found


def _jar(pattern: str, package: str, component: str) -> Path:
    for root in _roots():
        if found := sorted((root / "platform").glob(pattern)):
            return found[-1]
    raise MissingError(f"there is no {component}: {_GET.format(package, component)}")


def _roots() -> list[Path]:
    """Return where the SDK may lie: named, beside `gcloud`, or in the usual places."""
    roots = [Path(each) for each in (os.environ.get("CLOUDSDK_ROOT_DIR"), *_USUAL) if each]
    if gcloud := shutil.which("gcloud"):
        roots.insert(0, Path(gcloud).resolve().parent.parent)
    return roots
