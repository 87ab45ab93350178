"""Cloud Scheduler in Google's REST form: jobs, made, changed, paused and run by hand."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from cronsim import CronSim

from local import deliveries, outgoing
from local.deliveries import NewDelivery
from local.rest import Answer, RefusedError
from local.store import Store

_PARENT = r"projects/[^/]+/locations/[^/]+"
_JOBS = re.compile(rf"^/v1/({_PARENT}/jobs)$")
_JOB = re.compile(rf"^/v1/({_PARENT}/jobs/[^/:]+)(?::(pause|resume|run))?$")
_STATES = {"pause": "PAUSED", "resume": "ENABLED"}


class Jobs:
    """Jobs by name."""

    def __init__(self, store: Store, wake: Callable[[], None]) -> None:
        """Keep them in `store`; call `wake` when a run is owed."""
        self._store = store
        self._wake = wake

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Answer | None:
        """Answer a request, None when it is for another service."""
        address = urlsplit(path)
        if found := _JOBS.match(address.path):
            return self._create(body) if method == "POST" else self._list(found[1])
        if found := _JOB.match(address.path):
            mask = ",".join(parse_qs(address.query).get("updateMask", []))
            return self._of_one(method, found[1], found[2], body, mask)
        return None

    def _of_one(
        self, method: str, name: str, verb: str | None, body: dict[str, Any], mask: str
    ) -> Answer:
        job = self._found(name)
        match method, verb:
            case "PATCH", _:
                # The fields of the mask; without one, all that are given.
                fields = [_camel(each.partition(".")[0]) for each in mask.split(",") if each]
                return self._keep(job | {each: body[each] for each in fields or body})
            case "POST", "run":
                return self._run(job)
            case "POST", "pause" | "resume":
                return self._keep({**job, "state": _STATES[verb]})
            case "DELETE", _:
                self._store.rows("DELETE FROM local.job WHERE name = :name", name=name)
                return 200, {}
        return 200, job

    def _create(self, body: dict[str, Any]) -> Answer:
        if self._store.rows("SELECT FROM local.job WHERE name = :name", name=body["name"]):
            raise RefusedError(409, f"{body['name']} exists already.")
        return self._keep({"timeZone": "Etc/UTC", "retryConfig": {}, **body, "state": "ENABLED"})

    def _list(self, under: str) -> Answer:
        return 200, {
            "jobs": [each for each in listed(self._store) if each["name"].startswith(f"{under}/")]
        }

    def _run(self, job: dict[str, Any]) -> Answer:
        now = datetime.now(UTC)
        message, attempts = run_of(job)
        run = NewDelivery(
            kind="tick",
            target=function_of(job),
            message={**message, "due": _stamp(now)},
            attempts_allowed=attempts,
            ordering_key=job["name"],
        )
        deliveries.store(self._store, [run])
        self._wake()
        return 200, {**job, "lastAttemptTime": _stamp(now)}

    def _found(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] | None = self._store.value(
            "SELECT body FROM local.job WHERE name = :name", name=name
        )
        if found is None:
            raise RefusedError(404, f"There is no job {name}.")
        return found

    def _keep(self, job: dict[str, Any]) -> Answer:
        run_of(job)  # refuses what cannot be called
        now = datetime.now(UTC)
        # What fell due before the job was there is not made up for.
        self._store.rows(
            "INSERT INTO local.schedule VALUES (:name, :due) ON CONFLICT DO NOTHING",
            name=job["name"],
            due=latest_due(job["schedule"], now, job["timeZone"]),
        )
        self._store.rows(
            "INSERT INTO local.job VALUES (:name, :body) "
            "ON CONFLICT (name) DO UPDATE SET body = excluded.body",
            name=job["name"],
            body=json.dumps(job),
        )
        due = next_due(job["schedule"], now, job["timeZone"])
        return 200, {**job, "scheduleTime": _stamp(due), "userUpdateTime": _stamp(now)}


def listed(store: Store) -> list[dict[str, Any]]:
    """Return every job, by name."""
    rows = store.rows("SELECT body FROM local.job ORDER BY name")
    return [row["body"] for row in rows]


def run_of(job: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Return what a run of the job sends, and how often it is tried."""
    config = job["retryConfig"]
    again = outgoing.backoff(config, "minBackoffDuration", "maxBackoffDuration", 5.0)
    message = {
        "job": job["name"].rpartition("/")[2],
        "target": asdict(outgoing.target(job["httpTarget"], "uri")),
        "backoff": asdict(again),
    }
    return message, 1 + int(config.get("retryCount") or 0)


def function_of(job: dict[str, Any]) -> str:
    """Return the name of the function that a job calls."""
    return outgoing.target(job["httpTarget"], "uri").function


def latest_due(expression: str, now: datetime, zone: str = "UTC") -> datetime:
    """Return the last instant, now included, at which a job was due."""
    minute = now.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)
    # Backwards, the library returns instants strictly before the one it starts from.
    return next(CronSim(expression, minute + timedelta(minutes=1), reverse=True))


def next_due(expression: str, now: datetime, zone: str = "UTC") -> datetime:
    """Return the next instant at which a job will be due."""
    return next(CronSim(expression, now.astimezone(ZoneInfo(zone))))


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _camel(field: str) -> str:
    first, *others = field.split("_")
    return first + "".join(each.title() for each in others)
