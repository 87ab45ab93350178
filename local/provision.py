"""Makes on this machine what a deployment makes: the queues and jobs that the functions declare."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from local.identity import PROJECT
from local.outgoing import Backoff
from local.rest import Answer, RefusedError
from shared.entry import Entry
from shared.manifest import scheduler
from shared.settings import settings
from shared.triggers import Task

Ask = Callable[[str, str, dict[str, Any]], Answer | None]
"""Sends a request to the services of this machine."""


def provide(ask: Ask, entries: dict[str, Entry], backoff: Backoff) -> None:
    """Make the queues and jobs of `entries`, and remove those that no function declares."""
    under = f"projects/{PROJECT}/locations/{settings().region}"
    queues = {
        f"{under}/queues/{name}": {"retryConfig": _retry(attempts, backoff)}
        for name, attempts in _attempts(entries).items()
    }
    jobs = {f"{under}/jobs/{each['name']}": _job(each) for each in scheduler.jobs()}
    for version, kind, wanted in (("v2", "queues", queues), ("v1", "jobs", jobs)):
        there = _listed(ask, f"/{version}/{under}/{kind}", kind)
        for name in there - wanted.keys():
            ask("DELETE", f"/{version}/{name}", {})
        for name, body in wanted.items():
            if name in there:
                ask("PATCH", f"/{version}/{name}", body)
            else:
                ask("POST", f"/{version}/{under}/{kind}", {**body, "name": name})


def _attempts(entries: dict[str, Entry]) -> dict[str, int]:
    """Return each queue with the most attempts that a function on it asks for."""
    found: dict[str, int] = defaultdict(int)
    for entry in entries.values():
        if isinstance(entry.trigger, Task):
            found[entry.trigger.queue] = max(found[entry.trigger.queue], entry.trigger.attempts)
    return found


def _retry(attempts: int, backoff: Backoff) -> dict[str, Any]:
    return {
        "maxAttempts": attempts,
        "minBackoff": f"{backoff.first_seconds}s",
        "maxBackoff": f"{backoff.longest_seconds}s",
        "maxDoublings": backoff.doublings,
    }


def _job(planned: dict[str, Any]) -> dict[str, Any]:
    """Return a job of `scheduler.yaml` in Google's JSON."""
    url = settings().url_of(planned["target"])
    return {
        "schedule": planned["schedule"],
        "timeZone": planned["time_zone"],
        "attemptDeadline": planned["attempt_deadline"],
        "httpTarget": {
            "uri": url,
            "httpMethod": planned["method"],
            "headers": {"Content-Type": "application/json"},
            "oidcToken": {
                "serviceAccountEmail": f"scheduler@{PROJECT}.iam.gserviceaccount.com",
                "audience": url,
            },
        },
        "retryConfig": {
            "retryCount": planned["retry"]["retry_count"],
            "minBackoffDuration": planned["retry"]["min_backoff_duration"],
            "maxBackoffDuration": planned["retry"]["max_backoff_duration"],
            "maxDoublings": planned["retry"]["max_doublings"],
        },
    }


def _listed(ask: Ask, path: str, kind: str) -> set[str]:
    answer = ask("GET", path, {})
    if answer is None:
        raise RefusedError(404, f"{path} is not served here.")
    return {each["name"] for each in answer[1][kind]}
