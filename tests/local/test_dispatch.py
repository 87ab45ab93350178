"""What the local cloud owes is delivered: late, again, in order, or to the dead letters."""

import base64
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pg8000.native
import pytest

from local import deliveries
from local.bus import Bus
from local.dispatch import Dispatcher
from local.identity import PROJECT, Signer
from local.jobs import latest_due
from local.mischief import Mischief
from local.postgres import Server
from local.rest import RefusedError
from local.schedule import SWITCH, Scheduler
from local.store import Store
from schemas.events.users import SessionsRevoked, UserOnboarded
from schemas.shape import Shape
from shared import tokens
from shared.entry import compile_entry
from shared.triggers import on_event, task
from tests.factories.cloud import QUICK, Functions, emptied, standing, states
from tests.running import soon

PARENT = f"projects/{PROJECT}/locations/europe-west1/queues/parcels"


class Parcel(Shape):
    number: int


@on_event(attempts=4)
def on_user_onboarded_wave(event: UserOnboarded) -> None:
    """Wave."""


@on_event(attempts=4)
def on_user_onboarded_bow(event: UserOnboarded) -> None:
    """Bow."""


@on_event(attempts=4)
def on_sessions_revoked_lock(event: SessionsRevoked) -> None:
    """Lock."""


@task(queue="parcels", attempts=3)
def task_carry_parcel(task: Parcel) -> None:
    """Carry."""


ENTRIES = {
    function.__name__: compile_entry(function)
    for function in (
        on_user_onboarded_wave,
        on_user_onboarded_bow,
        on_sessions_revoked_lock,
        task_carry_parcel,
    )
}


@pytest.fixture
def functions() -> Iterator[Functions]:
    with standing() as made:
        yield made


@pytest.fixture
def db(server: Server, signer: Signer) -> Iterator[Store]:
    with emptied(server) as made:
        yield made


@pytest.fixture
def dispatcher(db: Store, signer: Signer, functions: Functions) -> Iterator[Dispatcher]:
    made = Dispatcher(db, signer, functions.url, QUICK)
    running = threading.Thread(target=made.run, daemon=True)
    running.start()
    yield made
    made.stop()
    running.join(5)


@pytest.fixture
def bus(db: Store, dispatcher: Dispatcher) -> Bus:
    made = Bus(db, ENTRIES, dispatcher.wake)
    config = {"maxAttempts": 3, "minBackoff": "0.05s", "maxBackoff": "0.4s"}
    queue = {"name": PARENT, "retryConfig": config}
    made.resource("POST", f"/v2/{PARENT.rpartition('/')[0]}", queue)
    return made


def publish(bus: Bus, kind: str = "UserOnboarded", key: str | None = None) -> str:
    """Publish a message as `shared.cloud.bus` does; return what is in it."""
    said = str(uuid4())
    message = {
        "data": base64.b64encode(said.encode()).decode(),
        "attributes": {"type": kind, "id": said},
    }
    if key:
        message["orderingKey"] = key
    bus.answer(f"/v1/projects/{PROJECT}/topics/users:publish", {"messages": [message]})
    return said


def said(body: dict[str, Any]) -> str:
    return base64.b64decode(body["message"]["data"]).decode()


def create_task(bus: Bus, functions: Functions, name: str, due: datetime | None = None) -> None:
    given: dict[str, Any] = {
        "name": f"{PARENT}/tasks/{name}",
        "httpRequest": {
            "url": f"{functions.url}/task-carry-parcel",
            "oidcToken": {"serviceAccountEmail": f"tasks@{PROJECT}.iam.gserviceaccount.com"},
            "headers": {"Content-Type": "application/json", "traceparent": "00-ab-cd-01"},
            "body": base64.b64encode(b'{"number":7}').decode(),
        },
    }
    if due:
        given["scheduleTime"] = due.isoformat()
    bus.answer(f"/v2/{PARENT}/tasks", {"task": given})


def create_job(bus: Bus, functions: Functions, schedule: str = "*/5 * * * *") -> None:
    under = f"projects/{PROJECT}/locations/europe-west1/jobs"
    url = f"{functions.url}/cron-tidy"
    account = {"serviceAccountEmail": f"scheduler@{PROJECT}.iam.gserviceaccount.com"}
    job = {
        "name": f"{under}/cron-tidy",
        "schedule": schedule,
        "httpTarget": {"uri": url, "oidcToken": account},
        "retryConfig": {"retryCount": 1, "minBackoffDuration": "0.05s"},
    }
    bus.answer(f"/v1/{under}", job)


def tomorrow(hour: int) -> datetime:
    return (datetime.now(UTC) + timedelta(days=1)).replace(
        hour=hour, minute=0, second=0, microsecond=0
    )


def test_a_message_reaches_every_handler_of_its_type_and_no_other(
    bus: Bus, db: Store, functions: Functions
) -> None:
    message = publish(bus)

    assert soon(lambda: states(db) == {"delivered": 2})
    assert sorted(each["target"] for each in functions.seen) == [
        "on_user_onboarded_bow",
        "on_user_onboarded_wave",
    ]
    push = functions.bodies("on_user_onboarded_wave")[0]
    assert said(push) == message
    assert push["message"]["attributes"] == {"type": "UserOnboarded", "id": message}
    assert push["message"]["messageId"].isdigit()
    assert push["subscription"].endswith("/on-user-onboarded-wave")
    assert push["deliveryAttempt"] == 1


def test_the_caller_is_the_service_account_of_the_push(bus: Bus, functions: Functions) -> None:
    publish(bus)

    assert soon(lambda: len(functions.seen) == 2)
    tokens.forget()
    sent = functions.seen[0]["headers"]["authorization"].removeprefix("Bearer ")
    tokens.verify_caller(sent, "push", "on_user_onboarded_wave")


def test_a_topic_that_no_service_publishes_is_refused(bus: Bus) -> None:
    with pytest.raises(RefusedError, match="no topic") as refused:
        bus.answer(f"/v1/projects/{PROJECT}/topics/nothing:publish", {"messages": []})

    assert refused.value.status == 404


def test_a_failing_handler_is_tried_again_ever_later(
    bus: Bus, db: Store, functions: Functions
) -> None:
    functions.answer = lambda request: (
        (204 if request["body"]["deliveryAttempt"] == 4 else 500),
        {},
    )

    publish(bus, "SessionsRevoked")

    assert soon(lambda: states(db) == {"delivered": 1})
    assert [body["deliveryAttempt"] for body in functions.bodies("on_sessions_revoked_lock")] == [
        1,
        2,
        3,
        4,
    ]
    at = [each["at"] for each in functions.seen]
    assert at[1] - at[0] >= 0.045
    assert at[2] - at[1] >= 0.09
    assert at[3] - at[2] >= 0.18


def test_the_last_failure_is_kept_and_can_be_replayed(
    bus: Bus, db: Store, functions: Functions
) -> None:
    functions.answer = lambda _: (503, {})
    message = publish(bus, "SessionsRevoked")

    assert soon(lambda: states(db) == {"dead": 1})
    (dead,) = deliveries.listed(db, "dead", 10)
    assert (dead["attempts"], dead["last_error"].strip()) == (4, "503")
    assert len(functions.seen) == 4

    functions.answer = lambda _: (204, {})
    assert deliveries.replay(db, dead["id"])
    assert not deliveries.replay(db, dead["id"])

    assert soon(lambda: states(db) == {"delivered": 1})
    assert said(functions.seen[-1]["body"]) == message


def test_a_failing_message_holds_back_the_next_of_its_key_only(
    bus: Bus, db: Store, functions: Functions
) -> None:
    lock = threading.Event()
    first = str(uuid4())

    def answer(request: dict[str, Any]) -> tuple[int, dict[str, str]]:
        return (204 if lock.is_set() or said(request["body"]) != first else 500), {}

    functions.answer = answer
    first = publish(bus, "SessionsRevoked", "ngozi")
    second = publish(bus, "SessionsRevoked", "ngozi")
    other = publish(bus, "SessionsRevoked", "kofi")
    free = publish(bus, "SessionsRevoked")

    assert soon(lambda: states(db) == {"delivered": 2, "waiting": 2})
    arrived = [said(body) for body in functions.bodies("on_sessions_revoked_lock")]
    assert {other, free} < set(arrived)
    assert second not in arrived

    lock.set()
    assert soon(lambda: states(db) == {"delivered": 4})
    arrived = [said(body) for body in functions.bodies("on_sessions_revoked_lock")]
    assert arrived[-2:] == [first, second]


def test_a_dispatcher_that_starts_before_its_database_waits_for_it(
    db: Store, signer: Signer, functions: Functions
) -> None:
    """Else a crash of both leaves a bus that takes all and delivers nothing."""
    refused: list[int] = []

    def connect() -> pg8000.native.Connection:
        if len(refused) < 5:
            refused.append(1)
            raise pg8000.native.InterfaceError("the server is starting")
        return db._connect()

    late = Store(connect, 2)
    made = Dispatcher(late, signer, functions.url, QUICK)
    running = threading.Thread(target=made.run)
    running.start()
    publish(Bus(db, ENTRIES, made.wake))
    assert soon(lambda: states(db) == {"delivered": 2})
    made.stop()
    running.join()
    late.close()


def test_a_bus_told_to_repeats_delays_refuses_and_loses(
    db: Store, signer: Signer, functions: Functions
) -> None:
    """Each within "at least once": what it took is delivered, what it refused is not there."""
    busy = Bus(db, ENTRIES, lambda: None, Mischief(refused=1))
    with pytest.raises(RefusedError):
        publish(busy)
    assert states(db) == {}
    forgetful = Bus(db, ENTRIES, lambda: None, Mischief(duplicated=1, late=1, lost=1))
    with pytest.raises(RefusedError):
        publish(forgetful, key="one")
    assert states(db) == {"waiting": 4}
    assert db.rows("SELECT 1 FROM local.delivery WHERE ordering_key IS NOT NULL") == []
    deaf = Dispatcher(db, signer, functions.url, QUICK, mischief=Mischief(lost=1))
    running = threading.Thread(target=deaf.run)
    running.start()
    assert soon(lambda: len(functions.seen) > 8)
    deaf.stop()
    running.join()
    assert states(db) == {"waiting": 4}


def test_mischief_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_MISCHIEF", "duplicated=0.15,late=0.5")
    assert Mischief.from_environment() == Mischief(duplicated=0.15, late=0.5)
    monkeypatch.delenv("CLOUD_MISCHIEF")
    assert Mischief.from_environment() == Mischief()


def test_a_lease_that_ran_out_is_delivered_again(
    db: Store, signer: Signer, functions: Functions
) -> None:
    idle = Dispatcher(db, signer, functions.url, QUICK)
    publish(Bus(db, ENTRIES, idle.wake), "SessionsRevoked")
    (lost,) = deliveries.claim(db, 5)
    assert deliveries.claim(db, 5) == []
    db.rows("UPDATE local.delivery SET leased_until = clock_timestamp() - interval '1 second'")

    (again,) = deliveries.claim(db, 5)
    deliveries.fail(db, lost, "too late to say so", 60)
    deliveries.succeed(db, again)

    assert (lost.attempt, again.attempt) == (1, 2)
    assert states(db) == {"delivered": 1}


def test_nobody_there_costs_no_attempt(db: Store, signer: Signer, functions: Functions) -> None:
    nowhere = Dispatcher(db, signer, "http://127.0.0.1:1", QUICK)
    publish(Bus(db, ENTRIES, nowhere.wake), "SessionsRevoked")
    running = threading.Thread(target=nowhere.run, daemon=True)
    running.start()

    assert soon(lambda: deliveries.listed(db, None, 1)[0]["last_error"] == "nobody answers")
    nowhere.stop()
    running.join(5)

    (waiting,) = deliveries.listed(db, "waiting", 10)
    assert waiting["attempts"] == 0


def test_a_task_is_one_task_however_often_it_is_created(
    bus: Bus, db: Store, functions: Functions
) -> None:
    name = uuid4().hex
    create_task(bus, functions, name)

    with pytest.raises(RefusedError, match="exists") as refused:
        create_task(bus, functions, name)

    assert refused.value.status == 409
    assert soon(lambda: states(db) == {"delivered": 1})
    (sent,) = functions.seen
    assert sent["body"] == {"number": 7}
    assert sent["headers"]["x-cloudtasks-queuename"] == "parcels"
    assert sent["headers"]["x-cloudtasks-taskname"] == name
    assert sent["headers"]["x-cloudtasks-taskretrycount"] == "0"
    assert sent["headers"]["traceparent"] == "00-ab-cd-01"


def test_a_task_waits_for_its_time(bus: Bus, functions: Functions) -> None:
    due = datetime.now(UTC) + timedelta(seconds=1)
    create_task(bus, functions, uuid4().hex, due)

    assert soon(lambda: len(functions.seen) == 1)
    assert datetime.now(UTC) >= due


def test_retry_after_is_waited_for(bus: Bus, db: Store, functions: Functions) -> None:
    functions.answer = lambda request: (
        (429, {"Retry-After": "1"})
        if request["headers"]["x-cloudtasks-taskretrycount"] == "0"
        else (204, {})
    )
    create_task(bus, functions, uuid4().hex)

    assert soon(lambda: states(db) == {"delivered": 1})
    assert functions.seen[1]["at"] - functions.seen[0]["at"] >= 1


def test_two_schedulers_start_a_job_once_for_each_instant(
    bus: Bus, db: Store, functions: Functions
) -> None:
    deliveries.turn(db, SWITCH, on=True)
    create_job(bus, functions)
    noon = tomorrow(12)

    started = [
        Scheduler(db).look(now)
        for now in (noon, noon, noon + timedelta(minutes=4), noon + timedelta(minutes=5))
    ]

    assert started == [["cron_tidy"], [], [], ["cron_tidy"]]


def test_of_the_runs_missed_while_nothing_ran_the_latest_is_made(
    bus: Bus, db: Store, functions: Functions
) -> None:
    deliveries.turn(db, SWITCH, on=True)
    create_job(bus, functions)
    noon = tomorrow(12)
    Scheduler(db).look(noon)

    Scheduler(db).look(noon + timedelta(hours=3, minutes=2))

    due = [
        row["due"]
        for row in db.rows("SELECT message ->> 'due' AS due FROM local.delivery ORDER BY id")
    ]
    assert [datetime.fromisoformat(each) for each in due] == [noon, noon + timedelta(hours=3)]


def test_what_fell_due_before_a_job_was_there_is_not_made_up_for(
    bus: Bus, db: Store, functions: Functions
) -> None:
    deliveries.turn(db, SWITCH, on=True)
    create_job(bus, functions, "0 0 1 1 *")

    assert Scheduler(db).look(datetime.now(UTC)) == []


def test_a_scheduler_that_is_switched_off_starts_nothing(
    bus: Bus, db: Store, functions: Functions
) -> None:
    create_job(bus, functions, "* * * * *")
    deliveries.turn(db, SWITCH, on=False)

    assert Scheduler(db).look(tomorrow(12)) == []


def test_a_job_with_more_to_do_than_one_run_may_take_goes_on(
    bus: Bus, dispatcher: Dispatcher, db: Store, functions: Functions
) -> None:
    rounds = 7
    functions.answer = lambda _: (
        (503, {"Retry-After": "0"}) if len(functions.seen) < rounds else (200, {})
    )
    deliveries.turn(db, SWITCH, on=True)
    create_job(bus, functions)
    noon = tomorrow(12)
    Scheduler(db).look(noon)
    dispatcher.wake()

    assert soon(lambda: states(db) == {"delivered": 1})
    assert len(functions.seen) == rounds
    headers = functions.seen[-1]["headers"]
    assert headers["x-cloudscheduler"] == "true"
    assert headers["x-cloudscheduler-jobname"] == "cron-tidy"
    assert datetime.fromisoformat(headers["x-cloudscheduler-scheduletime"]) == noon


@pytest.mark.parametrize(
    ("expression", "now", "due"),
    [
        ("*/5 * * * *", "12:00:00", "12:00"),
        ("*/5 * * * *", "12:04:59.999999", "12:00"),
        ("30 * * * *", "12:29:00", "11:30"),
    ],
)
def test_latest_due_includes_the_very_minute(expression: str, now: str, due: str) -> None:
    day = "2026-11-22T"

    found = latest_due(expression, datetime.fromisoformat(f"{day}{now}+00:00"))

    assert found == datetime.fromisoformat(f"{day}{due}:00+00:00")
