"""Prints the jobs of Cloud Scheduler, `scheduler.yaml`, from the scheduled functions."""

from typing import Any

from shared.manifest import yaml_text
from shared.manifest.discovery import deployed_name, entries
from shared.triggers import Cron

ATTEMPT_SECONDS = 60
"""A run stops taking batches after `jobs.JOB_SECONDS`; the one it holds may take the rest."""


def render() -> str:
    """Return the text of `scheduler.yaml`."""
    return yaml_text.render({"jobs": jobs()})


def jobs() -> list[dict[str, Any]]:
    """Return every job. A run that ends with more to do answers 503 and is called again."""
    return [
        {
            "name": deployed_name(entry),
            "schedule": entry.trigger.schedule,
            "time_zone": "Etc/UTC",
            "target": entry.name,
            "method": "POST",
            "attempt_deadline": f"{ATTEMPT_SECONDS}s",
            "retry": {
                "retry_count": 5,
                "min_backoff_duration": "1s",
                "max_backoff_duration": "60s",
                "max_doublings": 5,
            },
        }
        for entry in entries().values()
        if isinstance(entry.trigger, Cron)
    ]
