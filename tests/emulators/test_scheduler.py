"""Cloud Scheduler by Google's client, at the service of `make run`: jobs, and what a run sends."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import Conflict, NotFound
from google.cloud.scheduler_v1 import CloudSchedulerClient, Job

from functions.__main__ import main
from local import deliveries
from local.identity import PROJECT, Signer
from local.postgres import Server
from local.schedule import SWITCH, Scheduler
from local.store import Store
from shared import tokens
from shared.cloud import scheduler
from shared.settings import settings
from tests.factories.cloud import Functions, emptied, served, standing, states
from tests.running import soon

UNDER = f"projects/{PROJECT}/locations/europe-west1"
NAME = f"{UNDER}/jobs/cron-relay-outbox"


@dataclass
class Service:
    """Cloud Scheduler, and whom its jobs call."""

    db: Store
    functions: Functions
    google: CloudSchedulerClient

    def create(self, **change: Any) -> Job:
        """Make a job that is never due by itself."""
        url = f"{self.functions.url}/cron-relay-outbox"
        account = f"scheduler@{PROJECT}.iam.gserviceaccount.com"
        token = {"service_account_email": account, "audience": url}
        target = {"uri": url, "http_method": "POST", "body": b"{}", "oidc_token": token}
        target["headers"] = {"Content-Type": "application/json"}
        job = {"name": NAME, "schedule": "0 0 29 2 *", "http_target": target, **change}
        return self.google.create_job(request={"parent": UNDER, "job": job})


@pytest.fixture
def service(server: Server, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with (
        standing() as functions,
        emptied(server) as db,
        served(db, signer, functions.url, {}) as host,
    ):
        monkeypatch.setenv("CLOUD_SCHEDULER_EMULATOR_HOST", host)
        monkeypatch.setenv("FUNCTION_URL", f"{functions.url}/{{name}}")
        settings.cache_clear()
        with scheduler._client() as google:
            yield Service(db, functions, google)
    monkeypatch.undo()
    settings.cache_clear()


def test_a_run_says_which_it_is_and_who_calls(service: Service) -> None:
    """Run by hand, as `python -m functions run-job` does: the time is now, and its own."""
    service.create()
    before = datetime.now(UTC)
    assert main(["run-job", "cron_relay_outbox"]) == 0
    assert soon(lambda: states(service.db) == {"delivered": 1})
    (seen,) = service.functions.seen
    headers = seen["headers"]
    assert (seen["target"], seen["body"]) == ("cron_relay_outbox", {})
    assert headers["content-type"] == "application/json"
    assert headers["x-cloudscheduler"] == "true"
    assert headers["x-cloudscheduler-jobname"] == "cron-relay-outbox"
    due = datetime.fromisoformat(headers["x-cloudscheduler-scheduletime"])
    assert before <= due <= datetime.now(UTC)
    token = headers["authorization"].removeprefix("Bearer ")
    tokens.forget()
    tokens.verify_caller(token, "scheduler", "cron_relay_outbox")  # for its own address


def test_a_job_that_is_not_there_is_said_so(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run-job", "cron_make_coffee"]) == 1
    assert "cron_relay_outbox" in capsys.readouterr().err
    assert main(["run-job", "cron-relay-outbox"]) == 1
    assert "404" in capsys.readouterr().err
    assert service.functions.seen == []


def test_a_run_that_fails_is_tried_as_often_as_the_job_says(service: Service) -> None:
    """By default not once more."""
    service.functions.answer = lambda _: (500, {})
    service.create()
    service.google.run_job(name=NAME)
    assert soon(lambda: states(service.db) == {"dead": 1})
    assert len(service.functions.seen) == 1
    patient = {
        "name": NAME,
        "retry_config": {"retry_count": 2, "min_backoff_duration": timedelta(seconds=0.05)},
    }
    mask = {"paths": ["retry_config"]}
    service.google.update_job(request={"job": patient, "update_mask": mask})
    service.google.run_job(name=NAME)
    assert soon(lambda: states(service.db) == {"dead": 2})
    assert len(service.functions.seen) == 1 + 3
    times = {each["headers"]["x-cloudscheduler-scheduletime"] for each in service.functions.seen}
    assert len(times) == 2, "the tries of a run are for the same time"


def test_a_paused_job_is_not_due(service: Service) -> None:
    deliveries.turn(service.db, SWITCH, on=True)
    service.create(schedule="* * * * *", time_zone="Africa/Lagos")
    clock = Scheduler(service.db)
    soon_due = datetime.now(UTC) + timedelta(minutes=1)
    assert service.google.pause_job(name=NAME).state is Job.State.PAUSED
    assert clock.look(soon_due) == []
    assert service.google.resume_job(name=NAME).state is Job.State.ENABLED
    assert clock.look(soon_due) == ["cron_relay_outbox"]
    assert clock.look(soon_due) == []


def test_jobs_in_googles_words(service: Service) -> None:
    """Made, listed, changed, refused, deleted: what Google's client reads back is what it sent."""
    google = service.google
    made = service.create(schedule="30 6 * * 1", time_zone="Africa/Nairobi")
    due: Any = made.schedule_time  # a datetime, though the stubs say otherwise
    assert (made.state, due.weekday(), due.hour) == (Job.State.ENABLED, 0, 3)
    with pytest.raises(Conflict):
        service.create()
    given = google.get_job(name=NAME)
    assert given.http_target.uri == f"{service.functions.url}/cron-relay-outbox"
    assert given.http_target.body == b"{}"
    changed = {"name": NAME, "schedule": "0 7 * * *", "description": "not in the mask"}
    google.update_job(request={"job": changed, "update_mask": {"paths": ["schedule"]}})
    (listed,) = google.list_jobs(parent=UNDER)
    assert (listed.schedule, listed.description) == ("0 7 * * *", "")
    assert listed.time_zone == "Africa/Nairobi"
    google.delete_job(name=NAME)
    for ask in (google.get_job, google.run_job, google.pause_job):
        with pytest.raises(NotFound):
            ask(name=NAME)
