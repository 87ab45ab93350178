"""What a program said of the repository."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / ".venv" / "bin"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`said` is one line for a reader; any finding fails the check."""

    check: str
    said: str
    findings: tuple[str, ...] = ()


class ScanError(Exception):
    """A program could not do its work, which is neither a finding nor the absence of one."""
