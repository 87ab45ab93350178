"""A function's version changes with whatever it can run, and with nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.entry import Entry
from shared.manifest import closure
from shared.manifest.discovery import ROOT, entries
from tests.architecture.samples import ALL

SCRIPT = """
import json, os, sys
import main
from functions_framework import create_app
create_app({target!r}, "main.py").test_client().{method}({path!r})
root = {root!r} + os.sep
files = [getattr(each, "__file__", None) for each in list(sys.modules.values())]
print(json.dumps([each for each in files if each and each.startswith(root)]))
"""

SERVED = {
    "get_me": ("get", "/api/v1/users/me"),
    "list_listings": ("get", "/api/v1/listings?country=NG"),
    "search": ("get", "/api/v1/search?q=rice"),
    "on_listing_expired_notify_owner": ("post", "/"),
    "cron_relay_outbox": ("post", "/"),
}


@pytest.mark.parametrize("target", SERVED)
def test_nothing_is_loaded_that_is_not_in_the_closure(target: str) -> None:
    """As the real framework loads it and serves a first request."""
    method, path = SERVED[target]
    script = SCRIPT.format(target=target, method=method, path=path, root=str(ROOT))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        (sys.executable, "-c", script),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = {Path(each) for each in json.loads(done.stdout.splitlines()[-1])}
    ours = {each for each in loaded if ".venv" not in each.parts and each.name != "__main__.py"}
    entry = entries()[target]
    assert ROOT / "shared" / "edge.py" in ours
    assert ours <= _files(entry)


def _files(entry: Entry) -> set[Path]:
    return closure.files(closure.closure(entry.function.__module__, *closure.SERVER))


def test_no_function_is_made_of_another() -> None:
    """Else to edit one would deploy both."""
    files = {entry.name: _files(entry) for entry in ALL}
    for entry in ALL:
        own = ROOT / "functions" / entry.service / f"{entry.name}.py"
        assert [name for name, made_of in files.items() if own in made_of] == [entry.name]


def test_what_is_read_beside_the_code_counts() -> None:
    """The sentences of notifications are in a file of their own."""
    templates = ROOT / "functions" / "notifications" / "templates.json"
    assert templates in _files(entries()["on_listing_expired_notify_owner"])
    assert templates not in _files(entries()["get_listing"])


def test_tables_and_manifest_are_no_part_of_a_function() -> None:
    """They are of the build: to change them changes no deployed function."""
    for entry in ALL:
        assert not {each.relative_to(ROOT).parts[:2] for each in _files(entry)} & {
            ("shared", "tables"),
            ("shared", "manifest"),
        }


def test_a_version_is_a_label_and_knows_every_byte() -> None:
    """Of each file, of its name, and of what else is said."""
    files = {ROOT / "main.py", ROOT / "shared" / "edge.py"}
    version, fewer = closure.version(files, "a"), closure.version({ROOT / "main.py"}, "a")
    assert version == closure.version(set(files), "a")
    assert len({version, closure.version(files, "b"), fewer}) == 3
    assert version.isalnum()
    assert version.islower()
    assert len(version) <= 63
