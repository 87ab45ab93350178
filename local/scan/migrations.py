"""squawk over the SQL of every revision, which runs on a schema in use."""

import json
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
    "prefer-bigint-over-int": "What is counted stays small: attempts, exponents, versions, ids of "
    "GeoNames. Our own keys are uuids and identity bigints.",
}
"""Rules that hold nowhere here, and why."""

_ITSELF = "Its stub runs each statement by itself, and the index is dropped before it is built."

EXCEPTIONS_OF_FILES = {
    ("0001_first.sql", "prefer-identity"): "It has landed, and what has landed is never edited.",
    ("0003_quotas.sql", "constraint-missing-not-valid"): "It has landed, on no database "
    "that serves: there it would read every business under its lock.",
    ("0004_order_of_the_outbox.sql", "ban-concurrent-index-creation-in-transaction"): _ITSELF,
    ("0004_order_of_the_outbox.sql", "prefer-robust-stmts"): _ITSELF,
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
    command = [str(PROGRAMS / "squawk"), "--reporter", "json", "--pg-version", _OLDEST]
    if not file.read_text(encoding="utf-8").startswith(ONE_BY_ONE):
        command.append("--assume-in-transaction")
    done = subprocess.run(
        [*command, str(file)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode not in {0, 1}:
        raise ScanError(f"squawk: {done.stderr}")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
