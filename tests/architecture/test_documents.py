"""What is printed from the code is printed anew, valid, and true of the shapes."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import validate
from pydantic import TypeAdapter

from functions.__main__ import main
from shared.answers import Page
from shared.entry import Entry, open_to_strangers
from shared.manifest import openapi, scheduler
from shared.manifest.discovery import LONGEST_NAME, ROOT
from shared.manifest.routes import routes
from tests.architecture.samples import ALL, CRONS, HTTP, http, named

PRINTED = (
    "functions/users/_queries/accounts.py",
    "schemas/openapi.yaml",
    "scheduler.yaml",
    "docs/permissions.md",
)


@cache
def _document() -> Any:
    return yaml.safe_load(openapi.render())


def test_nothing_printed_has_drifted(capsys: pytest.CaptureFixture[str]) -> None:
    """`make write` after a change, and the change of the API is seen in review."""
    status = main(["check"])
    assert status == 0, capsys.readouterr().out


def test_an_edited_file_fails_the_check_by_name_and_write_mends_it(tmp_path: Path) -> None:
    """Every kind of printed file is checked."""
    for name in ("functions", "shared", "schemas", "docs", "scheduler.yaml"):
        source = ROOT / name
        ignored = shutil.ignore_patterns("__pycache__")
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(source, tmp_path / name)
    assert _command(tmp_path, "write").returncode == 0  # what lies elsewhere
    for name in PRINTED:
        with (tmp_path / name).open("a") as file:
            file.write("# edited\n")
    checked = _command(tmp_path, "check")
    assert checked.returncode == 1
    for name in PRINTED:
        assert f"{name} is not what the code prints" in checked.stdout
    assert checked.stdout.count("-# edited") >= 1
    written = _command(tmp_path, "write")
    assert written.stdout.split() == list(PRINTED)
    assert _command(tmp_path, "check").returncode == 0


def _command(root: Path, name: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "functions", name]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_the_api_document_is_valid() -> None:
    """As the gateway and every generator read it."""
    validate(_document())


def test_every_operation_is_in_the_document() -> None:
    """By its method, path and name."""
    printed = {
        (method.upper(), path, operation["operationId"])
        for path, operations in _document()["paths"].items()
        for method, operation in operations.items()
    }
    assert printed == {(http(each).method, http(each).path, each.name) for each in HTTP}


@pytest.mark.parametrize(**named(HTTP))
def test_an_operation_says_all_a_caller_needs(entry: Entry) -> None:
    """Summary, parameters, security, the answer and the refusals that its trigger implies."""
    trigger = http(entry)
    operation = _document()["paths"][trigger.path][trigger.method.lower()]
    assert operation["summary"] == entry.summary
    parameters = {(each["in"], each["name"]) for each in operation.get("parameters", [])}
    assert {name for where, name in parameters if where == "path"} == entry.path.keys()
    assert (("header", "If-Match") in parameters) is ("version" in entry.wants)
    assert (("header", "Idempotency-Key") in parameters) is trigger.idempotent
    secured = operation["security"]
    assert (secured == []) is (open_to_strangers(trigger) and not trigger.hides)
    assert ({} in secured) is trigger.hides
    wanted = {"400", "422"}
    wanted |= {"304"} if trigger.method == "GET" else set()
    wanted |= {"401", "403"} if secured else set()
    wanted |= {"404"} if entry.path else set()
    wanted |= {"413", "415"} if entry.body else set()
    wanted |= {"428"} if "version" in entry.wants else set()
    wanted |= {"429"} if trigger.limit else set()
    wanted |= {"503"} if "db" in entry.wants else set()
    assert wanted <= operation["responses"].keys()
    good = [status for status in operation["responses"] if status.startswith("2")]
    assert len(good) == 1


def test_every_example_follows_its_schema() -> None:
    """An example that does not is worse than none."""
    document = _document()
    seen = 0
    for place, schema, value in _examples(document, document, "#"):
        rooted = {"allOf": [schema], "components": document["components"]}
        validator = OAS30Validator(rooted, format_checker=oas30_format_checker)
        errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
        assert not errors, f"{place}: {errors}: give this field an example"
        seen += 1
    assert seen > len(HTTP)


def _examples(document: Any, part: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield every example beside its schema: of bodies, answers, parameters and fields."""
    if isinstance(part, list):
        for index, each in enumerate(part):
            yield from _examples(document, each, f"{place}/{index}")
    if not isinstance(part, dict):
        return
    if "schema" in part:
        if "example" in part:
            yield place, part["schema"], part["example"]
        for name, each in part.get("examples", {}).items():
            found = document["components"]["examples"][name] if "$ref" in each else each
            yield f"{place}/{name}", part["schema"], found["value"]
    elif "example" in part and "type" in part:
        yield place, part, part["example"]
    for name, each in part.items():
        if name not in {"example", "examples"}:
            yield from _examples(document, each, f"{place}/{name}")


@pytest.mark.parametrize(**named([entry for entry in HTTP if entry.body]))
def test_the_example_of_a_body_is_accepted(entry: Entry) -> None:
    """By the very shape that the edge parses it with."""
    assert entry.body is not None
    trigger = http(entry)
    operation = _document()["paths"][trigger.path][trigger.method.lower()]
    example = operation["requestBody"]["content"]["application/json"]["example"]
    entry.body.model_validate_json(json.dumps(example), strict=True)


@pytest.mark.parametrize(**named([entry for entry in HTTP if entry.answer[1] is not type(None)]))
def test_the_example_of_an_answer_is_of_its_shape(entry: Entry) -> None:
    """Rules between fields hold too."""
    kind, shape = entry.answer
    trigger = http(entry)
    operation = _document()["paths"][trigger.path][trigger.method.lower()]
    content = operation["responses"][str(trigger.status)]["content"]["application/json"]
    wanted = list[shape] if kind is Page else shape  # type: ignore[valid-type]  # made here
    data = json.dumps(content["example"]["data"])
    TypeAdapter(wanted).validate_json(data, strict=True)


def test_every_scheduled_function_is_a_job() -> None:
    """In UTC, under its deployed name."""
    jobs = {job["target"]: job for job in scheduler.jobs()}
    assert jobs.keys() == {entry.name for entry in CRONS}
    for name, job in jobs.items():
        assert job["name"] == name.replace("_", "-")
        assert job["time_zone"] == "Etc/UTC"


def test_the_plan_fits_the_platform(capsys: pytest.CaptureFixture[str]) -> None:
    """Every function is deployed once, under a name that Google takes, within the connections."""
    assert main(["plan"]) == 0
    planned = json.loads(capsys.readouterr().out)
    names = [function["name"] for function in planned["functions"]]
    assert len(set(names)) == len(names) == len(ALL)
    assert all(len(name) <= LONGEST_NAME for name in names)
    assert planned["connections"]["used"] <= planned["connections"]["budget"]


@pytest.mark.parametrize("wanted", ["POST /api/v1/users", "create_user", "create-user"])
def test_where_prints_the_file(wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of an operation, a function or its deployed name."""
    assert main(["where", wanted]) == 0
    assert capsys.readouterr().out == "functions/users/create_user.py\n"


def test_where_fails_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the pen is not a search."""
    assert main(["where", "creat_user"]) == 1
    assert "Did you mean create_user" in capsys.readouterr().err


def test_the_suite_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """One line a function, one line an operation."""
    assert main([]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(ALL) + 1
    assert main(["routes"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(routes())
    for command in ("openapi", "scheduler", "permissions", "plan", "gateway"):
        assert main([command]) == 0
        assert capsys.readouterr().out
