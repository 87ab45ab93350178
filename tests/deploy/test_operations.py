"""Every command of docs/operations.md exists, and its SQL does what is said of it."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.ids import new_id
from shared.manifest import costs
from shared.manifest.discovery import ROOT
from tests.factories import bus as bus_of
from tests.factories import messaging
from tests.suite import Suite

PAGE = (ROOT / "docs" / "operations.md").read_text()
NEEDS_GCLOUD = pytest.mark.skipif(shutil.which("gcloud") is None, reason="there is no gcloud")
OPTIONS = {"--plan", "--rollback", "--only"}
OURS = ("./deploy.sh", "make", "python")
KNOWN = {*OURS, "gcloud", "export", "openssl"}


def blocks(language: str) -> list[str]:
    """Return the blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Return each command, those behind a pipe too, with what the shell would put in put in."""
    lines = [line for block in blocks("sh") for line in block.splitlines() if line]
    whole = [re.sub(r'"?\$\([^)]*\)"?', "2026-11-22T10:00:00Z", line) for line in lines]
    return [each.strip() for line in whole for each in line.split(" | ")]


def statements(*words: str) -> list[str]:
    """Return the statements of the block that contains all of `words`, ready for their values."""
    (block,) = (each for each in blocks("sql") if all(word in each for word in words))
    return re.sub(r":'(\w+)'", r":\1", block).strip().rstrip(";").split(";")


def test_every_command_is_one_that_is_known() -> None:
    assert len(commands()) > 30
    assert {shlex.split(each)[0] for each in commands()} == KNOWN


def test_our_own_commands_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    environments = {path.stem for path in (ROOT / "deploy").glob("*.env")}
    for each in commands():
        program, *arguments = shlex.split(each)
        if program == "make":
            assert set(arguments) <= targets
        elif program == "python":
            done = subprocess.run((sys.executable, *arguments), cwd=ROOT, check=False)
            assert done.returncode == 0, each
        elif program == "./deploy.sh":
            assert arguments[0] in environments
            assert set(arguments[1:]) <= OPTIONS


def judged(wanted: list[str], tmp_path: Path) -> list[dict[str, Any]]:
    """Return what real gcloud says of command lines; it ends with 0 whatever it finds."""
    file = tmp_path / "commands.json"
    file.write_text(json.dumps([{"command_string": each} for each in wanted]))
    done = subprocess.run(
        ("gcloud", "meta", "lint-gcloud-commands", f"--commands-file={file}"),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@NEEDS_GCLOUD
def test_real_gcloud_knows_every_one_of_its_commands(tmp_path: Path) -> None:
    wanted = {each for each in commands() if each.startswith("gcloud ")}
    unknown = "gcloud sql instances clone pushnchat copy --no-such=1"
    found = judged([*wanted, unknown], tmp_path)
    assert len(found) == len(wanted) + 1
    assert [each["command_string"] for each in found if not each["success"]] == [unknown]


def as_operator(suite: Suite, script: list[str], **values: object) -> None:
    """Run a block as `migrator` does, with the role that it takes."""
    suite.rows("SET SESSION AUTHORIZATION migrator")
    try:
        for each in script:
            known = {name: value for name, value in values.items() if f":{name}" in each}
            suite.rows(each, **known)
    finally:
        suite.rows("RESET SESSION AUTHORIZATION")


def unsent(suite: Suite) -> list[Any]:
    found = suite.rows("SELECT id FROM platform.outbox WHERE sent_at IS NULL ORDER BY seq")
    return [each for (each,) in found]


def test_an_event_is_sent_again_by_its_id_and_no_other(suite: Suite) -> None:
    first, second = bus_of.unsent(suite, 2)
    suite.rows("UPDATE platform.outbox SET sent_at = clock_timestamp()")
    as_operator(suite, statements("event_id"), event_id=first)
    assert unsent(suite) == [first]
    as_operator(suite, statements("event_id"), event_id=second)
    assert unsent(suite) == [first, second]


def test_all_events_of_a_type_are_sent_again_since_a_moment(suite: Suite) -> None:
    bus_of.unsent(suite, 2, age="2 hours")
    recent = bus_of.unsent(suite, 2, age="1 minute")
    bus_of.unsent(suite, 1, kind="task", age="1 minute")
    suite.rows("UPDATE platform.outbox SET sent_at = clock_timestamp()")
    since = datetime.now(UTC) - timedelta(hours=1)
    as_operator(suite, statements(":'type'"), type="ListingExpired", since=since)
    assert unsent(suite) == recent


def test_what_an_old_key_still_wraps_is_counted(suite: Suite) -> None:
    with messaging.ring("old"):
        messaging.talk(suite)
    role, count = statements("key_id")
    as_operator(suite, [role, count])
    assert suite.rows(count) == [["old", 1]]


def test_a_kept_task_is_enqueued_again_once(suite: Suite) -> None:
    """Under a new name, in its queue, with its body; what another function left is left."""
    for function in ("task_one", "task_other"):
        suite.rows(
            "INSERT INTO platform.failed_task (id, queue, function, body, error, attempts) "
            "VALUES (:id, 'deliveries', :function, '{\"n\": 1}', 'TimeoutError', 10)",
            id=new_id(),
            function=function,
        )
    for _ in range(2):
        as_operator(suite, statements("failed_task"), function="task_one")
    found = suite.rows("SELECT kind, topic, type, body, sent_at FROM platform.outbox")
    assert found == [["task", "deliveries", "task_one", '{"n": 1}', None]]
    assert suite.rows("SELECT function FROM platform.failed_task") == [["task_other"]]


CPU = {"get_listing": 0.4, "list_listings": 0.6, "create_listing": 1.5}


def total(**given: float) -> float:
    return sum(each.dollars for each in costs.bill(CPU, given))


def test_the_bill_is_the_sum_that_its_formulas_say() -> None:
    lines = {each.what: each for each in costs.bill(CPU)}
    people = 1_000_000 * 0.15 * 30.4
    requests = people * 40
    calls = requests * (1 + 0.15 * 3)
    assert lines["API Gateway"].dollars == pytest.approx((requests / 1e6 - 2) * 3)
    assert lines["Cloud Run, requests"].quantity == pytest.approx(calls / 1e6)
    assert lines["Cloud Run, CPU"].dollars == pytest.approx(
        calls * (0.05 / 2 + 0.005 * 1.5) * 0.000024
    )
    assert lines["Firestore, reads"].dollars == pytest.approx(people * 60 / 1e5 * 0.03)
    assert lines["Cloud SQL, CPU"].dollars == pytest.approx(8 * 730 * 2 * 0.0413)


def test_cpu_counts_as_soon_as_it_is_more_than_the_time_that_is_charged_anyway() -> None:
    assert total(slower=6) == total(slower=3)
    assert total(slower=60) > total(slower=3)


def test_the_page_shows_what_was_measured(tmp_path: Path) -> None:
    """A faster function makes it cheaper only where its CPU is what is paid for."""
    found = costs.measured((ROOT / "docs" / "performance.md").read_text())
    assert found.keys() >= CPU.keys()
    assert f"| **{sum(each.dollars for each in costs.bill(found)):,.0f}** |" in PAGE
