"""Real gcloud, loaded once: each command runs in a fork of a process that has imported it already.

Run by the Python that gcloud runs on, with gcloud's root and the path of a socket. A command comes
as JSON with its three open files; its status goes back. Without this, nine tenths of what deploying
costs here would be gcloud reading its own code again.
"""

import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from typing import Any

LONGEST = 1 << 20
MAIN = "googlecloudsdk.gcloud_main"
NOT_AHEAD = ("googlecloudsdk.surface", "__")
"""Commands are loaded by gcloud itself, each when it is asked for."""


def load(root: str) -> None:
    """Import gcloud as its own launcher does."""
    os.environ["CLOUDSDK_ROOT_DIR"] = root
    sys.path[:0] = [f"{root}/lib/third_party", f"{root}/lib"]
    importlib.import_module(MAIN)


def load_ahead(names: list[str]) -> None:
    """Import what a command had to import, for those that come after it."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def serve(path: str) -> None:
    """Run commands until this process is ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    told, tell = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        ready, _, _ = select.select([listener, told], [], [])
        if told in ready:
            load_ahead(json.loads(told.recv(LONGEST)))
            continue
        asking, _ = listener.accept()
        if os.fork():
            asking.close()
            continue
        listener.close()
        told.close()
        answer(asking, tell)


def answer(asking: socket.socket, tell: socket.socket) -> None:
    """Run what is asked for and end this process, which was forked for it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    raw, files, _, _ = socket.recv_fds(asking, LONGEST, 3)
    while not raw.endswith(b"\n"):
        raw += asking.recv(LONGEST)
    known = set(sys.modules)
    status = run(json.loads(raw), list(files))
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            status = status or 1
    asking.sendall(b"%d" % status)
    new = [each for each in sys.modules if each not in known and not each.startswith(NOT_AHEAD)]
    tell.send(json.dumps(new).encode())
    os._exit(status)


def run(asked: dict[str, Any], files: list[int]) -> int:
    """Run a command here as it would run in the process that asked for it; return its status."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    root = os.environ["CLOUDSDK_ROOT_DIR"]
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"], CLOUDSDK_ROOT_DIR=root)
    sys.argv = ["gcloud", *asked["arguments"]]
    try:
        sys.modules[MAIN].main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001  # as Python itself does with what nobody catches
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    load(sys.argv[1])
    serve(sys.argv[2])
