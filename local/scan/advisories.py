"""pip-audit over the locked requirements, told apart from not having asked.

pip-audit passes when the advisories of a package cannot be had, and a service that answers
everything with "nothing known" passes everything. So the releases that were judged are counted
against those that are locked, and a release with known faults must be found at fault.
"""

import json
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.scan.verdict import PROGRAMS, ROOT, ScanError, Verdict

_LOCKS = (ROOT / "requirements.txt", ROOT / "requirements-dev.txt")
_SERVICE = "https://api.osv.dev/v1/query"
_CANARY = "jinja2==2.4.1"
"""A release whose faults everybody knows: a service that names none of them knows nothing."""

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_UNREACHABLE = re.compile(
    r"requests\.exceptions\.|ServiceError|Could not connect|urllib3\.exceptions\."
)


def judge(locks: Sequence[Path] = _LOCKS, service: str = _SERVICE) -> Verdict:
    """Return the known faults of what is locked; say so aloud when nobody could be asked.

    That nobody could be asked is no finding: it is not the code's fault.
    """
    locked = {pin for lock in locks for pin in _PIN.findall(lock.read_text(encoding="utf-8"))}
    hashed = [word for lock in locks for word in ("--requirement", str(lock))]
    answers = _ask(["--require-hashes", *hashed], service)
    if answers is None:
        return Verdict("advisories", "NOT AUDITED: advisories unreachable")
    return verdict(len(locked), answers, trusted=_knows_its_faults(service))


def verdict(locked: int, answers: list[dict[str, Any]], *, trusted: bool) -> Verdict:
    """Judge what pip-audit answered for `locked` releases."""
    findings = tuple(
        f"{each['name']} {each['version']}: {fault['id']}"
        + (f", mended in {' or '.join(fault['fix_versions'])}" if fault["fix_versions"] else "")
        for each in answers
        for fault in each.get("vulns", ())
    )
    audited = sum("vulns" in each for each in answers)
    if findings:
        said = f"{len(findings)} findings, audited {audited} of {locked}"
    elif not trusted:
        said = f"NOT AUDITED: the service knows no fault of {_CANARY}"
    elif audited < locked:
        said = f"NOT AUDITED: advisories had for {audited} of {locked} only"
    else:
        said = f"0 findings, audited {audited} of {locked}"
    return Verdict("advisories", said, findings)


def _knows_its_faults(service: str) -> bool:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as canary:
        canary.write(_CANARY)
        canary.flush()
        answers = _ask(["--no-deps", "--requirement", canary.name], service)
    return any(each.get("vulns") for each in answers or ())


def _ask(requirements: Sequence[str], service: str) -> list[dict[str, Any]] | None:
    """Return what is said of each release, or None when the service does not answer."""
    command = [str(PROGRAMS / "pip-audit"), "--vulnerability-service", "osv", "--osv-url", service]
    options = ("--disable-pip", "--format", "json", "--progress-spinner", "off")
    done = subprocess.run(
        [*command, *options, *requirements],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.stdout.strip():
        answers: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
        return answers
    if _UNREACHABLE.search(done.stderr):
        return None
    raise ScanError(f"pip-audit: {done.stderr}")
