"""A way to the database that can be slow, silent, or break off at a word: a TCP proxy."""

import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["before", "after", "stop"]

_CHUNK = 65_536


@dataclass(eq=False)
class Fault:
    """What happens when a client says `said`, the next `times` times.

    `before`: the connection is reset and the server never hears it. `after`: the server hears it
    and answers, and the answer is lost with the connection. `stop`: it waits until `go` is set.
    """

    said: bytes
    kind: Kind
    times: int = 1
    reached: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)


class Way:
    """Passes bytes between clients and one server, and misbehaves as it is told."""

    def __init__(self, host: str, port: int) -> None:
        """Lead to a server; `port` is where clients knock instead."""
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.delay_seconds = 0.0
        self._open = threading.Event()
        self._open.set()
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self) -> None:
        """Let nothing pass any more, and say nothing about it."""
        self._open.clear()

    def release(self) -> None:
        """Let everything pass, what was held too."""
        self._open.set()

    def fail(self, said: bytes, kind: Kind, times: int = 1) -> Fault:
        """Plant a fault."""
        fault = Fault(said, kind, times)
        with self._lock:
            self._faults.append(fault)
        return fault

    def heal(self) -> None:
        """Have no fault."""
        with self._lock:
            for each in self._faults:
                each.go.set()
            self._faults.clear()
        self.delay_seconds = 0.0
        self.release()

    def close(self) -> None:
        """Take no more connections, and let those that are held go."""
        self.heal()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._lead, args=(client,), daemon=True).start()

    def _lead(self, client: socket.socket) -> None:
        self._open.wait()
        try:
            server = socket.create_connection(self._target)
        except OSError:
            _reset(client)
            return
        losing = threading.Event()
        back = threading.Thread(target=self._bring, args=(server, client, losing), daemon=True)
        back.start()
        with suppress(OSError):
            self._carry(client, server, losing)
        _reset(server)
        back.join()
        _reset(client)

    def _carry(self, client: socket.socket, server: socket.socket, losing: threading.Event) -> None:
        while said := client.recv(_CHUNK):
            self._open.wait()
            fault = self._fault(said)
            if fault is not None:
                fault.reached.set()
                if fault.kind == "before":
                    return
                if fault.kind == "stop":
                    fault.go.wait()
                else:
                    losing.set()
            server.sendall(said)

    def _bring(self, server: socket.socket, client: socket.socket, losing: threading.Event) -> None:
        with suppress(OSError):
            while answered := server.recv(_CHUNK):
                self._open.wait()
                if losing.is_set():
                    break
                if self.delay_seconds:
                    time.sleep(self.delay_seconds)
                client.sendall(answered)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RD)  # whoever carries to this server need not go on

    def _fault(self, said: bytes) -> Fault | None:
        with self._lock:
            for each in self._faults:
                if each.times and each.said in said:
                    each.times -= 1
                    return each
        return None


def _reset(end: socket.socket) -> None:
    """Close a connection with RST, as a machine does that has forgotten it."""
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RD)
    end.close()
