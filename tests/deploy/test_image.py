"""The image: what is in it, and the command that it runs, run here."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from local import ports
from shared.manifest import closure
from shared.manifest.discovery import ROOT
from tests import web
from tests.architecture.samples import ALL

DOCKERFILE = (ROOT / "Dockerfile").read_text()
(COMMAND,) = re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)

PRODUCTION = {
    "K_SERVICE": "healthz",
    "FUNCTION_TARGET": "healthz",
    "FUNCTION_URL": "https://{name}-1.europe-west1.run.app",
    "THREADS": "2",
    **dict.fromkeys(("CURSOR_SECRET_NAME",), "kept"),
}


@contextmanager
def container(log: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run the command of the image as Cloud Run does, with this machine's Python."""
    port = ports.free()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    given = {"PATH": path, "HOME": str(log.parent), "PORT": str(port), **PRODUCTION, **environment}
    with log.open("wb") as output:
        process = subprocess.Popen(
            ("sh", "-c", COMMAND), cwd=ROOT, env=given, stdout=output, stderr=output
        )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


def _first_answer(process: subprocess.Popen[bytes], url: str) -> httpx.Response:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.TransportError):
            return web.get(url, timeout=20)
        time.sleep(0.05)
    pytest.fail("it did not serve")


def test_the_command_serves_a_function_and_ends_when_told(tmp_path: Path) -> None:
    """Under its path, and under the one that Cloud Run leaves to it."""
    with container(tmp_path / "log") as (process, url):
        assert _first_answer(process, f"{url}/healthz").json()["data"] == {"status": "ok"}
        assert web.get(f"{url}/healthz/").status_code == 200
        assert web.get(f"{url}/elsewhere").status_code == 404
        # `exec` has made gunicorn the process that is told: no shell swallows the signal.
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_command_ends_at_once_where_the_function_is_not_configured(tmp_path: Path) -> None:
    """So that a revision which could not serve never gets traffic."""
    with container(tmp_path / "log", FUNCTION_URL="") as (process, _):
        assert process.wait(40) != 0
    assert "FUNCTION_URL must be set" in (tmp_path / "log").read_text()


def test_as_many_requests_are_served_at_once_as_cloud_run_sends() -> None:
    """THREADS is the concurrency of the service; one process holds one pool of connections."""
    assert "--threads $THREADS" in COMMAND
    assert "--workers 1" in COMMAND
    assert "--preload" not in COMMAND, "what is made before the fork is lost after it"


def test_the_image_holds_all_that_functions_are_made_of_and_no_test() -> None:
    """As both lists say that a build is sent by."""
    copied = _names(".dockerignore", "!")
    sent = {each.strip("/") for each in _names(".gcloudignore", "!")}
    assert sent == copied | {"Dockerfile", ".dockerignore"}
    files = set().union(
        *(closure.files(closure.closure(each.function.__module__, *closure.SERVER)) for each in ALL)
    )
    assert {path.relative_to(ROOT).parts[0] for path in files} <= copied
    assert copied <= {"functions", "migrations", "schemas", "shared", "main.py", "requirements.txt"}


def _names(file: str, mark: str) -> set[str]:
    lines = (ROOT / file).read_text().splitlines()
    return {line.removeprefix(mark) for line in lines if line.startswith(mark)}


def test_the_image_is_of_the_python_that_the_lock_is_made_for() -> None:
    """Another version would need other wheels, whose hashes nobody has locked."""
    (locked,) = re.findall(r"--python-version (\S+)", (ROOT / "Makefile").read_text())
    assert f"FROM python:{locked}-slim\n" in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE
    assert re.search(r"^USER \d+:\d+$", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("USER ") < DOCKERFILE.index("CMD ")
