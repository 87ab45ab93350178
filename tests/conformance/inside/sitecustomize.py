"""Python runs this inside a function's process before anything else: it says what is loaded there.

After the fork a thread waits on `INSIDE_PORT` and answers each connection with one JSON document.
"""

import json
import os
import socket
import sys
import threading
from typing import Any


def _report() -> dict[str, Any]:
    registry = sys.modules.get("functions_framework._function_registry")
    return {
        "pid": os.getpid(),
        "modules": sorted(sys.modules),
        "registered": dict(registry.REGISTRY_MAP) if registry else {},
        "threads": sorted(each.name for each in threading.enumerate()),
    }


def _answer(listener: socket.socket) -> None:
    while True:
        asking, _ = listener.accept()
        with asking:
            asking.sendall(json.dumps(_report()).encode())


def _open() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ["INSIDE_PORT"])))
    threading.Thread(target=_answer, args=(listener,), daemon=True, name="inside").start()


if "INSIDE_PORT" in os.environ:
    os.register_at_fork(after_in_child=_open)
