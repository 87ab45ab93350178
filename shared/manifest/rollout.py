"""What is to be done to functions: migrate, deploy beside what serves, try, promote; or go back."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from shared.manifest.closure import version
from shared.manifest.deployment import SUITE, Deployment, Found, Step, all_of, gcloud, mark_of
from shared.manifest.discovery import ROOT
from shared.manifest.environment import Environment
from shared.manifest.plan import Planned, password_of

NEW, OLD = "new", "old"
"""The tags of the revision that is being tried, and of the one that served before it."""

_IMAGE = '--image="$IMAGE"'
"""deploy.sh knows its digest when it is built."""

_SUCCEEDED = "EXECUTION_SUCCEEDED"
_ALL = 100


def migrations(found: Found, run: Deployment) -> Iterator[Step]:
    """Run the migrations when they, or what they run on, have changed, or have failed."""
    paths = {each for each in (ROOT / "migrations").rglob("*") if each.is_file()}
    paths = {each for each in paths if "__pycache__" not in each.parts}
    socket = f"/cloudsql/{run.where.settings['DB_INSTANCE']}"
    flags = {
        **_placed(run.where),
        "--service-account": run.where.email("migrate"),
        "--set-cloudsql-instances": run.where.settings["DB_INSTANCE"],
        "--set-env-vars": {"DB_HOST": socket, "DB_NAME": run.where.settings["DB_NAME"]},
        "--set-secrets": {"DB_PASSWORD": f"{password_of('migrator')}:latest"},
        "--command": "python",
        "--args": "-m,migrations",
        "--max-retries": 0,
        "--task-timeout": "30m",
    }
    files = paths | {ROOT / "requirements.txt", ROOT / "Dockerfile"}
    spec = version(files, json.dumps(flags, sort_keys=True))
    there = {each["metadata"]["name"]: each for each in found.listed("runjobs")}
    job = there.get("migrate", {})
    last = job.get("status", {}).get("latestCreatedExecution", {})
    if mark_of(job.get("metadata", {})) == spec and last.get("completionStatus") == _SUCCEEDED:
        return
    labels = {"--labels": {"app": SUITE, "spec": spec}, "--execute-now": None, "--wait": None}
    path = run.written("migrate.yaml", {**flags, **labels})
    deploy = gcloud("run", "jobs", "deploy", "migrate", flags_file=path)
    yield "migrations", "migrations", f"{deploy} {_IMAGE}"


def _placed(where: Environment) -> dict[str, Any]:
    """Return the flags that put a container where it reaches the database's private address."""
    if not where.network:
        return {"--region": where.region}
    return {
        "--region": where.region,
        "--network": where.network,
        "--subnet": where.subnet,
        "--vpc-egress": "private-ranges-only",
    }


def services(found: Found) -> dict[str, dict[str, Any]]:
    """Return what is deployed of the suite, whichever API deployed it.

    The functions API keeps labels to itself: the service that it makes has none of ours (GitHub,
    firebase/firebase-tools#7850). Of a function whose last deployment failed they say nothing.
    """
    apart = {
        each["name"].rpartition("/")[2]: each.get("labels", {})
        for each in found.listed("functions")
        if each["state"] == "ACTIVE"
    }
    marked = {}
    for each in found.listed("services"):
        about = each["metadata"]
        labels = {**apart.get(about["name"], {}), **about.get("labels", {})}
        if labels.get("app") == SUITE:
            marked[about["name"]] = {**each, "metadata": {**about, "labels": labels}}
    return marked


def functions(planned: list[Planned], found: Found, run: Deployment) -> Iterator[Step]:
    """Deploy what is not there, or not as it is now, or not with all of the traffic."""
    deployed = services(found)
    for each in planned:
        service = deployed.get(each.name)
        if service is None or not _serves(service, each.version):
            by = _by_run if run.mode == "run" else _by_functions
            yield "functions", each.name, by(each, service, run)


def back(found: Found, run: Deployment) -> Iterator[Step]:
    """Send the traffic of what the last release changed to the revisions that served before it."""
    deployed = services(found)
    release = {name: each["metadata"]["labels"]["release"] for name, each in deployed.items()}
    last = max(release.values(), default="")
    for name, service in sorted(deployed.items()):
        tags = {each.get("tag"): each for each in service["spec"].get("traffic", [])}
        if release[name] != last or OLD not in tags or NEW in tags:
            continue
        old = tags[OLD]["revisionName"]
        if serving(service) != old:
            yield "functions", name, _traffic(name, run, f"--to-revisions={old}={_ALL}")


def _serves(service: Mapping[str, Any], wanted: str) -> bool:
    """Tell whether a version is what all traffic goes to, and nothing of it is being tried."""
    if mark_of(service["metadata"]) != wanted:
        return False
    traffic = service["spec"].get("traffic", [])
    return all(each.get("tag") != NEW for each in traffic) and any(
        each.get("latestRevision") and each.get("percent") == _ALL for each in traffic
    )


def serving(service: Mapping[str, Any]) -> str | None:
    """Return the revision that has the traffic of a service."""
    traffic = service.get("status", {}).get("traffic", [])
    return next((each["revisionName"] for each in traffic if each.get("percent")), None)


def _by_run(each: Planned, service: Mapping[str, Any] | None, run: Deployment) -> str:
    """Deploy beside what serves, try it under its tag, and only then send it the traffic."""
    path = run.written(f"functions/{each.name}.yaml", flags_of_service(each, run))
    apart = ["--no-traffic"] if service else []
    deploy = gcloud("run", "deploy", each.name, *apart, flags_file=path) + f" {_IMAGE}"
    tried = service is None or any(
        tag.get("tag") == NEW for tag in service["spec"].get("traffic", [])
    )
    return all_of(
        deploy,
        _invoker(each, run) if tried else "",
        _smoke(each, run.where.url(f"{NEW}---{each.name}")),
        _promote(each, service, run),
    )


def _by_functions(each: Planned, service: Mapping[str, Any] | None, run: Deployment) -> str:
    """Deploy by the functions API, which sends the traffic at once: try it, or take it back."""
    path = run.written(f"functions/{each.name}.yaml", flags_of_function(each, run))
    smoke, old = _smoke(each, each.url), serving(service) if service else None
    if old:
        back = _traffic(each.name, run, f"--to-revisions={old}=100")
        smoke = f"{{ {smoke} || {{ {back}; false; }}; }}"
    return all_of(
        gcloud("functions", "deploy", each.name, flags_file=path),
        _invoker(each, run),
        smoke,
        _promote(each, service, run),
    )


def _invoker(each: Planned, run: Deployment) -> str:
    policy = run.policy(f"invoker-{each.invoker}", {"roles/run.invoker": {each.invoker}})
    return gcloud("run", "services", "set-iam-policy", each.name, policy, region=run.where.region)


def _smoke(each: Planned, url: str) -> str:
    wanted = each.smoke
    return shlex.join(["smoke", each.url, wanted.method, f"{url}{wanted.path}", str(wanted.status)])


def _promote(each: Planned, service: Mapping[str, Any] | None, run: Deployment) -> str:
    old = serving(service) if service else None
    tags = f"--set-tags={OLD}={old}" if old else "--clear-tags"
    return _traffic(each.name, run, "--to-latest", tags)


def _traffic(name: str, run: Deployment, *flags: str) -> str:
    return gcloud("run", "services", "update-traffic", name, *flags, region=run.where.region)


def _labels(each: Planned, run: Deployment) -> dict[str, str]:
    return {"app": SUITE, "spec": each.version, "release": run.release}


def flags_of_service(each: Planned, run: Deployment) -> dict[str, Any]:
    """Return the flags of `gcloud run deploy`, but for the image."""
    return {
        **_placed(run.where),
        "--service-account": run.where.email(each.account),
        "--memory": each.size.memory,
        "--cpu": each.size.cpu,
        "--cpu-boost": None,
        "--concurrency": each.size.concurrency,
        "--min-instances": each.size.min_instances,
        "--max-instances": each.size.max_instances,
        "--timeout": f"{each.size.timeout_seconds}s",
        "--ingress": "all",
        "--set-env-vars": each.env,
        "--labels": _labels(each, run),
        "--tag": NEW,
    }


def flags_of_function(each: Planned, run: Deployment) -> dict[str, Any]:
    """Return the flags of `gcloud functions deploy`; the platform sets FUNCTION_TARGET itself."""
    where = run.where
    place = f"projects/{where.project}/locations/{where.region}"
    connector = {
        "--vpc-connector": where.vpc_connector,
        "--egress-settings": "private-ranges-only",
    }
    return {
        "--gen2": None,
        "--region": where.region,
        "--runtime": "python311",
        "--source": ".",
        "--entry-point": each.target,
        "--trigger-http": None,
        "--no-allow-unauthenticated": None,
        "--service-account": where.email(each.account),
        "--docker-repository": f"{place}/repositories/{SUITE}",
        "--memory": each.size.memory,
        "--cpu": each.size.cpu,
        "--concurrency": each.size.concurrency,
        "--min-instances": each.size.min_instances,
        "--max-instances": each.size.max_instances,
        "--timeout": f"{each.size.timeout_seconds}s",
        "--ingress-settings": "all",
        **(connector if where.vpc_connector else {}),
        "--set-env-vars": {
            name: value for name, value in each.env.items() if name != "FUNCTION_TARGET"
        },
        "--update-labels": _labels(each, run),
        "--serve-all-traffic-latest-revision": None,
    }
