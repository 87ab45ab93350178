"""What is to be done where an environment is not as planned, phase by phase.

deploy.sh lists what there is, this says what to do about it, deploy.sh does it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from shared.manifest import rollout, watching, wiring
from shared.manifest.closure import version
from shared.manifest.deployment import Deployment, Found, Step
from shared.manifest.discovery import ROOT
from shared.manifest.plan import Planned, password_of
from shared.manifest.resources import Resources

PHASES = ("accounts", "resources", "migrations", "functions", "wiring")

IMAGE = (
    "functions",
    "migrations",
    "schemas",
    "shared",
    "main.py",
    "requirements.txt",
    "Dockerfile",
)
"""What the image is made of."""


def steps(
    planned: list[Planned], chosen: list[Planned], around: Resources, found: Found, run: Deployment
) -> list[Step]:
    """Return all that is to be done for the `chosen` functions, in the order of `PHASES`."""
    wanted = around if chosen == planned else only(chosen, around)
    made = [
        *wiring.steps(planned, wanted, found, run),
        *rollout.migrations(found, run),
        *rollout.functions(chosen, found, run),
        *watching.steps(found, run),
    ]
    return sorted(made, key=lambda step: PHASES.index(step[0]))


def only(chosen: list[Planned], around: Resources) -> Resources:
    """Return of all resources those that some functions need themselves."""
    names = {each.name for each in chosen}
    topics = {each.entry.service for each in chosen}
    topics |= {each.fixed["topic"] for each in around.subscriptions if each.name in names}
    topics |= {f"{topic}-dead-letters" for topic in topics}
    mounted = {name for each in chosen for name in each.secrets.values()}
    mounted.add(password_of("migrator"))
    return replace(
        around,
        topics=[each for each in around.topics if each.name in topics],
        subscriptions=[each for each in around.subscriptions if each.name in names | topics],
        secrets=[each for each in around.secrets if each.name in mounted],
        jobs=[each for each in around.jobs if each.name in names],
    )


def remarks(planned: Iterable[Planned], todo: Iterable[Step], found: Found) -> Iterator[str]:
    """Yield what somebody should do that deploy.sh does not."""
    for name in sorted(rollout.services(found).keys() - {each.name for each in planned}):
        yield f"{name} is deployed and no function of the suite any more: delete it when it is idle"
    for _, name, line in todo:
        if line.startswith("gcloud secrets create "):
            fill = f"gcloud secrets versions add {name.partition(' ')[2]} --data-file=-"
            yield f"{name} will be empty: {fill}"


def image() -> str:
    """Return the hash of all that the image is made of: the same is not built twice."""
    inside = (each for name in IMAGE for each in (ROOT / name, *(ROOT / name).rglob("*")))
    return version(each for each in inside if each.is_file() and "__pycache__" not in each.parts)
