"""A port for a program that must be told one."""

import random
import socket

HOST = "127.0.0.1"
FIRST, LAST = 20_000, 32_000
"""Below those that the kernel gives to whoever connects: what was free a moment ago stays so."""

_random = random.SystemRandom()  # processes that were forked must not draw the same


def free() -> int:
    """Return a port that nobody holds now."""
    while True:
        port = _random.randrange(FIRST, LAST)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
