"""squawk over the SQL of every revision, which runs in one transaction on a schema in use."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.scan.verdict import PROGRAMS, ROOT, ScanError, Verdict

_OLDEST = "16"
"""The oldest PostgreSQL on which a migration must run."""

EXCEPTIONS = {
    "require-lock-timeout": "The role that migrates has one: migrations/administrator.sql.",
    "require-statement-timeout": "A backfill or a validation takes as long as it takes; the wait "
    "for a lock is what holds others up.",
    "prefer-bigint-over-int": "What is counted stays small: attempts, exponents, versions, ids of "
    "GeoNames. Our own keys are uuids and identity bigints.",
}
"""Rules that hold nowhere here, and why."""

EXCEPTIONS_OF_FILES = {
    ("0001_first.sql", "prefer-identity"): "It has landed, and what has landed is never edited.",
}
"""Findings that stay, and why. 0001 makes its tables itself, so rules about locks pass it by."""


def judge(
    files: Sequence[Path] | None = None,
    excused: Mapping[tuple[str, str], str] = EXCEPTIONS_OF_FILES,
) -> Verdict:
    """Return what squawk finds in `files` (all revisions) beside the exceptions."""
    files = sorted((ROOT / "migrations" / "versions").glob("*.sql")) if files is None else files
    command = [str(PROGRAMS / "squawk"), "--reporter", "json", "--pg-version", _OLDEST]
    done = subprocess.run(
        [*command, "--assume-in-transaction", *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1}:
        raise ScanError(f"squawk: {done.stderr}")
    findings = [
        f"{each['file']}:{each['line'] + 1}: {each['rule_name']}: {each['message']}"
        for each in json.loads(done.stdout)
        if each["rule_name"] not in EXCEPTIONS
        and (Path(each["file"]).name, each["rule_name"]) not in excused
    ]
    said = f"{len(findings)} findings in {len(files)} revisions"
    return Verdict("migrations", said, tuple(findings))
