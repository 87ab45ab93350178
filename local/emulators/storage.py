"""The Cloud Storage emulator of PyPI, `gcp-storage-emulator`, in the interpreter of the suite."""

import importlib.util
import sys
from pathlib import Path

from local.emulators.process import HOST, Emulator, MissingError, start


def storage(directory: Path, bucket: str = "unused") -> Emulator:
    """Start the storage emulator with one empty `bucket`; its state is in memory."""
    if importlib.util.find_spec("gcp_storage_emulator") is None:
        raise MissingError("there is no gcp-storage-emulator: make check installs it")
    return start(
        lambda port: [
            sys.executable,
            "-m",
            "gcp_storage_emulator",
            "start",
            f"--host={HOST}",
            f"--port={port}",
            f"--default-bucket={bucket}",
            "--in-memory",
        ],
        directory=directory,
        name="storage",
    )
