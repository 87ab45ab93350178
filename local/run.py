"""`make run`: the whole suite on this machine, until Ctrl-C."""

import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from local import children, database, fill, postgres, store
from local.dispatch import OTHERS
from local.emulators.process import FailedError, MissingError
from local.home import HOST, Home
from local.identity import PROJECT, Signer
from local.postgres import PostgresError, Server
from shared.settings import LOCAL_ONLY, MisconfiguredError, refuse_local_settings

READY_SECONDS = 60
STOP_SECONDS = 1.8
PORT_WAIT_SECONDS = 3
_EMBEDDED = ("PUBSUB_URL", "IDENTITY_URL", "DOCUMENTS_URL")
_LOG_BYTES = 16 * 1024 * 1024


class CannotRunError(Exception):
    """The suite cannot run; the message says why and what to do."""


def main() -> NoReturn:
    """Run the suite until it is told to stop."""
    status = _status()
    sys.stdout.flush()
    # All is stopped and closed; to take the imported libraries apart would cost a second of five.
    os._exit(status)


def _status() -> int:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _stop)
    try:
        # What starts here is local through and through.
        refuse_local_settings({**os.environ, "PUBSUB_URL": "local"})
        with ExitStack() as stack:
            _run(Home.from_environment(), stack)
    except (
        CannotRunError,
        PostgresError,
        MisconfiguredError,
        MissingError,
        FailedError,
    ) as error:
        print(f"run: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    # A second signal must not break off the orderly end that the first one began.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _run(home: Home, stack: ExitStack) -> None:
    home.directory.mkdir(parents=True, exist_ok=True)
    _hold(home, stack)
    front, back = _listener(home.port), _listener(0)
    stack.enter_context(closing(front))
    stack.enter_context(closing(back))
    server = postgres.start(home.postgres, log=print)
    stack.callback(server.stop)
    env = _environment(home, server, back.getsockname()[1], stack)
    fill.when_empty(server, int(os.environ.get("DEMO_LISTINGS", "2000")))
    output = _log(home, stack)
    running = [
        children.spawn("cloud", env, back.fileno(), output),
        children.spawn("serve", env, front.fileno(), output),
    ]
    stack.callback(children.stop, running, STOP_SECONDS)
    front.close()
    back.close()
    _wait_until_it_serves(home, running)
    home.note_running()
    stack.callback(home.forget_running)
    _greet(home)
    while all(child.poll() is None for child in running):
        time.sleep(0.2)
    raise CannotRunError(f"a process of the suite has ended; {home.log} says why")


def _hold(home: Home, stack: ExitStack) -> None:
    """Have one suite a directory: the kernel lets go of the lock when its holder dies."""
    lock = stack.enter_context(home.lock.open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotRunError(
            f"{home.running_url()} serves {home.directory} already; "
            "stop it, or choose another DATA_DIR and PORT"
        ) from error


def _listener(port: int) -> socket.socket:
    """Take a port of this machine; one that a killed suite still holds comes free in a moment."""
    deadline = time.monotonic() + PORT_WAIT_SECONDS
    while True:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(128)
        except OSError as error:
            listener.close()
            if time.monotonic() > deadline:
                message = f"port {port} is taken by another program; try PORT={port + 1} make run"
                raise CannotRunError(message) from error
            time.sleep(0.1)
        else:
            return listener


def _environment(home: Home, server: Server, bus_port: int, stack: ExitStack) -> dict[str, str]:
    """Prepare the database and the signing key; return the environment of the functions."""
    found = database.prepare(server, home.postgres)
    store.prepare(server, found["DB_NAME"], found["DB_PASSWORD"])
    home.certificates.write_text(Signer.in_directory(home.directory).certificates())
    bus = f"http://{HOST}:{bus_port}"
    # Which cloud it is, this command says; not what is left of another in a developer's shell.
    kept = {name: value for name, value in os.environ.items() if name not in LOCAL_ONLY}
    return {
        "CORS_ORIGINS": "http://localhost:3000,http://127.0.0.1:3000",
        **kept,
        **found,
        **_cloud(home, bus, stack),
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "TOKEN_KEYS_URL": home.certificates.as_uri(),
        "INVOKER_KEYS_URL": home.certificates.as_uri(),
        "PUSH_URL": bus,
        "STORAGE_URL": home.url,
        "GATEWAY_URL": home.url,
        "FUNCTION_URL": f"{home.url}{OTHERS}{{name}}",
        "DATA_DIR": str(home.directory),
        "PORT": str(home.port),
        "PYTHONUNBUFFERED": "1",
    }


def _cloud(home: Home, bus: str, stack: ExitStack) -> dict[str, str]:
    """Return where Google's services are: in this suite, or at emulators where there are any."""
    match os.environ.get("CLOUD") or "embedded":
        case "embedded":
            return dict.fromkeys(_EMBEDDED, bus)
        case "emulators":
            from local.emulators import beside  # noqa: PLC0415  # few need it

            print("starting Google's emulators ...", flush=True)
            found = beside.start(home.directory / "emulators", PROJECT, stack)
            host = bus.removeprefix("http://")
            found |= {"CLOUD_TASKS_EMULATOR_HOST": host, "CLOUD_SCHEDULER_EMULATOR_HOST": host}
            identity = f"http://{found['FIREBASE_AUTH_EMULATOR_HOST']}"
            return {**found, "IDENTITY_URL": identity}
        case other:
            raise CannotRunError(f"CLOUD is embedded or emulators, not {other}")


def _log(home: Home, stack: ExitStack) -> IO[bytes] | None:
    """Return where the functions log: a file, or this terminal when VERBOSE is set."""
    if os.environ.get("VERBOSE"):
        return None
    if home.log.exists() and home.log.stat().st_size > _LOG_BYTES:
        home.log.replace(home.log.with_suffix(".log.old"))
    return stack.enter_context(home.log.open("ab"))


def _wait_until_it_serves(home: Home, running: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _healthy(home):
        if any(child.poll() is not None for child in running):
            raise CannotRunError(f"the suite did not start:\n{_tail(home.log)}")
        if time.monotonic() > deadline:
            raise CannotRunError(f"the suite does not answer; see {home.log}")
        time.sleep(0.05)


def _healthy(home: Home) -> bool:
    with closing(http.client.HTTPConnection(HOST, home.port, timeout=5)) as wire:
        try:
            wire.request("GET", "/healthz")
            return wire.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def _tail(path: Path) -> str:
    if not path.exists():
        return "its output is above"
    return "\n".join(path.read_text("utf-8", "replace").splitlines()[-30:])


def _greet(home: Home) -> None:
    url = home.url
    print(f"ready {url}", flush=True)
    print(
        f"""
Logs are in {home.log} (VERBOSE=1 prints them here). What is delivered: {url}/local/

A token:  make token ROLE=consumer|business|admin        The main job, played:  make journey
Try:
  curl -s '{url}/api/v1/listings?country=NG&limit=3'
  curl -s '{url}/api/v1/search?q=rice&limit=3'
  curl -s '{url}/api/v1/listings/nearby?latitude=6.45&longitude=3.39&radius_km=50'
  curl -s -H "Authorization: Bearer $(make -s token ROLE=business)" {url}/api/v1/users/me

Ctrl-C ends it; the data stays in {home.directory}.""",
        flush=True,
    )
