"""An environment that the suite is deployed to, read from `deploy/<name>.env` and judged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.manifest.discovery import ROOT
from shared.settings import NAME, SECRETS, MisconfiguredError, read

OWN = "DEPLOY_"
"""So begin the variables that deploying needs; every other is given to each function."""

_OWN_NAMES = {
    "DEPLOY_CHANNELS",
    "DEPLOY_CONNECTIONS",
    "DEPLOY_MOST_INSTANCES",
    "DEPLOY_NETWORK",
    "DEPLOY_SUBNET",
    "DEPLOY_VPC_CONNECTOR",
    "DEPLOY_MODE",
}
_NEEDED = ("GOOGLE_CLOUD_PROJECT", "REGION", "DEPLOY_CONNECTIONS")
NUMBER = "NUMBER"
"""Stands where Google was not asked for the project's own."""

_LINE = re.compile(r"^([A-Z][A-Z0-9_]*)=(.*)$")
_NOT_DEPLOYED = "# For `make run`."


class BadEnvironmentError(ValueError):
    """The file of an environment says what it must not, or not what it must."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Where the suite is deployed, and what every function is told."""

    name: str
    project: str
    number: str
    region: str
    connections: int
    most_instances: int
    network: str
    subnet: str
    vpc_connector: str
    channels: tuple[str, ...]
    """Who is told of alerts: notification channels by their whole names."""
    settings: Mapping[str, str]

    def url(self, deployed: str) -> str:
        """Return where a function is reached under its deployed name, known before it is there."""
        return self.settings["FUNCTION_URL"].replace(NAME, deployed)

    def email(self, account: str) -> str:
        """Return the address of one of our service accounts."""
        return f"{account}@{self.project}.iam.gserviceaccount.com"

    def member(self, account: str) -> str:
        """Return an account as policies name it; one with an `@` is Google's own."""
        return f"serviceAccount:{account if '@' in account else self.email(account)}"


def load(
    name: str, root: Path = ROOT, *, number: str = NUMBER, gateway_url: str = ""
) -> Environment:
    """Read `deploy/<name>.env`; raise `BadEnvironmentError` with all that is wrong with it.

    What Google alone knows, the number of the project and where its gateway is, is given.
    """
    path = root / "deploy" / f"{name}.env"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in path.parent.glob("*.env")))
        raise BadEnvironmentError(f"There is no {path.relative_to(root)}; there are {known}.")
    said = variables(path.read_text())
    if gateway_url and not said.get("GATEWAY_URL"):
        said["GATEWAY_URL"] = gateway_url
    return environment(name, said, number)


def environment(name: str, said: Mapping[str, str], number: str = NUMBER) -> Environment:
    """Judge what a file says; raise `BadEnvironmentError` with all that is wrong with it."""
    known = _known()
    problems = [f"{each} is missing" for each in _NEEDED if not said.get(each)]
    problems += [f"{each} belongs in Secret Manager" for each in sorted(said.keys() & {*SECRETS})]
    problems += [
        f"{each} is nothing that .env.example or a deployment knows"
        for each in said
        if each not in known.union(_OWN_NAMES, SECRETS)
    ]
    project, region = said.get("GOOGLE_CLOUD_PROJECT", ""), said.get("REGION", "")
    given = {each: value for each, value in said.items() if not each.startswith(OWN) and value}
    given.setdefault("FUNCTION_URL", f"https://{NAME}-{number}.{region}.run.app")
    try:
        read({**given, **dict.fromkeys(SECRETS, "kept"), "K_SERVICE": name})
    except (MisconfiguredError, ValueError) as error:
        problems.append(str(error))
    if problems:
        raise BadEnvironmentError("\n".join(f"deploy/{name}.env: {each}" for each in problems))
    return Environment(
        name=name,
        project=project,
        number=number,
        region=region,
        connections=int(said["DEPLOY_CONNECTIONS"]),
        most_instances=int(said.get("DEPLOY_MOST_INSTANCES") or 1_000),
        network=said.get("DEPLOY_NETWORK", ""),
        subnet=said.get("DEPLOY_SUBNET", ""),
        vpc_connector=said.get("DEPLOY_VPC_CONNECTOR", ""),
        channels=tuple(filter(None, said.get("DEPLOY_CHANNELS", "").split(","))),
        settings=given,
    )


def variables(text: str) -> dict[str, str]:
    """Read the lines of an env file; a comment follows two spaces."""
    found = (_LINE.match(line) for line in text.splitlines())
    return {line[1]: line[2].partition("  #")[0].strip() for line in found if line}


def _known() -> set[str]:
    """Return the variables of functions; those of a development machine, to refuse them by name."""
    return set(variables((ROOT / ".env.example").read_text().partition(_NOT_DEPLOYED)[0]))
