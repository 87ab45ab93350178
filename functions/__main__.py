"""`python -m functions`: the suite, printed."""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from shared.manifest import (
    artefacts,
    compatibility,
    environment,
    gateway,
    grants,
    openapi,
    overview,
    permissions,
    plan,
    projections,
    resources,
    rollout,
    scheduler,
    steps,
)
from shared.manifest.deployment import Deployment, Found
from shared.manifest.discovery import ROOT, deployed_name, entries, path_of
from shared.triggers import Cron

Command = Callable[[argparse.Namespace], int]


def main(arguments: list[str]) -> int:
    """Run one command; return its exit status."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    return command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m functions", description=__doc__)
    parser.set_defaults(command=_suite)
    commands = parser.add_subparsers(title="commands")

    def add(name: str, command: Command, sentence: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=sentence, description=sentence)
        added.set_defaults(command=command)
        return added

    where = add(
        "where", _where, "Print the file of an operation, a function or an event's handlers."
    )
    where.add_argument("wanted", help='"POST /api/v1/listings", create_listing or ListingPublished')
    add("routes", _routes, "Print the HTTP operations in the order in which they are routed.")
    add("openapi", _document(openapi.render), "Print the API document.")
    add("scheduler", _document(scheduler.render), "Print the scheduled jobs.")
    add("permissions", _document(permissions.render), "Print who may do what.")
    add("grants", _document(grants.sql), "Print the grants of a migration.")
    for name, command, sentence in (
        ("plan", _plan, "Print the deployment as JSON."),
        ("gateway", _gateway, "Print what API Gateway is configured with."),
    ):
        added = add(name, _judged(command), sentence)
        added.add_argument("environment", nargs="?", default="dev", help="deploy/<this>.env")
    run_job = add(
        "run-job", _run_job, "Run a scheduled job now, in GOOGLE_CLOUD_PROJECT and REGION."
    )
    run_job.add_argument("job", help="cron_relay_outbox, say")
    added = add("steps", _judged(_steps), "Print what deploy.sh is to do, for it to do it.")
    added.add_argument("environment", help="deploy/<this>.env")
    added.add_argument(
        "directory", type=Path, help="what there is, in have/; takes files for gcloud"
    )
    added.add_argument("--mode", choices=("run", "functions"), default="run")
    added.add_argument("--release", required=True, help="a label for what is deployed now")
    added.add_argument("--only", type=lambda names: names.split(","), help="these functions alone")
    added.add_argument("--back", action="store_true", help="back to what served before")
    add("release", _release, "Have clients rely on today's API; refuse while it breaks an old one.")
    for name, command, sentence in (
        ("write", _write, "Print every generated file anew."),
        (
            "check",
            _check,
            "Fail when a generated file is not what would be printed, or old clients break.",
        ),
    ):
        added = add(name, command, sentence)
        added.add_argument("under", nargs="*", type=Path, help="only files in these folders")
    rebuilt = add(
        "rebuild-projections",
        _rebuild,
        "Have every document in Firestore written anew from PostgreSQL.",
    )
    rebuilt.add_argument("service", nargs="?", help="only those of this service")
    rebuilt.add_argument("--after", help="the last key that was printed, to go on from there")
    return parser


def _document(render: Callable[[], str]) -> Command:
    def command(_: argparse.Namespace) -> int:
        print(render(), end="")
        return 0

    return command


def _judged(command: Command) -> Command:
    """Return a command that says what is wrong with the plan, and fails."""

    def judged(options: argparse.Namespace) -> int:
        try:
            return command(options)
        except (environment.BadEnvironmentError, plan.BadPlanError) as error:
            print(error, file=sys.stderr)
            return 1

    return judged


def _plan(options: argparse.Namespace) -> int:
    where = environment.load(options.environment)
    planned = plan.plan(entries().values(), where)
    used = sum(each.connections for each in planned)
    printed = {
        "functions": [each.as_json() for each in planned],
        "connections": {"used": used, "budget": where.connections},
        **resources.resources(planned, where).as_json(),
    }
    print(json.dumps(printed, indent=2))
    return 0


def _gateway(options: argparse.Namespace) -> int:
    where = environment.load(options.environment)
    print(gateway.render(plan.plan(entries().values(), where), where), end="")
    return 0


def _run_job(options: argparse.Namespace) -> int:
    from shared.cloud import scheduler as cloud  # noqa: PLC0415  # no other command asks Google

    entry = entries().get(options.job.replace("-", "_"))
    if entry is None or not isinstance(entry.trigger, Cron):
        jobs = ", ".join(each["target"] for each in scheduler.jobs())
        print(f"There is no job {options.job}. Jobs are {jobs}.", file=sys.stderr)
        return 1
    try:
        cloud.run(deployed_name(entry))
    except Exception as error:  # noqa: BLE001  # whatever Google's client raises, an operator reads it
        print(f"{options.job} was not run: {error}", file=sys.stderr)
        return 1
    print(f"{entry.name} runs now")
    return 0


def _rebuild(options: argparse.Namespace) -> int:
    chosen = [
        (entry, kind)
        for entry, kind in projections.known()
        if options.service in {None, entry.service}
    ]
    if not chosen or (options.after and len(chosen) > 1):
        print(
            "Name a service that has documents; --after needs one with one kind.", file=sys.stderr
        )
        return 1
    for entry, kind in chosen:
        for keys in projections.rebuild(entry, kind, options.after):
            print(f"{kind.collection}: {len(keys)} handed over, up to {keys[-1]}", flush=True)
    return 0


def _steps(options: argparse.Namespace) -> int:
    found = Found(options.directory / "have")
    number, gateway_url = (environment.NUMBER, "") if options.back else found.of_project()
    where = environment.load(options.environment, number=number, gateway_url=gateway_url)
    run = Deployment(where, options.directory, options.release, options.mode)
    if options.back:
        todo = [*rollout.back(found, run)]
    else:
        planned = plan.plan(entries().values(), where)
        chosen = _chosen(planned, options.only)
        todo = steps.steps(planned, chosen, resources.resources(planned, where), found, run)
        run.written("image", steps.image())
        for sentence in steps.remarks(planned, todo, found):
            print(sentence, file=sys.stderr)
    for step in todo:
        print(*step, sep="\t")
    return 0


def _chosen(planned: list[plan.Planned], names: list[str] | None) -> list[plan.Planned]:
    if names is None:
        return planned
    if unknown := set(names) - {each.target for each in planned}:
        raise plan.BadPlanError(f"there is no function {', '.join(sorted(unknown))}")
    return [each for each in planned if each.target in names]


def _suite(_: argparse.Namespace) -> int:
    print(overview.suite())
    return 0


def _routes(_: argparse.Namespace) -> int:
    print(overview.operations())
    return 0


def _where(options: argparse.Namespace) -> int:
    found = overview.where(options.wanted)
    for entry in found:
        print(path_of(entry))
    if not found:
        meant = " or ".join(overview.similar(options.wanted))
        hint = f" Did you mean {meant}?" if meant else ""
        print(f"There is no {options.wanted}.{hint}", file=sys.stderr)
    return 0 if found else 1


def _write(options: argparse.Namespace) -> int:
    for artefact in artefacts.artefacts(ROOT, options.under):
        if artefact.write():
            print(artefact.path.relative_to(ROOT))
    return 0


def _check(options: argparse.Namespace) -> int:
    drifted = 0
    for artefact in artefacts.artefacts(ROOT, options.under):
        if lines := artefact.drift():
            drifted += 1
            print(
                f"{artefact.path.relative_to(ROOT)} is not what the code prints: run `make write`"
            )
            print("\n".join(lines))
    return 1 if drifted + _breaks() else 0


def _release(_: argparse.Namespace) -> int:
    if _breaks():
        return 1
    (ROOT / compatibility.PATH).write_text(compatibility.text(openapi.document()), "utf-8")
    return 0


def _breaks() -> int:
    """Print what fails a client of the last release; return how much that is."""
    released = compatibility.kept(ROOT)
    found = compatibility.breaks(released, openapi.document(), datetime.now(UTC).date())
    for each in found:
        print(f"an old client breaks: {each}")
    return len(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
