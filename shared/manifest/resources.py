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

SPARE_ATTEMPTS = 100
"""After its last attempt a task is kept for an operator; while the database is away, that fails."""

DEAD_LETTER_DAYS = 31
EVENT_DAYS = 7

Policy = dict[str, set[str]]
"""Role → accounts."""


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that must exist, as the flags that make it, and who may use it."""

    name: str
    flags: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Flags of what cannot be changed once it is there."""
    policy: Mapping[str, set[str]] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Return the hash of all that it is, as a label may hold it."""
        policy = {role: sorted(accounts) for role, accounts in self.policy.items()}
        said = json.dumps([self.name, {**self.flags}, {**self.fixed}, policy], sort_keys=True)
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
    return Resources(
        accounts=_accounts(planned, where),
        topics=list(_topics(planned, where)),
        subscriptions=list(_subscriptions(planned, where)),
        queues=list(_queues(planned)),
        secrets=_secrets(planned, where),
        buckets=list(_buckets(planned, where)),
        jobs=list(_jobs(planned, where)),
        project=_project(planned, where),
    )


def agent(where: Environment) -> str:
    """Return Pub/Sub's own account: it makes the tokens of pushes and moves dead letters."""
    return f"service-{where.number}@gcp-sa-pubsub.iam.gserviceaccount.com"


def _shown(each: Resource) -> dict[str, Any]:
    policy = {role: sorted(who) for role, who in each.policy.items()}
    return {**each.fixed, **each.flags, **({"policy": policy} if policy else {})}


def _accounts(planned: list[Planned], where: Environment) -> list[Resource]:
    policies: dict[str, Policy] = {
        "push": {"roles/iam.serviceAccountTokenCreator": {agent(where)}},
    }
    if senders := _task_senders(planned):
        policies["tasks"] = {"roles/iam.serviceAccountUser": senders}
    for each in planned:
        if "shared.cloud.storage" in each.seams:  # It signs addresses in its own name.
            policies[each.account] = {"roles/iam.serviceAccountTokenCreator": {each.account}}
    names = sorted({each.account for each in planned} | {*CALLERS})
    return [Resource(name, {}, policy=policies.get(name, {})) for name in names]


def _task_senders(planned: list[Planned]) -> set[str]:
    services = {each.entry.service for each in planned if isinstance(each.entry.trigger, Task)}
    return {f"fn-{service}" for service in services | {RELAY}} if services else set()


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
        yield Resource(f"{module.name}-dead-letters", flags)


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
    return Resource(each.name, flags, fixed)


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
        yield Resource(queue, flags)


def _secrets(planned: list[Planned], where: Environment) -> list[Resource]:
    readers: dict[str, set[str]] = {plan.password_of("migrator"): {"migrate"}}
    for each in planned:
        for secret in each.secrets.values():
            readers.setdefault(secret, set()).add(each.account)
    flags = {"replication-policy": "user-managed", "locations": where.region}
    accessor = "roles/secretmanager.secretAccessor"
    return [Resource(name, {}, flags, {accessor: who}) for name, who in sorted(readers.items())]


def _buckets(planned: list[Planned], where: Environment) -> Iterator[Resource]:
    """Yield what settings name as buckets, for the services that have objects of their own."""
    keepers = {each.account for each in planned if "shared.cloud.storage" in each.seams}
    flags = {"location": where.region, "uniform-bucket-level-access": ""}
    closed = {**flags, "public-access-prevention": ""}
    for setting, name in where.settings.items():
        if setting.endswith("_BUCKET"):
            yield Resource(name, {}, closed, {"roles/storage.objectUser": keepers})


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


def _project(planned: list[Planned], where: Environment) -> Policy:
    """Return what accounts may do in the whole project, where less cannot be said of it."""
    found: Policy = {
        "roles/cloudsql.client": {"migrate"},
        # Google's own account: what it moves to the dead letters it takes from a subscription.
        "roles/pubsub.publisher": {agent(where)},
        "roles/pubsub.subscriber": {agent(where)},
    }
    for each in planned:
        roles = {role for seam in each.seams for role in SEAMS[seam.rpartition(".")[2]]}
        if isinstance(trigger := each.entry.trigger, Http) and trigger.sensitive:
            roles.add("roles/firebaseauth.viewer")
        for role in roles:
            found.setdefault(role, set()).add(each.account)
    if senders := _task_senders(planned):
        # A queue has no label that could say its own policy is complete.
        found["roles/cloudtasks.enqueuer"] = senders
    return found
