"""The processes that `make run` starts: they end with it, however it ends."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_PARENT = "LOCAL_PARENT"
_PR_SET_PDEATHSIG = 1


def spawn(
    name: str,
    env: Mapping[str, str],
    listener: int,
    output: IO[bytes] | None,
    package: str = "local",
) -> subprocess.Popen[bytes]:
    """Start `python -m local NAME` with a listening socket, away from the terminal's Ctrl-C."""
    return subprocess.Popen(
        [sys.executable, "-m", package, name, str(listener)],
        env={**env, _PARENT: str(os.getpid())},
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        pass_fds=(listener,),
        start_new_session=True,
    )


def follow(parent: int | None = None, how: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send this process `how` when its parent ends; end now if it has already.

    Call it from the main thread, first thing: a process started with a preexec_fn could not have
    threads beside it.
    """
    expected = int(os.environ[_PARENT]) if parent is None else parent
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(how))
    if os.getppid() != expected:
        sys.exit(1)


def stop(running: Sequence[subprocess.Popen[bytes]], seconds: float) -> None:
    """End processes in order; those that take longer than `seconds` are killed."""
    for each in running:
        if each.poll() is None:
            each.terminate()
    deadline = time.monotonic() + seconds
    for each in running:
        try:
            each.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            _kill(each)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and what it forked: it leads a session of its own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
    process.wait()
