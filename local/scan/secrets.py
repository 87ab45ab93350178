"""detect-secrets over every file that git keeps or would keep.

What looks like a secret and is none stands in `secrets.json` with the reason. A finding that is not
there fails, and so does an explanation whose finding is gone.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

from local.scan.verdict import ROOT, Verdict

_BASELINE = Path(__file__).with_name("secrets.json")


class Look(NamedTuple):
    """Something that looks like a secret; `hashed` is its SHA-1, so that it is not said again."""

    file: str
    kind: str
    hashed: str


def judge(files: Sequence[str] | None = None, baseline: Path = _BASELINE) -> Verdict:
    """Return what looks like a secret in `files` (all of git's) and is not explained."""
    files = _kept() if files is None else files
    explained = _explained(baseline)
    found = _found(files)
    findings = [
        f"{look.file}:{line}: {look.kind}: take it out, or say in {baseline.name} why it opens "
        f'nothing: {{"hashed": "{look.hashed}"}}'
        for look, line in sorted(found.items())
        if look not in explained
    ]
    findings += [
        f"{baseline.name}: {look.file} no longer holds the {look.kind} that is explained"
        for look in sorted(explained.keys() - found.keys())
    ]
    findings += [
        f"{baseline.name}: no reason is given for {look.file}"
        for look, reason in sorted(explained.items())
        if not reason.strip()
    ]
    known = len(explained.keys() & found.keys())
    said = f"{len(findings)} findings in {len(files)} files, {known} explained"
    return Verdict("secrets", said, tuple(findings))


def _kept() -> list[str]:
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    # What is explained here is a hash of what was found, and would be found for it.
    ours = str(_BASELINE.relative_to(ROOT))
    return [name for name in done.stdout.split("\0") if name != ours and (ROOT / name).is_file()]


def _found(files: Sequence[str]) -> dict[Look, int]:
    secrets = SecretsCollection(root=str(ROOT))
    with default_settings():
        secrets.scan_files(*files)
    return {Look(file, each.type, each.secret_hash): each.line_number for file, each in secrets}


def _explained(baseline: Path) -> dict[Look, str]:
    return {
        Look(each["file"], each["kind"], each["hashed"]): each["reason"]
        for each in json.loads(baseline.read_text(encoding="utf-8"))
    }
