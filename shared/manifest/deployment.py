"""One run of deploy.sh: what it found, what it writes for gcloud, and how gcloud is told."""

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.manifest.environment import Environment
from shared.manifest.resources import Narrow

SUITE = "pushnchat"
"""What is ours among the services of a project, and the name of what there is one of."""

Step = tuple[str, str, str]
"""Phase, what it is about, and the command line that ends with what tells that it was done."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One run of deploy.sh: where to, in which way, as which release, by which files."""

    where: Environment
    files: Path
    release: str
    mode: str = "run"

    def written(self, name: str, content: object) -> str:
        """Write a file for gcloud to read; return its path."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, indent=1)
        path.write_text(text)
        return str(path)

    def policy(
        self, name: str, wanted: Mapping[str, set[str]], narrow: Iterable[Narrow] = ()
    ) -> str:
        """Write a policy that is a resource's whole one."""
        bindings: list[dict[str, Any]] = [
            {"role": role, "members": sorted(map(self.where.member, accounts))}
            for role, accounts in sorted(wanted.items())
        ]
        for each in narrow:
            member = self.where.member(each.account)
            bindings.append({"role": each.role, "members": [member], "condition": each.condition})
        # Only of this version Google takes conditions.
        return self.written(f"policies/{name}.json", {"version": 3, "bindings": bindings})


class Found:
    """What there is, as gcloud lists it."""

    def __init__(self, directory: Path) -> None:
        """Read the lists in `directory` when they are asked for."""
        self._directory = directory

    def listed(self, kind: str) -> list[dict[str, Any]]:
        """Return every resource of a kind."""
        found = json.loads((self._directory / f"{kind}.json").read_text())
        return found if isinstance(found, list) else [found]

    def of_project(self) -> tuple[str, str]:
        """Return what Google alone knows: the project's number, and where its gateway is."""
        (project,) = self.listed("project")
        hosts = [each["defaultHostname"] for each in self.listed("gateways")]
        return project["projectNumber"], f"https://{hosts[0]}" if hosts else ""

    def by_name(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the resources of a kind by the last part of their names."""
        return {each["name"].rpartition("/")[2]: each for each in self.listed(kind)}


def gcloud(*words: str, flags: Mapping[str, str] | None = None, **named: str) -> str:
    """Return a command line; a flag without a value is one that is on."""
    given = {**(flags or {}), **{name.replace("_", "-"): value for name, value in named.items()}}
    said = [f"--{name}={value}" if value else f"--{name}" for name, value in given.items()]
    return shlex.join(["gcloud", *words, *said])


def all_of(*lines: str) -> str:
    """Return the line that does one thing after the other, as long as they succeed."""
    return " && ".join(filter(None, lines))


def mark_of(each: Mapping[str, Any]) -> str | None:
    """Return the version that a resource was marked with when all of it was done."""
    spec: str | None = each.get("labels", {}).get("spec")
    return spec
