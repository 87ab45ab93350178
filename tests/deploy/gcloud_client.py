"""gcloud without its start: the same code, loaded once, that the first `gcloud` of a PATH asks."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lacking import lacks

SERVER = Path(__file__).with_name("gcloud_server.py")
CLIENT = """\
#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as wire:
    wire.connect({path!r})
    asked = {{"arguments": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ)}}
    raw = json.dumps(asked).encode() + b"\\n"
    sent = socket.send_fds(wire, [raw], [0, 1, 2])
    wire.sendall(raw[sent:])
    sys.exit(int(wire.recv(8) or 1))
"""


@contextmanager
def ready(directory: Path) -> Iterator[str]:
    """Have gcloud loaded and waiting; yield the folder in which `gcloud` asks it."""
    found = shutil.which("gcloud")
    if found is None:
        lacks("gcloud is not installed: what it would do is not tried")
    root = Path(found).resolve().parent.parent
    bundled = root / "platform" / "bundledpythonunix" / "bin" / "python3"
    python = bundled if bundled.exists() else Path(sys.executable)
    path, client = directory / "socket", directory / "gcloud"
    client.write_text(CLIENT.format(python=python, path=str(path)))
    client.chmod(0o755)
    server = subprocess.Popen(
        (python, "-S", SERVER, root, path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield str(directory)
    finally:
        server.terminate()
        server.wait()
        assert server.stdout is not None
        server.stdout.close()
