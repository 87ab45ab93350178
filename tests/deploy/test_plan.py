"""What is deployed, and what is refused before anything is."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

import shared.cloud
from schemas.shape import Event
from shared import exports
from shared.entry import Entry
from shared.ids import new_id
from shared.manifest import plan, resources, rollout
from shared.manifest.deployment import Deployment
from shared.manifest.discovery import LONGEST_NAME, ROOT, entries
from shared.manifest.environment import Environment, load
from shared.manifest.plan import BadPlanError, Planned
from shared.manifest.resources import Narrow, Resource
from shared.settings import read
from shared.triggers import OnEvent, Task
from tests.architecture.samples import ALL, CRONS, EVENTS, HTTP, example

WHERE = load("prod")
PLANNED = {each.target: each for each in plan.plan(ALL, WHERE)}
AROUND = resources.resources([*PLANNED.values()], WHERE)


def _planned(entries: list[Entry], where: Environment = WHERE) -> list[Planned]:
    return plan.plan(entries, where)


def test_more_connections_than_the_database_has_are_refused() -> None:
    """Before it is the database that refuses."""
    used = sum(each.connections for each in PLANNED.values())
    _planned(ALL, replace(WHERE, connections=used))
    with pytest.raises(BadPlanError, match=f"can open {used} of {used - 1} connections"):
        _planned(ALL, replace(WHERE, connections=used - 1))


def test_an_environment_may_cap_the_instances_and_with_them_the_connections() -> None:
    """A database for trying things out is small."""
    few = _planned(ALL, replace(WHERE, most_instances=1))
    assert {each.size.max_instances for each in few} == {1}
    assert sum(each.connections for each in few) <= plan.POOL * len(few)


@pytest.mark.parametrize("attempts", [0, 4, 101])
def test_a_handler_that_is_not_tried_again_and_dead_lettered_is_refused(attempts: int) -> None:
    """What it fails at would be lost, or come back for ever."""
    with pytest.raises(BadPlanError, match=f"{EVENTS[0].name} needs 5 to 100 attempts"):
        _planned([replace(EVENTS[0], trigger=OnEvent(attempts))])


def test_a_name_that_is_too_long_is_refused() -> None:
    """Cloud Run takes 46 characters of a name and a tag."""
    _planned([replace(HTTP[0], name="a" * LONGEST_NAME)])
    assert LONGEST_NAME + len(rollout.NEW) == 46
    with pytest.raises(BadPlanError, match="longer than 43"):
        _planned([replace(HTTP[0], name="a" * (LONGEST_NAME + 1))])


def test_every_problem_is_said() -> None:
    """Not the first one only."""
    bad = [replace(EVENTS[0], name="a" * 50), replace(EVENTS[1], trigger=OnEvent(1))]
    with pytest.raises(BadPlanError) as refused:
        _planned(bad, replace(WHERE, connections=1))
    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize("each", PLANNED.values(), ids=PLANNED)
def test_a_function_starts_with_what_it_is_given(each: Planned) -> None:
    """Its settings are those that production takes, and its threads are the calls it is sent."""
    env = {**each.env, "K_SERVICE": each.name}
    found = read(env)
    assert found.production
    assert found.url_of(each.target) == each.url
    assert env["FUNCTION_TARGET"] == each.entry.function.__name__
    assert env["THREADS"] == str(each.size.concurrency)
    assert int(env["DB_POOL"]) * each.size.max_instances == each.connections or not each.db_role


@pytest.mark.parametrize("each", PLANNED.values(), ids=PLANNED)
def test_a_function_runs_as_its_service_and_reads_the_password_of_its_role_alone(
    each: Planned,
) -> None:
    """One that is taken over opens no other service's door."""
    assert each.account == f"fn-{each.entry.service}"
    passwords = [secret for secret in each.secrets.values() if secret.startswith("db-")]
    assert passwords == ([f"db-{each.entry.db_role.replace('_', '-')}"] if each.db_role else [])
    assert each.secrets.items() <= each.env.items()


def test_each_secret_is_read_by_those_that_are_given_it() -> None:
    """And by nobody else."""
    given: dict[str, set[str]] = {"db-migrator": {"migrate"}}
    for each in PLANNED.values():
        for secret in each.secrets.values():
            given.setdefault(secret, set()).add(each.account)
    assert {each.name: each.policy for each in AROUND.secrets} == {
        name: {"roles/secretmanager.secretAccessor": who} for name, who in given.items()
    }


@pytest.mark.parametrize("entry", EVENTS, ids=lambda entry: entry.name)
def test_an_event_handler_is_pushed_to_and_what_it_cannot_handle_is_kept(entry: Entry) -> None:
    """With a token for itself alone, retries, a dead letter, and no end for want of events."""
    subscription = _by_name(AROUND.subscriptions)[PLANNED[entry.name].name]
    flags = {**subscription.fixed, **subscription.flags}
    topic = flags["topic"]
    assert flags["push-auth-token-audience"] == PLANNED[entry.name].url
    assert flags["push-endpoint"] == f"{PLANNED[entry.name].url}/"
    assert flags["push-auth-service-account"] == WHERE.email("push")
    assert flags["dead-letter-topic"] == f"{topic}-dead-letters"
    assert int(flags["max-delivery-attempts"]) in plan.ATTEMPTS
    assert flags["expiration-period"] == "never"
    assert int(flags["ack-deadline"]) >= PLANNED[entry.name].size.timeout_seconds
    dead = _by_name(AROUND.subscriptions)[flags["dead-letter-topic"]]
    assert dead.fixed["topic"] == flags["dead-letter-topic"]
    agent = {resources.agent(WHERE)}
    assert subscription.policy == {"roles/pubsub.subscriber": agent}
    assert _by_name(AROUND.topics)[dead.name].policy == {"roles/pubsub.publisher": agent}


def _by_name(found: list[resources.Resource]) -> dict[str, resources.Resource]:
    return {each.name: each for each in found}


def test_events_with_a_key_are_kept_in_order() -> None:
    """And only they: order costs a queue for each key."""
    for entry in EVENTS:
        assert entry.event is not None
        event = entry.event.model_validate(example(entry.event, sent=False), strict=False)
        assert isinstance(event, Event)
        fixed = _by_name(AROUND.subscriptions)[PLANNED[entry.name].name].fixed
        assert ("enable-message-ordering" in fixed) is (event.ordering_key() is not None)


def test_a_topic_takes_events_of_its_service_and_of_the_relay_alone() -> None:
    """Nor what another should have; all hand in parts of an export, and tell of lost installs."""
    everybody = {f"fn-{entry.service}" for entry in ALL}
    for each in AROUND.topics:
        if not each.name.endswith("-dead-letters"):
            own = {f"fn-{each.name}", f"fn-{resources.RELAY}"}
            senders = everybody if each.name in {"exports", "installs"} else own
            assert each.policy == {"roles/pubsub.publisher": senders}


def test_every_job_is_called_with_a_token_for_itself() -> None:
    """As scheduler.yaml says when."""
    jobs = {each.name: each.flags for each in AROUND.jobs}
    assert jobs.keys() == {PLANNED[entry.name].name for entry in CRONS}
    for entry in CRONS:
        flags = jobs[PLANNED[entry.name].name]
        assert flags["oidc-token-audience"] == PLANNED[entry.name].url
        assert flags["oidc-service-account-email"] == WHERE.email("scheduler")
        assert flags["schedule"] == plan.trigger_of(entry)["schedule"]


def test_a_queue_outlasts_the_attempts_of_its_handlers() -> None:
    """The handler itself counts them and keeps what failed; Cloud Tasks would drop it."""

    def handler(name: str, attempts: int) -> Planned:
        return replace(
            PLANNED[EVENTS[0].name],
            target=name,
            invoker="tasks",
            entry=replace(EVENTS[0], name=name, trigger=Task("mail", attempts)),
        )

    around = resources.resources([handler("task_a", 3), handler("task_b", 12)], WHERE)
    (queue,) = around.queues
    assert queue.name == "mail"
    assert int(queue.flags["max-attempts"]) > 12
    assert int(queue.flags["max-concurrent-dispatches"]) == 2 * 2 * 8
    senders = {f"fn-{EVENTS[0].service}", f"fn-{resources.RELAY}"}
    assert queue.policy == {"roles/cloudtasks.enqueuer": senders}
    tasks = _by_name(around.accounts)["tasks"]
    assert tasks.policy == {"roles/iam.serviceAccountUser": senders}


def test_every_seam_says_what_its_account_needs() -> None:
    """A new one cannot be forgotten: its functions would be refused by Google."""
    directory = ROOT / "shared" / "cloud"
    modules = {path.stem for path in directory.glob("*.py")} - {"__init__"}
    assert shared.cloud.__file__ == str(directory / "__init__.py")
    assert modules <= resources.SEAMS.keys()


def test_only_who_manages_sign_ins_may_change_them() -> None:
    """Least of all whoever only reads listings."""
    assert AROUND.project["roles/firebaseauth.admin"] == {"fn-users"}


def test_what_the_whole_project_grants_is_what_no_single_resource_can() -> None:
    """Queues, topics, subscriptions, secrets and buckets say for themselves who may use them."""
    assert AROUND.project.keys() == {
        "roles/cloudsql.client",
        "roles/datastore.user",
        "roles/firebaseauth.admin",
        "roles/firebaseauth.viewer",
        "roles/firebasecloudmessaging.admin",
    }


def _bucket(setting: str) -> Resource:
    """Return the bucket that a setting names."""
    (found,) = (each for each in AROUND.buckets if each.name == WHERE.settings[setting])
    return found


def _may(service: str, object_name: str) -> set[str]:
    """Return the roles that a service's account has on an object of exports, as IAM would."""
    bucket = _bucket("EXPORT_BUCKET")
    path = Path(Deployment(WHERE, Path(mkdtemp()), "r1").policy("b", bucket.policy, bucket.narrow))
    resource = f"projects/_/buckets/{bucket.name}/objects/{object_name}"
    found = set()
    for each in json.loads(path.read_text())["bindings"]:
        (member,) = each["members"]
        expression = each.get("condition", {"expression": 'resource.name.startsWith("")'})
        folder = re.fullmatch(r'resource\.name\.startsWith\("(.*)"\)', expression["expression"])
        assert folder
        if member == WHERE.member(f"fn-{service}") and resource.startswith(folder[1]):
            found.add(each["role"])
    return found


@pytest.mark.parametrize("service", sorted({entry.service for entry in ALL}))
def test_p9_a_service_may_make_its_own_part_of_an_export_and_no_more(service: str) -> None:
    """It can neither read another's part nor replace its own; one service keeps them all."""
    person, export = new_id(), new_id()
    parts = {part: exports.part_name(part, person, export) for part in exports.PARTS}
    archive = exports.archive_name(person, export)
    if service == exports.KEEPER:
        wanted = {each: {"roles/storage.objectUser"} for each in (*parts.values(), archive)}
    else:
        wanted = {each: set[str]() for each in (*parts.values(), archive)}
        if service in parts:
            wanted[parts[service]] = {"roles/storage.objectCreator"}
    assert {name: _may(service, name) for name in wanted} == wanted
    for bucket in AROUND.buckets:
        # Without it conditions are refused, and lists of access could grant more.
        assert "uniform-bucket-level-access" in bucket.fixed


def test_p9_files_of_conversations_are_of_the_service_that_has_the_conversations() -> None:
    """And so is the ring of keys that opens what is written beside them."""
    assert _bucket("ATTACHMENT_BUCKET").policy == {"roles/storage.objectUser": {"fn-messaging"}}
    (ring,) = (each for each in AROUND.secrets if each.name == "message-keys")
    assert ring.policy == {"roles/secretmanager.secretAccessor": {"fn-messaging"}}


def test_a_bucket_of_which_nobody_says_who_may_use_it_is_refused() -> None:
    """It would be open to all services, or to none."""
    more = replace(WHERE, settings={**WHERE.settings, "OTHER_BUCKET": "other"})
    with pytest.raises(BadPlanError, match="who may do what in OTHER_BUCKET"):
        resources.resources([*PLANNED.values()], more)


def test_a_resource_has_a_new_version_when_anything_of_it_changes() -> None:
    """Flags, policy or what it is called."""
    one = AROUND.topics[0]
    others: Iterator[Any] = iter(
        (
            replace(one, name="other"),
            replace(one, flags={**one.flags, "labels": "a=b"}),
            replace(one, fixed={"topic": "x"}),
            replace(one, policy={"roles/pubsub.publisher": {"fn-other"}}),
            replace(one, narrow=(Narrow("roles/storage.objectCreator", "fn-a", "b", "c/"),)),
        )
    )
    assert one.version not in {each.version for each in others}
    assert one.version == replace(one).version


def test_entries_are_planned_once() -> None:
    """Each function of the suite."""
    assert PLANNED.keys() == entries().keys()
