"""What must exist around the functions: accounts, topics, queues, and who may use each."""

import json
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import yaml

import schemas.events
from schemas.shape import Event
from shared import exports
from shared.manifest import plan
from shared.manifest.discovery import ROOT
from shared.manifest.environment import Environment
from shared.manifest.plan import BadPlanError, Planned
from shared.triggers import Cron, Http, OnEvent, Task

CALLERS = ("push", "tasks", "scheduler", "gateway", "migrate")
"""The accounts that are no service's: one for each kind of caller, and the migrator's."""

RELAY = "platform"
"""The service that sends what others have stored and not handed over."""

SEAMS: Mapping[str, tuple[str, ...]] = {
    "breaker": (),
    "bus": (),  # Each topic and account says itself who may use it.
    "documents": ("roles/datastore.user",),
    "firebase": (),
    "gateway": (),
    "identity": ("roles/firebaseauth.admin",),
    "passes": (),  # It signs as itself.
    "patience": (),
    "push": ("roles/firebasecloudmessaging.admin",),
    "scheduler": (),  # Operators alone run a job by hand.
    "secrets": (),  # Each secret says itself who may read it.
    "sql": ("roles/cloudsql.client",),
    "storage": (),
    "tasks": (),
    "wire": (),
}
"""What an account must be allowed in the project whose functions reach a module of shared/cloud."""

_SIGNING = frozenset({"shared.cloud.storage", "shared.cloud.passes"})
"""Addresses of files, and sign-ins that listen."""

SPARE_ATTEMPTS = 100
"""After its last attempt a task is kept for an operator; while the database is away, that fails."""

DEAD_LETTER_DAYS = 31
EVENT_DAYS = 7

Policy = dict[str, set[str]]
"""Role → accounts."""


@dataclass(frozen=True, slots=True)
class Narrow:
    """What an account may do with some objects of a bucket alone: those whose names begin so."""

    role: str
    account: str
    bucket: str
    folder: str

    @property
    def condition(self) -> dict[str, str]:
        """Return it as IAM reads it."""
        objects = f"projects/_/buckets/{self.bucket}/objects/{self.folder}"
        title = self.folder.strip("/").replace("/", "-")
        return {"title": title, "expression": f'resource.name.startsWith("{objects}")'}


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that must exist, as the flags that make it, and who may use it."""

    name: str
    flags: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Flags of what cannot be changed once it is there."""
    policy: Mapping[str, set[str]] = field(default_factory=dict)
    narrow: tuple[Narrow, ...] = ()

    @property
    def version(self) -> str:
        """Return the hash of all that it is, as a label may hold it."""
        policy = {role: sorted(accounts) for role, accounts in self.policy.items()}
        narrow = [[each.role, each.account, each.condition] for each in self.narrow]
        said = json.dumps(
            [self.name, {**self.flags}, {**self.fixed}, policy, narrow], sort_keys=True
        )
        return sha256(said.encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Resources:
    """All of them, by kind."""

    accounts: list[Resource]
    topics: list[Resource]
    subscriptions: list[Resource]
    queues: list[Resource]
    secrets: list[Resource]
    buckets: list[Resource]
    jobs: list[Resource]
    project: Policy

    def as_json(self) -> dict[str, Any]:
        """Return them by kind and name."""
        kinds = ("accounts", "topics", "subscriptions", "queues", "secrets", "buckets", "jobs")
        shown = {kind: {each.name: _shown(each) for each in getattr(self, kind)} for kind in kinds}
        return {**shown, "project": {role: sorted(who) for role, who in self.project.items()}}


def resources(planned: list[Planned], where: Environment) -> Resources:
    """Return what the functions of `planned` need around them."""
    queues = list(_queues(planned))
    return Resources(
        accounts=_accounts(planned, queues, where),
        topics=list(_topics(planned, where)),
        subscriptions=list(_subscriptions(planned, where)),
        queues=queues,
        secrets=_secrets(planned, where),
        buckets=list(_buckets(planned, where)),
        jobs=list(_jobs(planned, where)),
        project=_project(planned),
    )


def agent(where: Environment) -> str:
    """Return Pub/Sub's own account: it makes the tokens of pushes and moves dead letters."""
    return f"service-{where.number}@gcp-sa-pubsub.iam.gserviceaccount.com"


def _shown(each: Resource) -> dict[str, Any]:
    policy: dict[str, Any] = {role: sorted(who) for role, who in each.policy.items()}
    for narrow in each.narrow:
        policy.setdefault(narrow.role, []).append({narrow.account: narrow.condition["expression"]})
    return {**each.fixed, **each.flags, **({"policy": policy} if policy else {})}


def _accounts(planned: list[Planned], queues: list[Resource], where: Environment) -> list[Resource]:
    policies: dict[str, Policy] = {
        "push": {"roles/iam.serviceAccountTokenCreator": {agent(where)}},
    }
    if senders := {sender for each in queues for who in each.policy.values() for sender in who}:
        policies["tasks"] = {"roles/iam.serviceAccountUser": senders}
    for each in planned:
        if each.seams & _SIGNING:  # It signs in its own name.
            policies[each.account] = {"roles/iam.serviceAccountTokenCreator": {each.account}}
    names = sorted({each.account for each in planned} | {*CALLERS})
    # A queue has no label that could say its policy is complete: the account of tasks says it.
    beside = {"tasks": {each.name: each.version for each in queues}}
    return [
        Resource(name, {}, beside.get(name, {}), policy=policies.get(name, {})) for name in names
    ]


def _topics(planned: list[Planned], where: Environment) -> Iterator[Resource]:
    """Each service announces on the topic of its name, and all on one that has no service's name.

    What nobody can handle has a topic beside it.
    """
    accounts = {each.account for each in planned}
    services = {each.entry.service for each in planned}
    flags = {"message-storage-policy-allowed-regions": where.region}
    publisher = "roles/pubsub.publisher"
    for module in pkgutil.iter_modules(schemas.events.__path__):
        own = {f"fn-{module.name}", f"fn-{RELAY}"} & accounts
        senders = own if module.name in services else accounts
        yield Resource(module.name, flags, policy={publisher: senders})
        yield Resource(f"{module.name}-dead-letters", flags, policy={publisher: {agent(where)}})


def _subscriptions(planned: list[Planned], where: Environment) -> Iterator[Resource]:
    for module in pkgutil.iter_modules(schemas.events.__path__):
        name = f"{module.name}-dead-letters"
        kept = {
            "ack-deadline": "60",
            "expiration-period": "never",
            "message-retention-duration": f"{DEAD_LETTER_DAYS}d",
        }
        yield Resource(name, kept, {"topic": name})
    for each in planned:
        if isinstance(each.entry.trigger, OnEvent):
            yield _push(each, where)


def _push(each: Planned, where: Environment) -> Resource:
    wanted = plan.trigger_of(each.entry)
    fixed = {"topic": wanted["topic"], "message-filter": wanted["filter"]}
    if _is_ordered(each.entry.event):
        fixed["enable-message-ordering"] = ""
    flags = {
        "push-endpoint": f"{each.url}/",
        "push-auth-service-account": where.email(each.invoker),
        "push-auth-token-audience": each.url,
        "dead-letter-topic": wanted["dead_letter_topic"],
        "max-delivery-attempts": str(wanted["attempts"]),
        "min-retry-delay": "10s",
        "max-retry-delay": "600s",
        "ack-deadline": str(each.size.timeout_seconds),
        "expiration-period": "never",
        "message-retention-duration": f"{EVENT_DAYS}d",
    }
    # What Google moves to the dead letters it takes from the subscription.
    return Resource(each.name, flags, fixed, {"roles/pubsub.subscriber": {agent(where)}})


def _is_ordered(event: type | None) -> bool:
    return (
        event is not None
        and issubclass(event, Event)
        and event.ordering_key is not Event.ordering_key
    )


def _queues(planned: list[Planned]) -> Iterator[Resource]:
    handlers: dict[str, list[tuple[Task, Planned]]] = {}
    for each in planned:
        if isinstance(trigger := each.entry.trigger, Task):
            handlers.setdefault(trigger.queue, []).append((trigger, each))
    for queue, served in sorted(handlers.items()):
        at_once = sum(each.size.max_instances * each.size.concurrency for _, each in served)
        flags = {
            "max-attempts": str(max(trigger.attempts for trigger, _ in served) + SPARE_ATTEMPTS),
            "min-backoff": "2s",
            "max-backoff": "300s",
            "max-doublings": "7",
            "max-dispatches-per-second": "50",
            "max-concurrent-dispatches": str(at_once),
        }
        senders = {f"fn-{each.entry.service}" for _, each in served} | {f"fn-{RELAY}"}
        yield Resource(queue, flags, policy={"roles/cloudtasks.enqueuer": senders})


def _secrets(planned: list[Planned], where: Environment) -> list[Resource]:
    readers: dict[str, set[str]] = {plan.password_of("migrator"): {"migrate"}}
    for each in planned:
        for secret in each.secrets.values():
            readers.setdefault(secret, set()).add(each.account)
    flags = {"replication-policy": "user-managed", "locations": where.region}
    accessor = "roles/secretmanager.secretAccessor"
    return [Resource(name, {}, flags, {accessor: who}) for name, who in sorted(readers.items())]


def _buckets(planned: list[Planned], where: Environment) -> Iterator[Resource]:
    """Yield what settings name as buckets, each with what its services may do in it."""
    flags = {"location": where.region, "uniform-bucket-level-access": ""}
    closed = {**flags, "public-access-prevention": ""}
    accounts = {each.account for each in planned}
    for setting, name in where.settings.items():
        if setting == "EXPORT_BUCKET":
            yield Resource(name, {}, closed, *_of_exports(name, accounts))
        elif setting == "ATTACHMENT_BUCKET":
            keeper = {"fn-messaging"} & accounts
            yield Resource(name, {}, closed, {"roles/storage.objectUser": keeper})
        elif setting.endswith("_BUCKET"):
            raise BadPlanError(f"nothing says who may do what in {setting}")


def _of_exports(bucket: str, accounts: set[str]) -> tuple[Policy, tuple[Narrow, ...]]:
    """Return who keeps what was exported, and what each service may do that writes a part of it.

    It creates and nothing else: even its own part it can neither read nor replace.
    """
    keeper = f"fn-{exports.KEEPER}"
    writers = [(f"fn-{part}", exports.folder_of(part)) for part in exports.PARTS]
    narrow = tuple(
        Narrow("roles/storage.objectCreator", account, bucket, folder)
        for account, folder in writers
        if account in accounts - {keeper}
    )
    return {"roles/storage.objectUser": {keeper} & accounts}, narrow


def _jobs(planned: list[Planned], where: Environment) -> Iterator[Resource]:
    by_target = {each.target: each for each in planned if isinstance(each.entry.trigger, Cron)}
    for job in yaml.safe_load((ROOT / "scheduler.yaml").read_text())["jobs"]:
        each = by_target.pop(job["target"], None)
        if each is None:
            continue
        retry = job["retry"]
        flags = {
            "schedule": job["schedule"],
            "time-zone": job["time_zone"],
            "uri": f"{each.url}/",
            "http-method": job["method"],
            "oidc-service-account-email": where.email(each.invoker),
            "oidc-token-audience": each.url,
            "attempt-deadline": job["attempt_deadline"],
            "max-retry-attempts": str(retry["retry_count"]),
            "min-backoff": retry["min_backoff_duration"],
            "max-backoff": retry["max_backoff_duration"],
            "max-doublings": str(retry["max_doublings"]),
        }
        yield Resource(job["name"], flags)
    if by_target:
        raise BadPlanError(f"scheduler.yaml has no job for {', '.join(sorted(by_target))}")


def _project(planned: list[Planned]) -> Policy:
    """Return what accounts may do in the whole project, where less cannot be said of it."""
    found: Policy = {
        "roles/cloudsql.client": {"migrate"},
    }
    for each in planned:
        roles = {role for seam in each.seams for role in SEAMS[seam.rpartition(".")[2]]}
        if isinstance(trigger := each.entry.trigger, Http) and trigger.sensitive:
            roles.add("roles/firebaseauth.viewer")
        for role in roles:
            found.setdefault(role, set()).add(each.account)
    return found
