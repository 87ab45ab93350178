"""The Firebase Auth emulator, from npm's `firebase-tools`, beside the Firebase client for tests.

`package-lock.json` pins both. `python -m local.emulators.firebase` installs them (`npm ci`) under
`.local/node`; that takes two minutes and 600 MB, so only tests and `CLOUD=emulators` ask for it.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from local import ports
from local.emulators.process import HOST, Emulator, MissingError, start

ROOT = Path(__file__).parent.parent.parent
NODE = ROOT / ".local" / "node"
_PINNED = ("package.json", "package-lock.json")


def installed() -> bool:
    """Tell whether `.local/node` holds what `package-lock.json` names."""
    lock = NODE / "installed.json"
    return lock.exists() and lock.read_bytes() == _lock().read_bytes()


def install() -> None:
    """Install what is pinned. Raises `MissingError` where there is no npm."""
    npm = shutil.which("npm")
    if npm is None:
        raise MissingError("there is no npm: install Node.js, 20 or later")
    NODE.mkdir(parents=True, exist_ok=True)
    for name in _PINNED:
        shutil.copy(Path(__file__).with_name(name), NODE / name)
    subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=NODE, check=True)
    shutil.copy(_lock(), NODE / "installed.json")


def auth(directory: Path, project: str) -> Emulator:
    """Start the Auth emulator, empty, for `project`; its state is in memory."""
    if not installed():
        raise MissingError("firebase-tools is not installed: `make emulators` installs it")

    def command(port: int) -> list[str]:
        services = {"auth": port, "hub": ports.free(), "logging": ports.free()}
        emulators: dict[str, object] = {
            name: {"host": HOST, "port": each} for name, each in services.items()
        }
        emulators["ui"] = {"enabled": False}
        (directory / "firebase.json").write_text(json.dumps({"emulators": emulators}))
        firebase = NODE / "node_modules" / ".bin" / "firebase"
        return [str(firebase), "emulators:start", "--only=auth", f"--project={project}"]

    return start(command, directory=directory, name="auth")


def _lock() -> Path:
    return Path(__file__).with_name("package-lock.json")


if __name__ == "__main__":
    try:
        if not installed():
            install()
    except (MissingError, subprocess.CalledProcessError) as error:
        sys.exit(str(error))
