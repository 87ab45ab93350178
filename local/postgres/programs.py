"""PostgreSQL's own programs against a running server: pg_dump, pg_restore and their kin."""

import subprocess

from local.postgres.account import PostgresError, binary, environment
from local.postgres.server import SUPERUSER, Server


def run(server: Server, program: str, *arguments: str) -> str:
    """Run a program as the superuser; return what it prints. Raises what it says when it fails."""
    done = subprocess.run(
        [str(binary(program)), *arguments],
        env=environment()
        | {
            "PGHOST": server.host,
            "PGPORT": str(server.port),
            "PGUSER": SUPERUSER,
            "PGPASSWORD": server.superuser_password,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PostgresError(f"{program} failed:\n{done.stderr}")
    return done.stdout
