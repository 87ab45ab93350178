"""The migrations as a job on Cloud Run: nobody gives them an address."""

import os
import subprocess
import sys

from local.postgres import Server
from migrations.__main__ import deployed
from shared.manifest.discovery import ROOT


def test_the_job_finds_the_database_at_its_socket(server: Server) -> None:
    """By what it is told; a password may have any character."""
    told = {name: os.environ[name] for name in ("DB_HOST", "DB_NAME", "DB_PASSWORD", "DB_PORT")}
    done = subprocess.run(
        (sys.executable, "-m", "migrations"),
        cwd=ROOT,
        env={**told, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    awkward = deployed({**told, "DB_PASSWORD": "p@ss/w:rd?"})
    assert "p%40ss%2Fw%3Ard%3F@" in awkward
