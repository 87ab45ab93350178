"""What is to be done around the functions: accounts, topics, queues, jobs and the gateway.

The last command of a step marks the resource with its version: whatever breaks off is done again.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from shared.manifest import gateway
from shared.manifest.deployment import SUITE, Deployment, Found, Step, all_of, gcloud, mark_of
from shared.manifest.plan import BadPlanError, Planned
from shared.manifest.resources import Resource, Resources


def steps(
    planned: list[Planned], around: Resources, found: Found, run: Deployment
) -> Iterator[Step]:
    """Yield what is to be done to `around`, and to the gateway in front of all that is planned."""
    yield from _repository(found, run)
    yield from _accounts(around, found, run)
    yield from _labelled("topics", ("pubsub", "topics"), around.topics, found, run)
    yield from _labelled("secrets", ("secrets",), around.secrets, found, run)
    yield from _labelled("buckets", ("storage", "buckets"), around.buckets, found, run)
    yield from _project(around, found, run)
    yield from _queues(around, found, run)
    yield from _subscriptions(around, found, run)
    yield from _jobs(around, found, run)
    yield from _gateway(planned, found, run)


def _repository(found: Found, run: Deployment) -> Iterator[Step]:
    if SUITE not in found.by_name("repositories"):
        words = ("artifacts", "repositories", "create", SUITE)
        made = gcloud(*words, repository_format="docker", location=run.where.region)
        yield "accounts", "repository", made


def _accounts(around: Resources, found: Found, run: Deployment) -> Iterator[Step]:
    """An account notes in its description which policy it has; that of tasks, who fills queues."""
    there = {each["email"]: each.get("description") for each in found.listed("accounts")}
    for each in around.accounts:
        email = run.where.email(each.name)
        if email not in there:
            create = gcloud("iam", "service-accounts", "create", each.name)
            yield "accounts", f"account {each.name}", create
        if each.policy and there.get(email) != each.version:
            # Its queues must be there first. Until then the relay tries again what it hands over.
            of_tasks = each.name == "tasks"
            before = [_policy_of_queue(queue, run) for queue in around.queues if of_tasks]
            policy = run.policy(f"account-{each.name}", each.policy)
            change = gcloud("iam", "service-accounts", "set-iam-policy", email, policy)
            mark = gcloud("iam", "service-accounts", "update", email, description=each.version)
            phase = "wiring" if of_tasks else "resources"
            yield phase, f"policy of account {each.name}", all_of(*before, change, mark)


def _policy_of_queue(each: Resource, run: Deployment) -> str:
    policy = run.policy(f"queue-{each.name}", each.policy)
    words = ("tasks", "queues", "set-iam-policy", each.name, policy)
    return gcloud(*words, location=run.where.region)


def _labelled(
    kind: str, group: tuple[str, ...], wanted: list[Resource], found: Found, run: Deployment
) -> Iterator[Step]:
    there = found.by_name(kind)
    for each in wanted:
        if each.name in there and mark_of(there[each.name]) == each.version:
            continue
        target = f"gs://{each.name}" if kind == "buckets" else each.name
        flags = {**each.fixed, **each.flags}
        create = "" if each.name in there else gcloud(*group, "create", target, flags=flags)
        change = ""
        if each.policy:
            policy = run.policy(f"{kind}-{each.name}", each.policy, each.narrow)
            change = gcloud(*group, "set-iam-policy", target, policy)
        mark = gcloud(*group, "update", target, update_labels=f"spec={each.version}")
        yield "resources", f"{kind[:-1]} {each.name}", all_of(create, change, mark)


def _project(around: Resources, found: Found, run: Deployment) -> Iterator[Step]:
    """Add to the project's policy, which is not ours alone, what accounts lack."""
    (policy,) = found.listed("policy")
    bindings = policy.setdefault("bindings", [])
    lacking = False
    for role, accounts in sorted(around.project.items()):
        members = {run.where.member(account) for account in accounts}
        plain = (each for each in bindings if each["role"] == role and "condition" not in each)
        binding = next(plain, None)
        if binding is None:
            bindings.append(binding := {"role": role, "members": []})
        if missing := members - {*binding["members"]}:
            binding["members"] += sorted(missing)
            lacking = True
    if lacking:
        path = run.written("policies/project.json", policy)
        change = gcloud("projects", "set-iam-policy", run.where.project, path, format="none")
        yield "resources", "policy of the project", change


_RATES = {
    "max-dispatches-per-second": "maxDispatchesPerSecond",
    "max-concurrent-dispatches": "maxConcurrentDispatches",
}
_RETRIES = {
    "max-attempts": "maxAttempts",
    "min-backoff": "minBackoff",
    "max-backoff": "maxBackoff",
    "max-doublings": "maxDoublings",
}


def _queues(around: Resources, found: Found, run: Deployment) -> Iterator[Step]:
    there = found.by_name("queues")
    for each in around.queues:
        queue = there.get(each.name, {})
        rates, retries = queue.get("rateLimits", {}), queue.get("retryConfig", {})
        has = {flag: rates.get(name) for flag, name in _RATES.items()}
        has |= {flag: retries.get(name) for flag, name in _RETRIES.items()}
        if {flag: str(value).removesuffix(".0") for flag, value in has.items()} != each.flags:
            verb = "update" if queue else "create"
            flags = {**each.flags, "location": run.where.region}
            make = gcloud("tasks", "queues", verb, each.name, flags=flags)
            open_to = "" if queue else _policy_of_queue(each, run)
            yield "resources", f"queue {each.name}", all_of(make, open_to)


def _subscriptions(around: Resources, found: Found, run: Deployment) -> Iterator[Step]:
    there, group = found.by_name("subscriptions"), ("pubsub", "subscriptions")
    for each in around.subscriptions:
        existing = there.get(each.name)
        if existing and mark_of(existing) == each.version:
            continue
        mark = f"spec={each.version}"
        if existing:
            _refuse_what_cannot_change(each, existing)
            lines = [gcloud(*group, "update", each.name, flags=each.flags, update_labels=mark)]
        elif each.policy:
            lines = [
                gcloud(*group, "create", each.name, flags={**each.fixed, **each.flags}),
                gcloud(*group, "update", each.name, update_labels=mark),
            ]
        else:
            flags = {**each.fixed, **each.flags, "labels": mark}
            lines = [gcloud(*group, "create", each.name, flags=flags)]
        if each.policy:
            policy = run.policy(f"subscription-{each.name}", each.policy)
            lines.insert(-1, gcloud(*group, "set-iam-policy", each.name, policy))
        yield "wiring", f"subscription {each.name}", all_of(*lines)


def _refuse_what_cannot_change(each: Resource, existing: Mapping[str, Any]) -> None:
    has = {"topic": existing["topic"].rpartition("/")[2]}
    if "filter" in existing:
        has["message-filter"] = existing["filter"]
    if existing.get("enableMessageOrdering"):
        has["enable-message-ordering"] = ""
    if has != each.fixed:
        raise BadPlanError(
            f"{each.name} is subscribed as {has}, which cannot become {each.fixed}: "
            "give the handler another name, and delete the old one when it has nothing to do"
        )


def _jobs(around: Resources, found: Found, run: Deployment) -> Iterator[Step]:
    there = found.by_name("jobs")
    for each in around.jobs:
        if there.get(each.name, {}).get("description") != each.version:
            verb = "update" if each.name in there else "create"
            flags = {**each.flags, "location": run.where.region, "description": each.version}
            make = gcloud("scheduler", "jobs", verb, "http", each.name, flags=flags)
            yield "wiring", f"job {each.name}", make


def _gateway(planned: list[Planned], found: Found, run: Deployment) -> Iterator[Step]:
    """Give the gateway a configuration of its own text; keep the last one, delete older ones."""
    text = gateway.render(planned, run.where)
    config = f"c-{sha256(text.encode()).hexdigest()[:20]}"
    (existing,) = found.listed("gateways") or [{}]
    serving = existing.get("apiConfig", "").rpartition("/")[2]
    if serving == config:
        return
    path = run.written("gateway.yaml", text)
    group, api = "api-gateway", f"--api={SUITE}"
    lines = [] if found.listed("apis") else [gcloud(group, "apis", "create", SUITE)]
    configs = found.by_name("configs")
    if config not in configs:
        account = run.where.email("gateway")
        lines.append(
            gcloud(
                *(group, "api-configs", "create", config, api),
                openapi_spec=path,
                backend_auth_service_account=account,
            )
        )
    verb = "update" if existing else "create"
    lines.append(
        gcloud(group, "gateways", verb, SUITE, api, api_config=config, location=run.where.region)
    )
    lines += [
        gcloud(group, "api-configs", "delete", each, api, "--quiet")
        for each in configs
        if each not in {config, serving}
    ]
    yield "wiring", "gateway", all_of(*lines)
