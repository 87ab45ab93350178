"""The suite's database on a PostgreSQL of this machine: roles, passwords, migrations."""

import secrets
from pathlib import Path
from urllib.parse import quote

import pg8000.native
from pg8000.exceptions import DatabaseError

from local.postgres import Server, superuser_connection
from migrations.__main__ import migrate
from shared.tables import SERVICES

NAME = "pushnchat"
_ADMINISTRATOR = Path(__file__).parent.parent / "migrations" / "administrator.sql"


def password(server_dir: Path) -> str:
    """Return the password of the service roles, made once for each data directory."""
    kept = server_dir / "services"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_hex(16))
    return kept.read_text()


def prepare(server: Server, server_dir: Path, name: str = NAME) -> dict[str, str]:
    """Create or migrate the database; return the environment in which functions reach it."""
    migrate(create(server, server_dir, name))
    return {
        "DB_NAME": name,
        "DB_PASSWORD": password(server_dir),
        "DB_HOST": str(server.socket_dir),
        "DB_PORT": str(server.port),
    }


def create(server: Server, server_dir: Path, name: str = NAME) -> str:
    """Create the database and roles where they are not; return the URL that migrates it."""
    with superuser_connection(server, "postgres") as db:
        try:
            db.run(f"CREATE DATABASE {pg8000.native.identifier(name)}")
        except DatabaseError as error:
            if error.args[0].get("C") != "42P04":  # it exists
                raise
    administer(server, name)
    secret = pg8000.native.literal(password(server_dir))
    with superuser_connection(server, name) as db:
        for role in [
            "migrator",
            *(f"{kind}_{service}" for service in SERVICES for kind in ("svc", "job")),
        ]:
            db.run(f"ALTER ROLE {role} PASSWORD {secret}")
    return url(server, server_dir, name)


def administer(server: Server, name: str) -> None:
    """Give the roles what is theirs in a database; the cluster's roles are made where they lack."""
    with superuser_connection(server, name) as db:
        db.run(_ADMINISTRATOR.read_text())


def url(server: Server, server_dir: Path, name: str) -> str:
    """Return the URL at which the migrator finds a database."""
    socket = quote(f"{server.socket_dir}/.s.PGSQL.{server.port}")
    return f"postgresql+pg8000://migrator:{password(server_dir)}@/{name}?unix_sock={socket}"
