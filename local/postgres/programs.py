"""PostgreSQL's own programs: pg_dump, pg_restore, pg_basebackup and their kin."""

from pathlib import Path

from local.postgres.account import Account, PostgresError, binary
from local.postgres.server import SUPERUSER, Server


def run(server: Server, program: str, *arguments: str) -> str:
    """Run a program against a server as its superuser, and as the account that it runs as.

    Returns what the program prints. Raises what it says when it fails.
    """
    account = Account.for_cluster(server.data_dir).that_reaches(server.data_dir)
    done = account.run(
        [str(binary(program)), *arguments],
        PGHOST=server.host,
        PGPORT=str(server.port),
        PGUSER=SUPERUSER,
        PGPASSWORD=server.superuser_password,
    )
    if done.returncode != 0:
        raise PostgresError(f"{program} failed:\n{done.stderr}")
    return done.stdout


def directory(server: Server, path: Path) -> Path:
    """Make a directory in which the account of a server may write; return it."""
    path.mkdir(mode=0o700, parents=True)
    Account.for_cluster(server.data_dir).give(path)
    return path
