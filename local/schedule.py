"""Starts each job when its cron expression says so, once for each instant.

Two schedulers, or one that restarts, start a job once: the row of the job decides. What fell due
while nothing ran is caught up by the latest run only.
"""

import threading
from datetime import UTC, datetime

from local import deliveries, jobs
from local.store import Store
from shared import log

SWITCH = "scheduler"
LOOK_SECONDS = 1.0


class Scheduler:
    """Owes the jobs their runs; the dispatcher makes them."""

    def __init__(self, store: Store) -> None:
        """Schedule the jobs in `store`."""
        self._store = store
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
        for job in jobs.listed(self._store):
            name, function = job["name"], jobs.function_of(job)
            due = jobs.latest_due(job["schedule"], now, job["timeZone"])
            if job["state"] != "ENABLED" or self._started.get(name) == due:
                continue
            message, attempts = jobs.run_of(job)
            if deliveries.start_job(self._store, name, due, function, message, attempts):
                started.append(function)
            self._started[name] = due
        return started

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
