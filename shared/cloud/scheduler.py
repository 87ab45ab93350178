"""Cloud Scheduler, as far as an operator needs it: run a job now.

Reached by Google's client, which `CLOUD_SCHEDULER_EMULATOR_HOST` leads to a development machine.
The jobs themselves are made by the deployment, from `scheduler.yaml`.
"""

from typing import TYPE_CHECKING

from shared.cloud.breaker import Breaker
from shared.settings import settings

if TYPE_CHECKING:
    from google.cloud.scheduler_v1 import CloudSchedulerClient

_breaker = Breaker("Cloud Scheduler")


def run(job: str) -> None:
    """Have a job run now, under a time of its own. Raises when there is no such job."""
    from shared.cloud import patience  # noqa: PLC0415  # only Google's clients need it

    now = settings()
    name = f"projects/{now.project}/locations/{now.region}/jobs/{job}"
    with _client() as client, _breaker.watch(*patience.silence()):
        client.run_job(name=name, **patience.terms())


def _client() -> "CloudSchedulerClient":
    """Return a client for one command: nobody runs jobs by hand twice in a process."""
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415  # 0.4 s
    from google.cloud.scheduler_v1 import CloudSchedulerClient  # noqa: PLC0415  # as above

    emulator = settings().scheduler_emulator
    if not emulator:
        return CloudSchedulerClient(transport="rest")
    return CloudSchedulerClient(
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]  # has no types
        transport="rest",
        client_options={"api_endpoint": f"http://{emulator}"},
    )
