"""A copy of the tree that may be edited, and deploy.sh with real gcloud on a fake control plane."""

import os
import shutil
import subprocess
import sys
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.controlplane import NUMBER, Body, Call, ControlPlane
from shared.manifest.discovery import ROOT

PROJECT = "demo-p"
FOLDERS = ("deploy", "functions", "hosting", "migrations", "schemas", "shared")
FILES = (
    *("deploy.sh", "main.py", "requirements.txt", "scheduler.yaml", "firebase.json"),
    *("Dockerfile", ".dockerignore", ".gcloudignore", ".env.example"),
)
ENVIRONMENT = f"""
GOOGLE_CLOUD_PROJECT={PROJECT}
REGION=europe-west1
DB_INSTANCE={PROJECT}:europe-west1:pushnchat
DB_NAME=pushnchat
CORS_ORIGINS=https://app.example,https://admin.example
EXPORT_BUCKET={PROJECT}-exports
ATTACHMENT_BUCKET={PROJECT}-attachments
GATEWAY_URL=
FUNCTION_URL=http://{{name}}-{NUMBER}.europe-west1.run.fake
DEPLOY_CONNECTIONS=800
DEPLOY_NETWORK=default
DEPLOY_SUBNET=default
DEPLOY_CHANNELS=projects/{PROJECT}/notificationChannels/1
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of deploy.sh: how it ended, and what it asked of Google."""

    status: int
    said: str
    calls: list[Call]

    @property
    def writes(self) -> list[Call]:
        """Return the calls that were made to change something."""
        return [call for call in self.calls if call.writes]

    def sent(self, method: str, ending: str) -> list[Body]:
        """Return the bodies of the calls to a path."""
        calls = (call for call in self.calls if call.method == method)
        return [call.body for call in calls if call.path.endswith(ending)]

    def builds(self) -> int:
        """Return how many images were built."""
        return len(self.sent("POST", "/builds"))


@dataclass(eq=False)
class Site:
    """A tree, a control plane, and the state to which both go back before a test."""

    tree: Path
    plane: ControlPlane
    gcloud: str
    """The folder that has it."""
    _state: dict[str, Body] = field(default_factory=dict)

    @classmethod
    def prepared(cls, directory: Path, plane: ControlPlane, gcloud: str) -> "Site":
        """Return a tree with an environment of its own, called `test`."""
        tree = directory / "tree"
        for folder in FOLDERS:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / folder, tree / folder, ignore=ignored)
        for file in FILES:
            shutil.copy(ROOT / file, tree / file)
        (tree / "deploy" / "test.env").write_text(ENVIRONMENT)
        return cls(tree, plane, gcloud)

    def keep(self) -> None:
        """Remember what exists."""
        self._state = deepcopy(self.plane.kept)

    def go_back(self) -> None:
        """Have exist what was kept, and the tree be as it is in the repository."""
        self.plane.kept = deepcopy(self._state)
        self.plane.broken.clear()
        self.plane.answers.clear()
        shutil.copytree(ROOT / "functions", self.tree / "functions", dirs_exist_ok=True)

    def edit(self, function: str) -> None:
        """Change a function by a comment."""
        (file,) = self.tree.glob(f"functions/*/{function}.py")
        file.write_text(file.read_text() + "\n# Edited.\n")

    def deploy(self, *arguments: str, **environment: str) -> Run:
        """Run deploy.sh."""
        before = len(self.plane.calls)
        config = self.tree.parent / "gcloud"
        done = subprocess.run(
            ("./deploy.sh", "test", *arguments),
            cwd=self.tree,
            env={
                "PATH": f"{self.gcloud}:{os.environ['PATH']}",
                "HOME": str(self.tree.parent),
                **self.plane.environment(),
                "CLOUDSDK_CONFIG": str(config),
                "PYTHON": sys.executable,
                "SMOKE_TOKEN": "of-the-deployer",
                "PAUSES": "1",
                "FIREBASE": "echo firebase",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        return Run(done.returncode, done.stdout + done.stderr, self.plane.calls[before:])


def container(service: Body) -> Any:
    """Return the container of a Cloud Run service as it was sent."""
    (found,) = service["spec"]["template"]["spec"]["containers"]
    return found


def variables(service: Body) -> dict[str, str]:
    """Return the environment of a Cloud Run service as it was sent."""
    return {each["name"]: each["value"] for each in container(service)["env"]}
