"""Starts each job when its cron expression says so, in UTC, once for each instant.

Two schedulers, or one that restarts, start a job once: the row of the job decides. What fell due
while nothing ran is caught up by the latest run only.
"""

import threading
from datetime import UTC, datetime, timedelta

from cronsim import CronSim

from local import deliveries
from local.store import Store
from shared import log
from shared.entry import Entry
from shared.triggers import Cron

SWITCH = "scheduler"
ATTEMPTS = 5
LOOK_SECONDS = 1.0


def latest_due(expression: str, now: datetime) -> datetime:
    """Return the last instant, now included, at which a job was due."""
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    # Backwards, the library returns instants strictly before the one it starts from.
    return next(CronSim(expression, minute + timedelta(minutes=1), reverse=True))


def next_due(expression: str, now: datetime) -> datetime:
    """Return the next instant at which a job will be due."""
    return next(CronSim(expression, now.astimezone(UTC)))


def jobs(entries: dict[str, Entry]) -> dict[str, str]:
    """Return the cron expression of every scheduled job."""
    return {
        entry.name: entry.trigger.schedule
        for entry in entries.values()
        if isinstance(entry.trigger, Cron)
    }


class Scheduler:
    """Owes the jobs their runs; the dispatcher makes them."""

    def __init__(self, store: Store, expressions: dict[str, str]) -> None:
        """Schedule the jobs in `expressions`."""
        self._store = store
        self._expressions = expressions
        self._started: dict[str, datetime] = {}
        self._stopping = threading.Event()

    def run(self) -> None:
        """Look every second until `stop` is called."""
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self.look(datetime.now(UTC))
            except Exception as error:  # noqa: BLE001  # the database restarts: look again
                log.write("WARNING", "the scheduler could not look", error=str(error)[:300])

    def look(self, now: datetime) -> list[str]:
        """Start what is due at `now`; return the jobs that this call started."""
        if not deliveries.is_on(self._store, SWITCH):
            return []
        started = []
        for job, expression in self._expressions.items():
            due = latest_due(expression, now)
            if self._started.get(job) == due:
                continue
            if deliveries.start_job(self._store, job, due, ATTEMPTS):
                started.append(job)
            self._started[job] = due
        return started

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
