"""bandit over the code, with the rules that pyproject.toml leaves it."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local.scan.verdict import ROOT, ScanError, Verdict

_CODE = ("functions", "shared", "schemas", "migrations", "local", "bench", "tests", "main.py")


def judge(paths: Sequence[str | Path] = _CODE) -> Verdict:
    """Return what bandit finds under `paths`, whatever a comment in the code says."""
    command = [sys.executable, "-m", "bandit", "--quiet", "--format", "json", "--ignore-nosec"]
    done = subprocess.run(
        [*command, "--configfile", "pyproject.toml", "--recursive", *map(str, paths)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1}:
        raise ScanError(f"bandit: {done.stderr}")
    said = json.loads(done.stdout)
    findings = [
        f"{each['filename']}:{each['line_number']}: {each['test_id']} {each['issue_text']}"
        for each in said["results"]
    ]
    findings += [f"{each['filename']}: not read: {each['reason']}" for each in said["errors"]]
    lines = said["metrics"]["_totals"]["loc"]
    return Verdict("code", f"{len(findings)} findings in {lines} lines", tuple(findings))
