import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pg8000.exceptions
import pg8000.native
import pytest

from local.postgres import PostgresError, Server, start, superuser_connection

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(name="start_here")
def starting(tmp_path: Path) -> Iterator[Callable[[], Server]]:
    """Starts PostgreSQL in a directory of this test, as often as the test likes."""
    started: list[Server] = []

    def start_here() -> Server:
        started.append(start(tmp_path / "postgres"))
        return started[-1]

    yield start_here
    for server in started:
        server.stop("immediate")


def ask(server: Server, statement: str) -> object:
    connection = superuser_connection(server)
    try:
        rows = connection.run(statement)
        return rows[0][0] if rows else None
    finally:
        connection.close()


def is_gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").split(") ")[1][0] == "Z"
    except OSError:
        return True


def soon(what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not what() and time.monotonic() < deadline:
        time.sleep(0.05)
    return what()


def kill(server: Server) -> None:
    os.kill(server.pid, signal.SIGKILL)
    assert soon(lambda: not server.is_running())


def test_first_start_makes_a_cluster_that_only_this_machine_reaches(
    start_here: Callable[[], Server],
) -> None:
    server = start_here()

    assert server.is_running()
    assert str(ask(server, "SHOW server_version")).startswith("18.")
    assert ask(server, "SHOW listen_addresses") == server.host == "127.0.0.1"
    assert ask(server, "SHOW port") == str(server.port)
    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert ask(server, "SELECT datlocale FROM pg_database WHERE datname = 'template1'") == "C.UTF-8"
    assert ask(server, "SHOW unix_socket_directories") == str(server.socket_dir)
    assert ask(server, "SHOW shared_preload_libraries") == "pg_stat_statements"


def test_the_postmaster_is_not_root(start_here: Callable[[], Server]) -> None:
    server = start_here()

    assert Path(f"/proc/{server.pid}").stat().st_uid != 0


def test_password_is_demanded_by_scram_on_every_way_in(start_here: Callable[[], Server]) -> None:
    server = start_here()

    kept = server.data_dir / "superuser"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_text(encoding="ascii") == server.superuser_password
    assert ask(server, "SELECT rolpassword LIKE 'SCRAM-SHA-256%' FROM pg_authid WHERE rolcanlogin")
    methods = "SELECT string_agg(DISTINCT auth_method, ' ') FROM pg_hba_file_rules"
    assert ask(server, methods) == "scram-sha-256"
    socket = str(server.socket_dir / f".s.PGSQL.{server.port}")
    for way in ({"host": server.host, "port": server.port}, {"unix_sock": socket}):
        for password in ("", "postgres", server.superuser_password + "x"):
            with pytest.raises((pg8000.exceptions.DatabaseError, pg8000.exceptions.InterfaceError)):
                pg8000.native.Connection("postgres", password=password, **way)
        pg8000.native.Connection("postgres", password=server.superuser_password, **way).close()


def test_nothing_that_keeps_a_commit_is_switched_off(start_here: Callable[[], Server]) -> None:
    server = start_here()

    for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert ask(server, f"SHOW {setting}") == "on"


def test_second_start_keeps_data_and_password(start_here: Callable[[], Server]) -> None:
    first = start_here()
    ask(first, "CREATE TABLE kept AS SELECT 7 AS answer")

    before = time.monotonic()
    first.stop()
    assert time.monotonic() - before < 3

    assert not first.is_running()
    second = start_here()
    assert second.superuser_password == first.superuser_password
    assert ask(second, "SELECT answer FROM kept") == 7


def test_fast_stop_does_not_wait_for_clients(start_here: Callable[[], Server]) -> None:
    server = start_here()
    client = superuser_connection(server)
    client.run("BEGIN")

    before = time.monotonic()
    server.stop()

    assert time.monotonic() - before < 3
    with pytest.raises(Exception, match=r".+"):
        client.run("SELECT 1")
    client._usock.close()


def test_what_was_committed_survives_two_kills(start_here: Callable[[], Server]) -> None:
    server = start_here()
    ask(server, "CREATE TABLE kept (at timestamptz DEFAULT now())")
    for round_ in range(2):
        ask(server, "INSERT INTO kept DEFAULT VALUES")
        # A backend in a statement outlives its postmaster for a moment, and must not be in the way.
        busy = superuser_connection(server)
        busy.run("BEGIN")
        kill(server)
        assert (server.data_dir / "cluster" / "postmaster.pid").exists()

        server = start_here()

        assert ask(server, "SELECT count(*) FROM kept") == round_ + 1
        busy._usock.close()


def test_number_of_a_killed_postmaster_may_belong_to_another_program(
    start_here: Callable[[], Server],
) -> None:
    killed = start_here()
    kill(killed)
    note = killed.data_dir / "cluster" / "postmaster.pid"
    other = str(os.getpid())
    note.write_text(note.read_text(encoding="utf-8").replace(str(killed.pid), other, 1), "utf-8")

    server = start_here()

    assert ask(server, "SELECT 1") == 1


def test_half_made_cluster_is_made_again(start_here: Callable[[], Server], tmp_path: Path) -> None:
    half = tmp_path / "postgres" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n", "utf-8")
    if os.geteuid() == 0:
        (tmp_path / "postgres").chmod(0o755)

    assert ask(start_here(), "SELECT 1") == 1


def test_running_postmaster_is_adopted(start_here: Callable[[], Server]) -> None:
    first = start_here()

    second = start_here()

    assert (second.pid, second.port) == (first.pid, first.port)
    assert second.socket_dir == first.socket_dir
    second.stop()
    assert not second.is_running()
    assert not first.is_running()


STARTER = """
import sys, time
from pathlib import Path
from local.postgres import start
server = start(Path(sys.argv[1]))
print(server.pid, flush=True)
time.sleep(60)
"""


def test_postmaster_ends_with_a_killed_starter(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path / "postgres")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    with starter, starter.stdout:
        postmaster = int(starter.stdout.readline())
        starter.kill()

    assert soon(lambda: is_gone(postmaster))


def test_taken_port_is_named(start_here: Callable[[], Server], tmp_path: Path) -> None:
    taken = start_here().port

    with pytest.raises(PostgresError, match=f"port {taken} on 127.0.0.1 is taken"):
        start(tmp_path / "another", port=taken)


def test_long_path_keeps_its_socket_elsewhere(tmp_path: Path) -> None:
    server = start(tmp_path / ("long" * 20) / "postgres")
    try:
        assert not server.socket_dir.is_relative_to(tmp_path)
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
        assert (server.socket_dir / f".s.PGSQL.{server.port}").is_socket()
    finally:
        server.stop()
    assert not server.socket_dir.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can close a door to everybody else")
def test_root_may_keep_the_data_behind_a_closed_door(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for _start in range(2):
        server = start(closed / "postgres")
        try:
            assert ask(server, "SELECT 1") == 1
        finally:
            server.stop()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert closed.stat().st_uid == 0
