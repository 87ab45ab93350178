"""Python runs this inside a function's process before anything else.

`INSIDE_PORT`: after the fork a thread waits there and tells who connects what is loaded.
`INTERNET`: the network as the process sees it, a JSON object of "host:port" → a port of this
machine. Nothing else can be reached, and nobody in the process can tell.
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
    }


def _answer(listener: socket.socket) -> None:
    while True:
        asking, _ = listener.accept()
        with asking:
            asking.sendall(json.dumps(_report()).encode())


def _open() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ["INSIDE_PORT"])))
    threading.Thread(target=_answer, args=(listener,), daemon=True, name="inside").start()


def _lead(addresses: dict[str, int]) -> None:
    """Resolve every name to this machine."""
    resolve = socket.getaddrinfo

    def resolve_here(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host in {None, "127.0.0.1"}:
            return resolve(host, port, *more, **named)
        if f"{host}:{port}" not in addresses:
            raise socket.gaierror(socket.EAI_NONAME, f"{host}:{port} is not on this machine")
        return resolve("127.0.0.1", addresses[f"{host}:{port}"], *more, **named)

    socket.getaddrinfo = resolve_here


if "INSIDE_PORT" in os.environ:
    os.register_at_fork(after_in_child=_open)
if "INTERNET" in os.environ:
    _lead(json.loads(os.environ["INTERNET"]))
