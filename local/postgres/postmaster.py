"""What a postmaster leaves to be found by: a file in its cluster, and its process."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Noted:
    pid: int
    port: int
    socket_dir: Path


def noted(data_dir: Path) -> Noted | None:
    with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
        lines = (data_dir / "cluster" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return Noted(int(lines[0]), int(lines[3]), Path(lines[4]))
    return None


def is_postmaster(pid: int, cluster: Path) -> bool:
    """Whether the process is a postmaster of this cluster, and no zombie.

    A number alone proves nothing: after a restart of the machine it may belong to another program.
    The command line may be read by everyone, other facts about a process only with more rights.
    """
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return words[0].endswith(b"/postgres") and os.fsencode(cluster) in words
    return False


def is_alive(pid: int) -> bool:
    """Whether a known postmaster has not ended. Its command line goes before its sockets do."""
    with contextlib.suppress(OSError):
        name, _, state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")
        return name.endswith("(postgres") and state[0] not in "XZ"
    return False
