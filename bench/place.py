"""Where a measurement happens: a throw-away PostgreSQL and a key that signs tokens."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import database, postgres
from local.identity import PROJECT, Signer
from shared.db import close_pools


@dataclass(frozen=True, slots=True)
class Place:
    """A running server, the directory that it is in, and who signs."""

    server: postgres.Server
    directory: Path
    signer: Signer

    def prepare(self, name: str = database.NAME) -> dict[str, str]:
        """Make and migrate a database; return the environment of functions that serve from it."""
        keys = (self.directory / "certificates.json").as_uri()
        return database.prepare(self.server, self.directory, name) | {
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "TOKEN_KEYS_URL": keys,
            "INVOKER_KEYS_URL": keys,
        }


@contextmanager
def throwaway(what: str) -> Iterator[Place]:
    """Run a server until the block ends; nothing of it is kept."""
    with tempfile.TemporaryDirectory(prefix=f"pushnchat-{what}-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        signer = Signer.fresh()
        (directory / "certificates.json").write_text(signer.certificates())
        server = postgres.start(directory)
        try:
            yield Place(server, directory, signer)
        finally:
            close_pools()
            server.stop("immediate")
