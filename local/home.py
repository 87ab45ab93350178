"""Where a local suite lives: its directory, its files, its address."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_DIRECTORY = ".local/data"
DEFAULT_PORT = 8080
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of one suite, and the port that it serves."""

    directory: Path
    port: int

    @classmethod
    def from_environment(cls) -> "Home":
        """Return what `DATA_DIR` and `PORT` say."""
        directory = Path(os.environ.get("DATA_DIR") or DEFAULT_DIRECTORY).resolve()
        return cls(directory, int(os.environ.get("PORT") or DEFAULT_PORT))

    @property
    def url(self) -> str:
        """Return the address of the suite."""
        return f"http://{HOST}:{self.port}"

    @property
    def postgres(self) -> Path:
        """Return the directory of PostgreSQL."""
        return self.directory / "postgres"

    @property
    def objects(self) -> Path:
        """Return the directory of what Cloud Storage holds."""
        return self.directory / "objects"

    @property
    def certificates(self) -> Path:
        """Return the file that verifies the tokens, as Google would publish it."""
        return self.directory / "certificates.json"

    @property
    def log(self) -> Path:
        """Return the file of the functions' own logs."""
        return self.directory / "suite.log"

    @property
    def lock(self) -> Path:
        """Return the file that a running suite holds."""
        return self.directory / "lock"

    def note_running(self) -> None:
        """Let `make token` and `make journey` find the suite, whatever its port."""
        (self.directory / "running.json").write_text(json.dumps({"url": self.url}))

    def forget_running(self) -> None:
        """Say that nothing runs here."""
        (self.directory / "running.json").unlink(missing_ok=True)

    def running_url(self) -> str:
        """Return the address of the suite that runs here, or ran last if it was killed."""
        try:
            noted = json.loads((self.directory / "running.json").read_text())
            return str(noted["url"])
        except (OSError, ValueError, KeyError):
            return self.url
