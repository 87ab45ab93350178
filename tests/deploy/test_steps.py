"""What deploy.sh is told to do, and that gcloud knows every word of it."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.manifest import monitoring, plan, resources, rollout, steps, wiring
from shared.manifest.deployment import Deployment, Found
from shared.manifest.discovery import ROOT
from shared.manifest.environment import load
from shared.manifest.plan import BadPlanError
from shared.manifest.resources import Resource
from tests.architecture.samples import ALL
from tests.lacking import lacks

WHERE = load("prod")
PLANNED = plan.plan(ALL, WHERE)
AROUND = resources.resources(PLANNED, WHERE)
LONGEST_SCRIPT = 120

KINDS = (
    *("accounts", "alerts", "apis", "buckets", "configs", "dashboards", "functions", "gateways"),
    *("jobs", "metrics", "queues", "repositories", "runjobs", "secrets", "services"),
    *("subscriptions", "topics"),
)
Lists = dict[str, Any]


@pytest.fixture
def todo(tmp_path: Path) -> Callable[..., list[tuple[str, str, str]]]:
    """Return what is to be done where nothing exists but what is given."""

    def found(mode: str = "run", **lists: Lists | list[Lists]) -> list[tuple[str, str, str]]:
        run = Deployment(WHERE, tmp_path, "r20260101-000000", mode)
        return steps.steps(PLANNED, PLANNED, AROUND, listed(tmp_path, **lists), run)

    return found


def listed(directory: Path, **lists: Lists | list[Lists]) -> Found:
    """Write the lists of deploy.sh."""
    have = directory / "have"
    have.mkdir(exist_ok=True)
    given: dict[str, object] = {**{kind: [] for kind in KINDS}, "policy": {"etag": "x"}, **lists}
    for kind, each in given.items():
        (have / f"{kind}.json").write_text(json.dumps(each))
    return Found(have)


def service(name: str, spec: str, *traffic: Lists, release: str = "r1") -> Lists:
    """Return a Cloud Run service as it is listed; its revisions are `<name>-1` and `<name>-2`."""
    labels = {"app": "pushnchat", "spec": spec, "release": release}
    resolved = [{"revisionName": f"{name}-2", **each} for each in traffic]
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"traffic": list(traffic)},
        "status": {"traffic": resolved},
    }


OURS = {"app": "pushnchat", "spec": "of-other-code"}
LATEST = {"latestRevision": True, "percent": 100}
READ = next(each for each in PLANNED if each.target == "get_listing")


def functions_of(found: list[tuple[str, str, str]]) -> dict[str, str]:
    """Return the lines of functions by their names."""
    return {name: line for phase, name, line in found if phase == "functions"}


Todo = Callable[..., list[tuple[str, str, str]]]


def test_what_is_deployed_and_serves_is_left_alone(todo: Todo) -> None:
    """By its version; whatever is not finished is done again."""
    good = service(READ.name, READ.version, LATEST)
    assert READ.name not in functions_of(todo(services=[good]))
    for unfinished in (
        service(READ.name, "of-other-code", LATEST),
        service(READ.name, READ.version, LATEST, {"latestRevision": True, "tag": "new"}),
        service(READ.name, READ.version, {"revisionName": f"{READ.name}-1", "percent": 100}),
    ):
        line = functions_of(todo(services=[unfinished]))[READ.name]
        assert line.startswith(f"gcloud run deploy {READ.name} --no-traffic ")


def test_a_function_whose_first_deployment_broke_off_is_opened_to_its_caller(todo: Todo) -> None:
    """One that serves has its policy already: nobody should pay for setting it again."""
    broken_off = service(READ.name, READ.version, {**LATEST, "tag": "new"})
    assert "set-iam-policy" in functions_of(todo(services=[broken_off]))[READ.name]
    changed = service(READ.name, "of-other-code", LATEST)
    assert "set-iam-policy" not in functions_of(todo(services=[changed]))[READ.name]
    assert "set-iam-policy" in functions_of(todo())[READ.name]


def test_a_new_revision_is_tried_before_it_is_sent_anybody(todo: Todo) -> None:
    """And the one before it keeps a tag, by which it is found again."""
    line = functions_of(todo(services=[service(READ.name, "of-other-code", LATEST)]))[READ.name]
    deploy, smoke, promote = line.split(" && ")
    assert "--no-traffic" in deploy
    assert f"new---{READ.name}-" in smoke
    assert promote.endswith(f"--to-latest --set-tags=old={READ.name}-2 --region=europe-west1")


def test_where_traffic_moves_at_once_a_bad_revision_is_taken_back(todo: Todo) -> None:
    """The functions API knows no revision without traffic."""
    serving = service(READ.name, "of-other-code", LATEST)
    line = functions_of(todo("functions", services=[serving]))[READ.name]
    taken_back = f"update-traffic {READ.name} --to-revisions={READ.name}-2=100"
    assert re.search(
        rf"\{{ smoke .* \|\| \{{ gcloud run services {taken_back}.*; false; \}}; \}}", line
    )


def test_what_a_function_serves_is_told_by_its_own_labels(todo: Todo) -> None:
    """Its service has none of them; after a deployment that failed they speak of what is not."""
    unmarked = service(READ.name, READ.version, LATEST)
    labels = unmarked["metadata"].pop("labels")
    function = {"name": f"projects/p/locations/l/functions/{READ.name}", "labels": labels}
    for state, left_alone in (("ACTIVE", True), ("FAILED", False)):
        found = todo("functions", services=[unmarked], functions=[{**function, "state": state}])
        assert (READ.name not in functions_of(found)) == left_alone


def test_all_that_the_last_release_changed_goes_back_and_nothing_else(tmp_path: Path) -> None:
    """Not what an earlier one changed, what is back already, or what was never sent anybody."""
    old = {"tag": "old", "revisionName": "x-1"}
    found = listed(
        tmp_path,
        services=[
            service("changed", "a", LATEST, old, release="r2"),
            service("before", "a", LATEST, old, release="r1"),
            service("back", "a", {"revisionName": "x-1", "percent": 100}, old, release="r2"),
            service("tried", "a", LATEST, old, {"tag": "new"}, release="r2"),
            service("first", "a", LATEST, release="r2"),
        ],
    )
    run = Deployment(WHERE, tmp_path, "r3")
    (step,) = rollout.back(found, run)
    assert step[:2] == ("functions", "changed")
    assert "--to-revisions=x-1=100" in step[2]


def test_migrations_run_again_when_they_failed(todo: Todo) -> None:
    """That they were deployed says nothing of whether they ran."""

    def migrates(**job: Lists) -> bool:
        return any(phase == "migrations" for phase, _, _ in todo(runjobs=[job] if job else []))

    flags = next(line for phase, _, line in todo() if phase == "migrations")
    path = re.findall(r"--flags-file=(\S+)", flags)[0]
    labels = json.loads(Path(path).read_text())["--labels"]
    job = {"metadata": {"name": "migrate", "labels": labels}}
    good = {"latestCreatedExecution": {"completionStatus": "EXECUTION_SUCCEEDED"}}
    bad = {"latestCreatedExecution": {"completionStatus": "EXECUTION_FAILED"}}
    assert migrates()
    assert migrates(**job, status=bad)
    assert migrates(**job, status={})
    assert not migrates(**job, status=good)


def test_the_policy_of_the_project_keeps_what_others_put_there(todo: Todo, tmp_path: Path) -> None:
    """And its etag, by which Google refuses to undo what somebody changed meanwhile."""
    theirs = {"role": "roles/owner", "members": ["user:ada@example.com"]}
    policy = {"bindings": [theirs], "etag": "abc", "version": 1}
    assert any(name == "policy of the project" for _, name, _ in todo(policy=policy))
    written = json.loads((tmp_path / "policies" / "project.json").read_text())
    assert theirs in written["bindings"]
    assert written["etag"] == "abc"
    assert not any(name == "policy of the project" for _, name, _ in todo(policy=written))


def test_a_subscription_is_not_silently_left_with_another_filter(todo: Todo) -> None:
    """Google cannot change it; events would go past the handler."""
    push = next(each for each in AROUND.subscriptions if each.name.startswith("on-"))
    existing = {
        "name": f"projects/p/subscriptions/{push.name}",
        "topic": f"projects/p/topics/{push.fixed['topic']}",
        "filter": 'attributes.type = "SomethingElse"',
        "enableMessageOrdering": "enable-message-ordering" in push.fixed,
    }
    with pytest.raises(BadPlanError, match="give the handler another name"):
        todo(subscriptions=[existing])
    existing["filter"] = push.fixed["message-filter"]
    wanted = f"subscription {push.name}"
    (line,) = [line for _, name, line in todo(subscriptions=[existing]) if name == wanted]
    opened, changed = line.split(" && ")
    assert opened.startswith(f"gcloud pubsub subscriptions set-iam-policy {push.name} ")
    assert changed.startswith(f"gcloud pubsub subscriptions update {push.name} ")
    assert "filter" not in changed


def test_what_is_left_to_people_is_said(todo: Todo, tmp_path: Path) -> None:
    """A function that is planned no more answers still; a secret that is new holds nothing."""
    services = [service("get-listing", "a", LATEST), service("get-nothing", "a", LATEST)]
    others = [
        {"name": f"projects/1/secrets/{each.name}", "labels": {"spec": each.version}}
        for each in AROUND.secrets[1:]
    ]
    found = todo(services=services, secrets=others)
    said = [*steps.remarks(PLANNED, found, Found(tmp_path / "have"))]
    empty = AROUND.secrets[0].name
    assert said == [
        "get-nothing is deployed and no function of the suite any more: delete it when it is idle",
        f"secret {empty} will be empty: gcloud secrets versions add {empty} --data-file=-",
    ]


def test_who_may_fill_a_queue_is_said_of_the_queue(tmp_path: Path) -> None:
    """When it is made, and when the account of tasks does not note that all of it was said."""
    rates = {**wiring._RATES, **wiring._RETRIES}
    queue = Resource("mail", dict.fromkeys(rates, "5"), policy={"roles/x": {"fn-users"}})
    tasks = Resource("tasks", {}, {"mail": queue.version}, {"roles/y": {"fn-users"}})
    around = replace(AROUND, queues=[queue], accounts=[tasks])
    limits = dict.fromkeys(rates.values(), "5")
    there = {"name": "projects/p/queues/mail", "retryConfig": limits, "rateLimits": limits}
    marked = {"email": WHERE.email("tasks"), "description": tasks.version}

    def said(**lists: list[Lists]) -> list[tuple[str, list[str]]]:
        found = steps.steps(
            PLANNED, PLANNED, around, listed(tmp_path, **lists), Deployment(WHERE, tmp_path, "r1")
        )
        verbs = ("queues create", "queues set-iam-policy", "accounts set-iam-policy", "--desc")
        return [
            (phase, [each for line in lines.split(" && ") for each in verbs if each in line])
            for phase, name, lines in found
            if name in {"queue mail", "policy of account tasks"}
        ]

    made = ("resources", ["queues create", "queues set-iam-policy"])
    opened = ("wiring", ["queues set-iam-policy", "accounts set-iam-policy", "--desc"])
    assert said() == [made, opened]
    assert said(accounts=[marked]) == [made]
    assert said(queues=[there]) == [opened]
    assert said(queues=[there], accounts=[marked]) == []


def test_what_is_watched_is_brought_up_to_date_and_what_others_watch_is_left(
    todo: Todo, tmp_path: Path
) -> None:
    """By the mark of its own text; a policy is found by its name, for two have the same title."""
    made = {name: line for _, name, line in todo() if name.startswith(("alert ", "dashboard"))}
    assert len(made) == len(monitoring.policies()) + 1
    written = {
        name: json.loads((tmp_path / "monitoring" / f"{name}.json").read_text())
        for name in monitoring.policies()
    }
    alerts = [{**each, "name": f"alertPolicies/{name}"} for name, each in written.items()]
    theirs = {**alerts[0], "name": "alertPolicies/theirs", "userLabels": {"policy": "audit"}}
    assert not [name for _, name, _ in todo(alerts=[*alerts, theirs]) if name.startswith("alert ")]
    alerts[0]["userLabels"] = {**alerts[0]["userLabels"], "spec": "of-other-code"}
    changed = [line for _, name, line in todo(alerts=[*alerts, theirs]) if name.startswith("alert")]
    (line,) = changed
    assert line.startswith(f"gcloud alpha monitoring policies update {alerts[0]['name']} ")


def test_old_configurations_of_the_gateway_are_deleted_but_for_the_last(todo: Todo) -> None:
    """An API may have a hundred."""
    configs = [
        {"name": f"projects/p/locations/global/apis/pushnchat/configs/{each}"} for each in "abc"
    ]
    gateway = {"name": "projects/p/locations/r/gateways/pushnchat", "apiConfig": configs[1]["name"]}
    found = todo(apis=[{"name": "pushnchat"}], configs=configs, gateways=[gateway])
    (line,) = [line for _, name, line in found if name == "gateway"]
    assert re.findall(r"api-configs delete (\S+)", line) == ["a", "c"]
    assert line.index("gateways update") < line.index("delete")


def test_gcloud_knows_every_command_of_the_whole_plan(todo: Todo, tmp_path: Path) -> None:
    """Each kind of command once, with its flags: where nothing exists, where all changed."""
    if shutil.which("gcloud") is None:
        lacks("gcloud is not installed: its commands are not parsed")
    changed = {
        "services": [service(each.name, "of-other-code", LATEST) for each in PLANNED],
        "jobs": [{"name": each.name} for each in AROUND.jobs],
        "topics": [{"name": each.name} for each in AROUND.topics],
        "gateways": [{"name": "pushnchat", "apiConfig": "a"}],
        "metrics": [{"name": "answer_seconds", "description": "of other code"}],
        "alerts": [
            {"name": f"projects/p/alertPolicies/{name}", "userLabels": {**OURS, "policy": name}}
            for name in monitoring.policies()
        ],
        "dashboards": [{"name": "projects/1/dashboards/1", "labels": OURS, "etag": "x"}],
        "configs": [{"name": "a"}, {"name": "b"}],
    }
    kinds: dict[tuple[str, ...], str] = {}
    for mode, lists in (("run", {}), ("functions", {}), ("run", changed), ("functions", changed)):
        for _, _, line in todo(mode, **lists):
            for command in map(flattened, gcloud_commands(line)):
                kinds.setdefault(kind_of(command), shlex.join(command))
    assert len(kinds) > 15
    asked = tmp_path / "commands.json"
    asked.write_text(json.dumps([{"command_string": each} for each in kinds.values()]))
    environment = {**os.environ, "CLOUDSDK_CONFIG": str(tmp_path), "CLOUDSDK_CORE_PROJECT": "p"}
    done = subprocess.run(
        ("gcloud", "meta", "lint-gcloud-commands", f"--commands-file={asked}"),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    judged = json.loads(done.stdout)
    assert len(judged) == len(kinds)
    assert not [each["error_message"] for each in judged if not each["success"]]


def gcloud_commands(line: str) -> list[list[str]]:
    """Return the commands of a line that are gcloud's."""
    parts = re.split(r" && | \|\| \{ |; ", line)
    return [
        shlex.split(part.replace("$IMAGE", "r-docker.pkg.dev/p/pushnchat/suite@sha256:abc"))
        for part in parts
        if part.startswith("gcloud ")
    ]


VERBS = {"create", "delete", "deploy", "http", "set-iam-policy", "update", "update-traffic"}


def kind_of(command: list[str]) -> tuple[str, ...]:
    """Return a command without what it is about: its words up to the verb, and its flags."""
    verb = max(index for index, word in enumerate(command) if word in VERBS)
    flags = {word.partition("=")[0] for word in command if word.startswith("-")}
    return (*command[: verb + 1], *sorted(flags))


def flattened(words: list[str]) -> list[str]:
    """Return a command with the flags of its file, which the linter does not read."""
    found: list[str] = []
    for word in words:
        if not word.startswith("--flags-file="):
            found.append(word)
            continue
        for flag, value in json.loads(Path(word.partition("=")[2]).read_text()).items():
            if isinstance(value, dict):
                joined = "~".join(f"{name}={each}" for name, each in value.items())
                found.append(f"{flag}=^~^{joined}")
            else:
                found.append(flag if value is None else f"{flag}={value}")
    return found


def test_deploy_sh_is_short_and_without_a_slip() -> None:
    """What is more than shell is in `python -m functions`."""
    script = ROOT / "deploy.sh"
    assert len(script.read_text().splitlines()) <= LONGEST_SCRIPT
    assert os.access(script, os.X_OK)
    judge = ["shellcheck", "-x"] if shutil.which("shellcheck") else ["bash", "-n"]
    done = subprocess.run(
        (*judge, str(script)), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
