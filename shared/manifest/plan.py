"""The deployment as data: what each function runs as, on, with what, and what calls it."""

import json
import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace
from typing import Any

from shared.entry import Entry, open_to_strangers, reserved
from shared.manifest import closure
from shared.manifest.discovery import LONGEST_NAME, ROOT, deployed_name
from shared.manifest.environment import Environment
from shared.triggers import Cron, Http, OnEvent, Task

ATTEMPTS = range(5, 101)
"""What Pub/Sub takes as the number of deliveries before the dead letter topic."""

POOL = 2
"""Connections an instance: a transaction is short, and whoever waits for one waits for less."""


_SHARED_SECRETS = ("CURSOR_SECRET_NAME",)
"""What names a secret that every function reads."""

_SECRETS_OF = {"shared.keyring": "MESSAGE_KEYS_NAME"}
"""Module → what names the secret of it, which those functions alone read that may import it."""


class BadPlanError(ValueError):
    """The suite cannot be deployed as it is."""


@dataclass(frozen=True, slots=True)
class Size:
    """What one function may use. Few instances that each serve many calls keep connections few."""

    memory: str
    cpu: int
    concurrency: int
    min_instances: int
    max_instances: int
    timeout_seconds: int


_READ = Size("512Mi", 1, concurrency=40, min_instances=0, max_instances=5, timeout_seconds=15)
_CALL = Size("512Mi", 1, concurrency=20, min_instances=0, max_instances=3, timeout_seconds=15)
_HANDLER = Size("512Mi", 1, concurrency=8, min_instances=0, max_instances=2, timeout_seconds=60)
_JOB = Size("512Mi", 1, concurrency=1, min_instances=0, max_instances=1, timeout_seconds=60)


@dataclass(frozen=True, slots=True)
class Smoke:
    """The request that tells whether a new revision works, and the status of its answer."""

    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Planned:
    """One function as it is deployed."""

    name: str
    target: str
    account: str
    invoker: str
    db_role: str | None
    url: str
    size: Size
    connections: int
    env: dict[str, str]
    secrets: dict[str, str]
    """Variable → secret that the function reads itself, so that a rotation needs no deployment."""
    smoke: Smoke
    seams: frozenset[str]
    entry: Entry
    version: str = ""
    """Of its code and of all the above: what has kept it is not deployed again."""

    def as_json(self) -> dict[str, Any]:
        """Return all but what only the code reads."""
        return {
            "name": self.name,
            "target": self.target,
            "service_account": self.account,
            "invoker": self.invoker,
            "db_role": self.db_role,
            "url": self.url,
            **asdict(self.size),
            "connections": self.connections,
            "env": self.env,
            "trigger": trigger_of(self.entry),
            "version": self.version,
        }


def plan(known: Iterable[Entry], where: Environment) -> list[Planned]:
    """Return the plan of a suite, or raise `BadPlanError` with everything that is wrong with it."""
    known = list(known)
    problems = [problem for entry in known for problem in _problems(entry)]
    used, budget = sum(_connections(entry, where) for entry in known), where.connections
    if used > budget:
        problems.append(f"all functions together can open {used} of {budget} connections")
    if problems:
        raise BadPlanError("\n".join(problems))
    return [_planned(entry, where) for entry in known]


def trigger_of(entry: Entry) -> dict[str, Any]:
    """Return what calls a function."""
    match entry.trigger:
        case Http() as trigger:
            public = open_to_strangers(trigger)
            return {"http": f"{trigger.method} {trigger.path}", "public": public}
        case OnEvent(attempts=attempts):
            assert entry.event is not None  # noqa: S101  # compile_entry demands it
            topic = entry.event.__module__.rpartition(".")[2]
            return {
                "topic": topic,
                "filter": f'attributes.type = "{entry.event.__name__}"',
                "attempts": attempts,
                "dead_letter_topic": f"{topic}-dead-letters",
            }
        case Cron(schedule=schedule):
            return {"schedule": schedule, "time_zone": "Etc/UTC"}
        case Task(queue=queue, attempts=attempts):
            return {"queue": queue, "attempts": attempts}


def _problems(entry: Entry) -> list[str]:
    found = []
    if len(deployed_name(entry)) > LONGEST_NAME:
        found.append(f"{entry.name} is longer than {LONGEST_NAME} characters")
    if isinstance(entry.trigger, OnEvent) and entry.trigger.attempts not in ATTEMPTS:
        few, many = ATTEMPTS.start, ATTEMPTS.stop - 1
        found.append(f"{entry.name} needs {few} to {many} attempts and then a dead letter")
    if isinstance(entry.trigger, Task) and entry.trigger.attempts < 1:
        found.append(f"{entry.name} is never tried")
    return found


def _planned(entry: Entry, where: Environment) -> Planned:
    size, name = _size(entry, where), deployed_name(entry)
    role = entry.db_role if _has_database(entry) else None
    own = closure.closure(entry.function.__module__)
    seams = frozenset(each for each in own if each.startswith("shared.cloud."))
    settings = {name: value for name, value in where.settings.items() if value}
    if "shared.cloud.gateway" not in seams:
        # Known only when there is a gateway: then it changes few functions, not all.
        settings.pop("GATEWAY_URL", None)
    secrets = _secrets(role, own)
    facts = Planned(
        name=name,
        target=entry.name,
        account=f"fn-{entry.service}",
        invoker=_invoker(entry),
        db_role=role,
        url=where.url(name),
        size=size,
        connections=_connections(entry, where),
        env={
            **settings,
            "DB_POOL": str(min(size.concurrency, POOL)),
            "FUNCTION_TARGET": entry.name,
            "THREADS": str(size.concurrency),
            **secrets,
        },
        secrets=secrets,
        smoke=_smoke(entry),
        seams=seams,
        entry=entry,
    )
    files = closure.files(own | closure.closure(*closure.SERVER))
    beside = {ROOT / each for each in closure.BESIDE}
    said = json.dumps(
        [facts.as_json(), where.network, where.subnet, where.vpc_connector], sort_keys=True
    )
    return replace(facts, version=closure.version(files | beside, said))


def password_of(role: str) -> str:
    """Return the secret with the password of a login role."""
    return f"db-{role.replace('_', '-')}"


def _secrets(role: str | None, own: AbstractSet[str]) -> dict[str, str]:
    """Return variable → secret: what its modules read, and the password of its login role."""
    names = (*_SHARED_SECRETS, *(name for module, name in _SECRETS_OF.items() if module in own))
    found = {name: name.removesuffix("_NAME").lower().replace("_", "-") for name in names}
    return {**found, "DB_PASSWORD_SECRET": password_of(role)} if role else found


def _invoker(entry: Entry) -> str:
    match entry.trigger:
        case Http():
            return "gateway"
        case OnEvent():
            return "push"
        case Cron():
            return "scheduler"
        case Task():
            return "tasks"


def _size(entry: Entry, where: Environment) -> Size:
    size = _size_at_large(entry)
    return replace(size, max_instances=min(size.max_instances, where.most_instances))


def _size_at_large(entry: Entry) -> Size:
    match entry.trigger:
        case Http(method="GET") as trigger if open_to_strangers(trigger):
            return _READ
        case Http():
            return _CALL
        case OnEvent() | Task():
            return _HANDLER
        case Cron():
            return _JOB


def _has_database(entry: Entry) -> bool:
    """Tell whether it connects: only what strangers may do can be done without."""
    guarded = not isinstance(entry.trigger, Http) or not open_to_strangers(entry.trigger)
    return guarded or "db" in entry.wants


def _connections(entry: Entry, where: Environment) -> int:
    """Return how many connections all instances of a function can hold at once."""
    if not _has_database(entry):
        return 0
    size = _size(entry, where)
    return size.max_instances * min(size.concurrency, POOL)


def _smoke(entry: Entry) -> Smoke:
    """Return a request that is answered only by code that was imported and configured well."""
    if not isinstance(entry.trigger, Http):
        return Smoke("GET", "/", 405)
    path = re.sub(r"{\w+}", "x", entry.trigger.path)
    if reserved(path):
        return Smoke("GET", f"{path}/", 200)
    return Smoke("OPTIONS", path, 204)
