"""A Cloud SQL instance: TLS with certificates that Google has issued, in front of PostgreSQL.

Whoever comes with a certificate that carries an IAM login is signed in by the instance itself,
under the name of his service account and no other; whoever comes without brings his password.
"""

import socket
import ssl
import struct
import threading
from contextlib import suppress
from typing import Any

from scramp import ScramClient

from local import postgres
from tests.conformance.authority import Authority

ADDRESS = "10.20.30.40"
IAM = "iam:"
"""So begins the name in a certificate that carries a login."""

_SSL_REQUEST = struct.pack("!ii", 8, 80_877_103)
_START, _CONTINUE, _FINAL = 10, 11, 12


class Instance:
    """Accepts on `port` what the connector sends to port 3307 of the instance's address."""

    def __init__(self, server: postgres.Server, authority: Authority, password: str) -> None:
        """Stand before `server`, whose login roles all have `password`."""
        self._server, self._password = server, password
        self._context = authority.serving(ADDRESS)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._context.load_verify_locations(authority.file)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._lead, args=(client,), daemon=True).start()

    def _lead(self, raw: socket.socket) -> None:
        with suppress(OSError), raw:
            client = self._context.wrap_socket(raw, server_side=True)
            server = socket.create_connection((self._server.host, self._server.port))
            with client, server:
                if self._open(client, server):
                    back = threading.Thread(target=_carry, args=(server, client), daemon=True)
                    back.start()
                    _carry(client, server)
                    back.join()

    def _open(self, client: ssl.SSLSocket, server: socket.socket) -> bool:
        """Pass the first words on; tell whether the client may go on."""
        first = _read(client, 8)
        if first == _SSL_REQUEST:
            client.sendall(b"N")
            first = _read(client, 8)
        startup = first + _read(client, struct.unpack("!i", first[:4])[0] - 8)
        words = startup[8:].split(b"\0")
        said = dict(zip(words[::2], words[1::2], strict=False))
        user, account = said[b"user"].decode(), _account(client)
        server.sendall(startup)
        if account is None:
            return True
        if user != account:
            client.sendall(_refusal(f"IAM knows {account}, not {user}"))
            client.recv(1)  # He has read it when he goes.
            return False
        self._sign_in(server, user)
        return True

    def _sign_in(self, server: socket.socket, user: str) -> None:
        """Prove the role's password to PostgreSQL, up to its last word."""
        scram = ScramClient(["SCRAM-SHA-256"], user, self._password)
        _authentication(server, _START)
        first = scram.get_client_first().encode()
        _send(server, b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first)
        scram.set_server_first(_authentication(server, _CONTINUE).decode())
        _send(server, scram.get_client_final().encode())
        scram.set_server_final(_authentication(server, _FINAL).decode())


def _account(client: ssl.SSLSocket) -> str | None:
    shown: Any = client.getpeercert()
    name: str = shown["subject"][0][0][1]
    return name.removeprefix(IAM) if name.startswith(IAM) else None


def _authentication(server: socket.socket, wanted: int) -> bytes:
    kind, length, step = struct.unpack("!cii", _read(server, 9))
    assert (kind, step) == (b"R", wanted)
    return _read(server, length - 8)


def _send(server: socket.socket, payload: bytes) -> None:
    server.sendall(b"p" + struct.pack("!i", len(payload) + 4) + payload)


def _refusal(message: str) -> bytes:
    fields = f"SFATAL\0VFATAL\0C28000\0M{message}\0\0".encode()
    return b"E" + struct.pack("!i", len(fields) + 4) + fields


def _read(end: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = end.recv(size - len(parts))
        if not part:
            raise ConnectionResetError
        parts += part
    return parts


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while said := source.recv(65_536):
            target.sendall(said)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
