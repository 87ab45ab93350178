"""Each scan finds what is planted for it, and says nothing of what is explained."""

import json
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from local import ports, scan
from local.scan import advisories, code, migrations, secrets
from local.scan.verdict import ROOT, ScanError, Verdict
from migrations.sql import ONE_BY_ONE
from tests.factories import loopback

CODE = """\
import subprocess

import yaml
from tests.factories import loopback


def run(what, text):
    subprocess.call(what, shell=True)  # nosec
    return yaml.load(text)
"""


def test_code_is_judged_whatever_its_comments_say(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(CODE)
    found = code.judge([tmp_path]).findings
    assert [each.split()[1] for each in found] == ["B602", "B506"]


def test_code_that_cannot_be_read_is_no_clean_code(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text("def (:")
    (finding,) = code.judge([tmp_path]).findings
    assert "not read" in finding


def test_what_bandit_skips_ruff_looks_for() -> None:
    """The import of subprocess apart, which is no fault."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    skipped = set(tools["bandit"]["skips"]) - {"B404"}
    assert tools["ruff"]["lint"]["select"] == ["ALL"]
    assert not {each.replace("B", "S") for each in skipped} & set(tools["ruff"]["lint"]["ignore"])
    assert not [name for name in tools["ruff"]["lint"]["ignore"] if name.startswith("S")]


def _planted(directory: Path) -> str:
    # Put together here, so that this file holds none.
    planted = directory / "planted.py"
    planted.write_text(f'key = "{"AKIA" + "IOSFODNN7EXAMPLE"}"\n')
    return str(planted)


def _baseline(directory: Path, *looks: dict[str, str]) -> Path:
    baseline = directory / "secrets.json"
    baseline.write_text(json.dumps(looks))
    return baseline


def test_a_planted_secret_is_found_until_it_is_explained(tmp_path: Path) -> None:
    file = _planted(tmp_path)
    found = secrets.judge([file], _baseline(tmp_path))
    (finding,) = [each for each in found.findings if "AWS Access Key" in each]
    hashed = json.loads("{" + finding.rpartition("{")[2])["hashed"]
    look = {"file": file, "kind": "AWS Access Key", "hashed": hashed, "reason": "Amazon's own."}

    explained = secrets.judge([file], _baseline(tmp_path, look))
    assert not [each for each in explained.findings if "AWS Access Key" in each]

    unexplained = secrets.judge([file], _baseline(tmp_path, look | {"reason": " "}))
    assert f"secrets.json: no reason is given for {file}" in unexplained.findings


def test_an_explanation_of_what_is_gone_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text("nothing = 1\n")
    look = {"file": "clean.py", "kind": "AWS Access Key", "hashed": "0", "reason": "It was there."}
    found = secrets.judge([str(tmp_path / "clean.py")], _baseline(tmp_path, look))
    assert found.findings == (
        "secrets.json: clean.py no longer holds the AWS Access Key that is explained",
    )


CONCURRENT = """DROP INDEX CONCURRENTLY IF EXISTS listings.x;

CREATE INDEX CONCURRENTLY IF NOT EXISTS x ON listings.listing (title);
"""


@pytest.mark.parametrize(
    ("sql", "rules"),
    [
        ("CREATE INDEX x_idx ON listings.listing (title);", ["require-concurrent-index-creation"]),
        ("ALTER TABLE users.account ADD COLUMN x text NOT NULL;", ["adding-required-field"]),
        ("ALTER TABLE users.account RENAME COLUMN uid TO x;", ["renaming-column"]),
        ("ALTER TABLE users.account ADD COLUMN x text NOT NULL DEFAULT '';", []),
        ("CREATE TABLE a.b (c text); CREATE INDEX d ON a.b (c);", []),
        (CONCURRENT, ["ban-concurrent-index-creation-in-transaction"]),
        (f"{ONE_BY_ONE}.\n{CONCURRENT}", []),
        (f"{ONE_BY_ONE}.\n{CONCURRENT}".replace(";", ""), []),
    ],
)
def test_a_revision_that_would_hold_others_up_is_found(
    tmp_path: Path, sql: str, rules: list[str]
) -> None:
    (tmp_path / "0002_planted.sql").write_text(sql)
    found = migrations.judge([tmp_path / "0002_planted.sql"]).findings
    assert [each.split(": ")[1] for each in found] == rules


def test_a_stub_that_leaves_the_transaction_may_build_an_index_beside_writers(
    tmp_path: Path,
) -> None:
    (tmp_path / "0002_planted.sql").write_text(CONCURRENT)
    (tmp_path / "0002_planted.py").write_text("with op.get_context().autocommit_block(): ...\n")
    assert migrations.judge([tmp_path / "0002_planted.sql"]).findings == ()


def test_an_exception_of_a_file_is_one_that_it_needs() -> None:
    """Otherwise it would wait there for the next fault of that kind."""
    for (name, rule), reason in migrations.EXCEPTIONS_OF_FILES.items():
        (file,) = (ROOT / "migrations" / "versions").glob(name)
        found = migrations.judge([file], {}).findings
        assert reason
        assert rule in {each.split(": ")[1] for each in found}


CANARY = "jinja2"
FAULT = {
    "id": "PYSEC-1",
    "summary": "It opens.",
    "affected": [{"package": {"name": "six", "ecosystem": "PyPI"}, "ranges": []}],
}


@contextmanager
def _service(faults_of: Callable[[str], list[dict[str, Any]]], status: int = 200) -> Iterator[str]:
    """Answer as the advisory service does."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            faults = faults_of(asked["package"]["name"])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps({"vulns": faults} if faults else {}).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with loopback.running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield f"{url}/"


@pytest.fixture
def locks(tmp_path: Path) -> list[Path]:
    """Return a lock file of two releases."""
    lock = tmp_path / "requirements.txt"
    lock.write_text(
        "".join(f"{pin} \\\n    --hash=sha256:{'0' * 64}\n" for pin in ("six==1.16.0", "idna==3.7"))
    )
    return [lock]


def test_advisories_of_all_that_is_locked(locks: list[Path]) -> None:
    with _service(lambda name: [FAULT] if name == CANARY else []) as url:
        assert advisories.judge(locks, url) == Verdict("advisories", "0 findings, audited 2 of 2")


def test_a_known_fault_is_a_finding(locks: list[Path]) -> None:
    with _service(lambda name: [FAULT] if name in {CANARY, "six"} else []) as url:
        found = advisories.judge(locks, url)
    assert found.said == "1 findings, audited 2 of 2"
    assert found.findings == ("six 1.16.0: PYSEC-1",)


def test_a_service_that_is_away_is_no_audit(locks: list[Path]) -> None:
    away = advisories.judge(locks, f"http://127.0.0.1:{ports.free()}/")
    with _service(lambda _: [], status=503) as url:
        failing = advisories.judge(locks, url)
    assert away == failing == Verdict("advisories", "NOT AUDITED: advisories unreachable")


def test_a_service_that_knows_no_fault_of_anything_is_no_audit(locks: list[Path]) -> None:
    """It is what pip-audit passes falsely on."""
    with _service(lambda _: []) as url:
        found = advisories.judge(locks, url)
    assert found == Verdict(
        "advisories", "NOT AUDITED: the service knows no fault of jinja2==2.4.1"
    )


def test_a_release_that_was_left_out_is_no_audit() -> None:
    """As pip-audit answers for a package that the service has never heard of."""
    answers: list[dict[str, Any]] = [
        {"name": "six", "version": "1.16.0", "vulns": []},
        {"name": "ours", "skip_reason": "Dependency not found on PyPI and could not be audited"},
    ]
    found = advisories.verdict(2, answers, trusted=True)
    assert found == Verdict("advisories", "NOT AUDITED: advisories had for 1 of 2 only")


def test_a_lock_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """Neither a finding nor the service's absence."""
    lock = tmp_path / "requirements.txt"
    lock.write_text("six\n")
    with pytest.raises(ScanError, match="pip-audit"):
        advisories.judge([lock])


def test_only_findings_fail(capsys: pytest.CaptureFixture[str]) -> None:
    assert scan.report([Verdict("advisories", "NOT AUDITED: advisories unreachable")]) == 0
    assert scan.report([Verdict("a", "well"), Verdict("b", "1 findings", ("here",))]) == 1
    shown = capsys.readouterr()
    assert shown.out == "advisories: NOT AUDITED: advisories unreachable\na: well\nb: 1 findings\n"
    assert shown.err == "    here\n"
