"""What may run in GitHub's name: pinned, with the least permissions, and without a key."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.manifest.discovery import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}")
ENVIRONMENTS = {path.stem for path in (ROOT / "deploy").glob("*.env")}
LEAST = {"contents": "read"}


def read(file: Path) -> dict[str, Any]:
    """Read a workflow; YAML takes the word `on` for true."""
    found: dict[Any, Any] = yaml.safe_load(file.read_text())
    return {"on" if key is True else key: value for key, value in found.items()}


WORKFLOWS = {file.stem: read(file) for file in FILES}


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each job under its whole name."""
    for name, workflow in WORKFLOWS.items():
        for job, what in workflow["jobs"].items():
            yield f"{name}/{job}", what


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each step with the name of its job."""
    for name, job in jobs():
        for step in job.get("steps", []):
            yield name, step


def commands() -> list[str]:
    """Return the lines that are run."""
    runs = [step["run"] for _, step in steps() if "run" in step]
    return [line.strip() for run in runs for line in run.splitlines()]


def test_there_is_one_for_each_way_to_production() -> None:
    assert WORKFLOWS.keys() == {"check", "staging", "production"}
    assert WORKFLOWS["check"]["on"].keys() == {"pull_request", "workflow_call"}
    assert WORKFLOWS["staging"]["on"] == {"push": {"branches": ["main"]}}
    assert WORKFLOWS["production"]["on"].keys() == {"workflow_dispatch"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_action_is_pinned_and_says_its_version(file: Path) -> None:
    used = re.findall(r"uses: (\S+)(.*)", file.read_text())
    assert used
    for action, said in used:
        if not action.startswith("./"):
            assert PINNED.fullmatch(action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", said), action
        else:
            assert (ROOT / action).is_file()


def test_the_same_action_is_the_same_everywhere() -> None:
    pins = {step["uses"] for _, step in steps() if "uses" in step}
    assert len({each.partition("@")[0] for each in pins}) == len(pins)


def test_a_token_of_google_is_asked_for_only_where_something_is_deployed() -> None:
    """Everything else may read the code, and nothing more."""
    for name, workflow in WORKFLOWS.items():
        assert workflow["permissions"] == LEAST, name
    allowed = {name: job["permissions"] for name, job in jobs() if "permissions" in job}
    deploys = LEAST | {"id-token": "write"}
    assert allowed == {
        "staging/deploy": deploys,
        "production/deploy": deploys,
        "production/proven": LEAST | {"actions": "read"},
    }


def test_there_is_no_key_and_no_secret() -> None:
    """Google takes GitHub's word by federation; names are variables, not secrets."""
    for file in FILES:
        text = file.read_text()
        assert "secrets." not in text
        assert "credentials_json" not in text
        assert "pull_request_target" not in text
    signed_in = [step["with"] for _, step in steps() if "/auth@" in step.get("uses", "")]
    assert [each.keys() for each in signed_in] == [
        {"workload_identity_provider", "service_account"}
    ] * 2


def test_nothing_from_outside_becomes_part_of_a_command() -> None:
    """An expression is given to a command as a variable, where it stays a value."""
    assert not [line for line in commands() if "${{" in line]
    for _, step in steps():
        if "/checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_two_deployments_to_one_place_wait_for_each_other() -> None:
    groups = {name: workflow["concurrency"] for name, workflow in WORKFLOWS.items()}
    assert groups["staging"] == {"group": "deploy-staging", "cancel-in-progress": False}
    assert groups["production"] == {"group": "deploy-prod", "cancel-in-progress": False}
    for _, job in jobs():
        assert "uses" in job or job["timeout-minutes"] <= 60


def test_production_takes_what_staging_has_proven_and_somebody_approves() -> None:
    staging, production = WORKFLOWS["staging"]["jobs"], WORKFLOWS["production"]["jobs"]
    assert staging["deploy"]["needs"] == "check"
    assert production["deploy"]["needs"] == "proven"
    assert "refs/heads/main" in production["proven"]["if"]
    assert (staging["deploy"]["environment"], production["deploy"]["environment"]) == (
        "staging",
        "prod",
    )


def test_every_command_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    known = {"--plan", "--rollback"}
    ours = [shlex.split(line, comments=True) for line in commands()]
    ours = [words for words in ours if words[0].startswith((".", "make"))]
    assert len(ours) == 7
    for program, *arguments in ours:
        if program == "make":
            assert set(arguments) <= targets
        elif program == "./deploy.sh":
            assert arguments[0] in ENVIRONMENTS
            assert set(arguments[1:]) <= known
        else:
            assert (ROOT / program).is_file()
