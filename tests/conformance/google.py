"""Google as an instance of Cloud Run sees it: metadata, Cloud SQL's API, secrets, certificates.

Real clients reach it under Google's own names, over TLS; see `inside/sitecustomize.py`.
"""

import base64
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from local import database, postgres
from local.identity import PROJECT, Signer
from tests.conformance.authority import Authority
from tests.conformance.instance import ADDRESS, IAM, Instance
from tests.faults import Way

HOSTS = ("sqladmin.googleapis.com", "secretmanager.googleapis.com", "www.googleapis.com")
METADATA = ("metadata.google.internal", "169.254.169.254")
REGION = "europe-west1"
INSTANCE = f"{PROJECT}:{REGION}:main"
URL = "https://{name}-123456.europe-west1.run.app"
CURSORS = "cursors"
_TOKEN = "ya29."  # so Google's access tokens begin

Answer = tuple[int, dict[str, Any]]


@dataclass(eq=False)
class Google:
    """What it knows, who runs here, and what it was asked."""

    signer: Signer
    authority: Authority
    account: str = f"fn-users@{PROJECT}.iam"
    secrets: dict[str, list[bytes | None]] = field(default_factory=dict)
    """Name → its versions, the first one first; None for one that is destroyed."""
    status: dict[str, int] = field(default_factory=dict)
    """Host → what it answers instead."""
    asked: Counter[str] = field(default_factory=Counter)
    slowness_seconds: float = 0.0
    environment: dict[str, str] = field(default_factory=dict)
    """That of a function which is deployed here."""

    def answer(self, host: str, path: str, token: str, body: dict[str, Any]) -> Answer:
        """Answer one call."""
        route = path.partition("?")[0].strip("/")
        self.asked[f"{host}/{route}"] += 1
        time.sleep(self.slowness_seconds)
        if host in self.status:
            return self.status[host], {"error": {"message": "the test says so"}}
        if host in METADATA:
            return self._metadata(route)
        if host == "www.googleapis.com":
            return 200, json.loads(self.signer.certificates())
        if not token.startswith(f"Bearer {_TOKEN}"):
            return 401, {"error": {"message": "no access token"}}
        if host == "sqladmin.googleapis.com":
            return self._cloud_sql(route, body)
        return self._secret(route)

    def _metadata(self, route: str) -> Answer:
        if route.endswith("/token"):
            found = {"access_token": f"{_TOKEN}{self.account}", "expires_in": 3_599}
            return 200, {**found, "token_type": "Bearer"}
        email = f"{self.account}.gserviceaccount.com"
        if "/service-accounts/" in route:
            return 200, {"aliases": ["default"], "email": email, "scopes": ["cloud-platform"]}
        return (200, {}) if not route else (404, {})

    def _cloud_sql(self, route: str, body: dict[str, Any]) -> Answer:
        instance = f"sql/v1beta4/projects/{PROJECT}/instances/main"
        if route == f"{instance}/connectSettings":
            return 200, {
                "backendType": "SECOND_GEN",
                "databaseVersion": "POSTGRES_17",
                "region": REGION,
                "ipAddresses": [{"type": "PRIVATE", "ipAddress": ADDRESS}],
                "serverCaCert": {"cert": self.authority.certificate},
            }
        if route == f"{instance}:generateEphemeralCert":
            key = load_pem_public_key(body["public_key"].encode())
            assert isinstance(key, rsa.RSAPublicKey)
            login = body.get("access_token", "").removeprefix(_TOKEN)
            name = f"{IAM}{login}" if login else "password"
            return 200, {"ephemeralCert": {"cert": self.authority.issue(key, name)}}
        return 404, {"error": {"message": f"there is no {route}"}}

    def _secret(self, route: str) -> Answer:
        _, _, _, _, name, _, wanted = route.removesuffix(":access").split("/")
        kept = self.secrets.get(name, [])
        alive = [number for number, each in enumerate(kept, 1) if each is not None]
        number = max(alive, default=0) if wanted == "latest" else int(wanted)
        if not 0 < number <= len(kept):
            return 404, {"error": {"status": "NOT_FOUND"}}
        value = kept[number - 1]
        if value is None:
            return 400, {"error": {"status": "FAILED_PRECONDITION"}}
        data = base64.b64encode(value).decode()
        path = f"projects/123456/secrets/{name}/versions/{number}"
        return 200, {"name": path, "payload": {"data": data}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    google: Google

    def handle_error(self, *_: object) -> None:
        """Say nothing: callers are stopped while they talk."""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        host = self.headers["host"].partition(":")[0]
        token = self.headers.get("authorization", "")
        google = self.server.google
        status, said = google.answer(host, self.path, token, json.loads(body or b"{}"))
        raw = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Metadata-Flavor", "Google")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_POST = do_GET  # noqa: N815  # the server's own name for it

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def password_of(role: str) -> dict[str, str]:
    """Return the setting that signs a function in as `role`, by its password."""
    return {"DB_PASSWORD_SECRET": role.replace("_", "-")}


@contextmanager
def serving(
    directory: Path, server: postgres.Server, signer: Signer, password: str
) -> Iterator[tuple[Google, Way]]:
    """Run Google; yields it and the way to the instance."""
    google = Google(signer, Authority.made_in(directory / "authority"))
    instance = Instance(server, google.authority, password)
    way = Way("127.0.0.1", instance.port)
    plain, secure = (_Server(("127.0.0.1", 0), _Answer) for _ in range(2))
    secure.socket = google.authority.serving(*HOSTS).wrap_socket(secure.socket, server_side=True)
    for each in (plain, secure):
        each.google = google
        threading.Thread(target=each.serve_forever, args=(0.05,), daemon=True).start()
    internet = {
        **{f"{host}:443": secure.server_address[1] for host in HOSTS},
        **{f"{host}:80": plain.server_address[1] for host in METADATA},
        f"{ADDRESS}:3307": way.port,
    }
    google.secrets[CURSORS] = [b"the first secret of cursors"]
    google.environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(directory),
        "K_SERVICE": "function",
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "REGION": REGION,
        "FUNCTION_URL": URL,
        "CURSOR_SECRET_NAME": CURSORS,
        "DB_INSTANCE": INSTANCE,
        "DB_NAME": database.NAME,
        "INTERNET": json.dumps(internet),
        # Where each of the clients looks for the authorities that it trusts.
        "SSL_CERT_FILE": str(google.authority.file),
        "REQUESTS_CA_BUNDLE": str(google.authority.file),
    }
    try:
        yield google, way
    finally:
        for each in (plain, secure):
            each.shutdown()
            each.server_close()
        way.close()
        instance.close()
