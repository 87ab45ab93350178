"""squawk over the SQL of every revision, which runs on a schema in use."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.scan.verdict import PROGRAMS, ROOT, ScanError, Verdict
from migrations.sql import ONE_BY_ONE

_OLDEST = "16"
"""The oldest PostgreSQL on which a migration must run."""

EXCEPTIONS = {
    "require-lock-timeout": "migrations/database.py sets it before every revision.",
    "require-statement-timeout": "A backfill or a validation takes as long as it takes; the wait "
    "for a lock is what holds others up.",
    "prefer-robust-stmts": "tests/migrations kill each revision at each statement and run it anew.",
    "prefer-bigint-over-int": "What is counted stays small: attempts, exponents, versions, ids of "
    "GeoNames. Our own keys are uuids and identity bigints.",
}
"""Rules that hold nowhere here, and why."""

EXCEPTIONS_OF_FILES = {
    ("0001_first.sql", "prefer-identity"): "It has landed, and what has landed is never edited.",
    ("0003_quotas.sql", "constraint-missing-not-valid"): "It has landed, on no database "
    "that serves: there it would read every business under its lock.",
    ("0029_teams.sql", "ban-drop-constraint"): "The new ones, in the same transaction, allow one "
    "kind more and refuse all that the old ones refused of the others.",
}
"""Findings that stay, and why. 0001 makes its tables itself, so rules about locks pass it by."""


def judge(
    files: Sequence[Path] | None = None,
    excused: Mapping[tuple[str, str], str] = EXCEPTIONS_OF_FILES,
) -> Verdict:
    """Return what squawk finds in `files` (all revisions) beside the exceptions."""
    files = sorted((ROOT / "migrations" / "versions").glob("*.sql")) if files is None else files
    findings = [
        f"{each['file']}:{each['line'] + 1}: {each['rule_name']}: {each['message']}"
        for file in files
        for each in _read(file)
        if each["rule_name"] not in EXCEPTIONS and (file.name, each["rule_name"]) not in excused
    ]
    said = f"{len(findings)} findings in {len(files)} revisions"
    return Verdict("migrations", said, tuple(findings))


def _read(file: Path) -> list[dict[str, Any]]:
    text = file.read_text(encoding="utf-8")
    command = [str(PROGRAMS / "squawk"), "--reporter", "json", "--pg-version", _OLDEST]
    if text.startswith(ONE_BY_ONE):
        # An empty line is enough between two of them, but squawk wants to see their end.
        text = re.sub(r"(?<=[^;\s])\s*(\n\n|\Z)", r";\1", text)
    elif not _is_by_itself(file):
        command.append("--assume-in-transaction")
    done = subprocess.run(
        [*command, "--stdin-filepath", str(file)],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1}:
        raise ScanError(f"squawk: {done.stderr}")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _is_by_itself(file: Path) -> bool:
    """Tell whether the stub of a revision leaves the transaction for its SQL."""
    stub = file.with_suffix(".py")
    return stub.is_file() and "autocommit_block" in stub.read_text(encoding="utf-8")
