"""Importing a function costs little, needs nothing and brings nothing else along."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shared.manifest.discovery import ROOT, files

FORBIDDEN = (
    "flask",
    "google",
    "firebase_admin",
    "functions_framework",
    "sqlalchemy",
    "jsonschema",
    "phonenumbers",
    "cryptography",
)
"""Each costs more to import than all of a function."""

_IMPORT_EACH = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
for name in sys.argv[2:]:
    importlib.import_module(name)
    print(json.dumps([name, sorted(set(sys.modules) - before)]))
"""

# One child a function: a fork of a process that has imported the framework and nothing of ours.
_RESOLVE_EACH = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
import functions_framework
import pydantic  # most would import it, each for itself, and what is looked for is ours
import main
for name in sys.argv[2:]:
    child = os.fork()
    if child == 0:
        view = getattr(main, name)
        ours = sorted(each for each in sys.modules if each.startswith("functions."))
        sys.stdout.write(json.dumps([name, view.__name__, ours]) + "\\n")
        sys.stdout.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, name
"""


def _run(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-c", script, str(ROOT), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _module(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def test_every_function_imports_lean_in_an_empty_environment() -> None:
    """No framework, no client and no parser is loaded, and no variable is needed."""
    done = _run(_IMPORT_EACH, *map(_module, files()))
    assert done.returncode == 0, done.stderr
    imported = dict(json.loads(line) for line in done.stdout.splitlines())
    assert len(imported) == len(files())
    heavy = {
        name: found
        for name, modules in imported.items()
        if (found := {each.partition(".")[0] for each in modules} & set(FORBIDDEN))
    }
    assert not heavy


def test_main_resolves_each_name_to_its_own_module_alone() -> None:
    """A cold start of one function does not pay for another."""
    by_name = {file.stem: _module(file) for file in files()}
    done = _run(_RESOLVE_EACH, *by_name)
    assert done.returncode == 0, done.stderr
    resolved = [json.loads(line) for line in done.stdout.splitlines()]
    assert [name for name, _, _ in resolved] == list(by_name)
    for name, view, modules in resolved:
        assert view == name
        own = by_name[name]
        service = own.rpartition(".")[0]
        others = [
            each
            for each in modules
            if each not in {own, service} and not each.startswith(f"{service}._")
        ]
        assert not others, f"{name} brings {others}"


@pytest.mark.parametrize("name", ["no_such_function", "_queries", "__path__", "os.path"])
def test_main_refuses_a_name_that_no_function_has(name: str) -> None:
    """The framework then says so, and stops."""
    script = f"import sys; sys.path.insert(0, sys.argv[1]); import main; getattr(main, {name!r})"
    done = _run(script)
    assert done.returncode == 1
    assert f"AttributeError: {name}" in done.stderr or "has no attribute" in done.stderr


def test_main_cannot_be_listed() -> None:
    """The framework walks dir(main) on a wrong target: that must not import the suite."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import main; names = dir(main); "
        "assert not hasattr(main, '__dir__') or '__dir__' not in vars(main); "
        "assert not [each for each in sys.modules if each.startswith('functions')]"
    )
    done = _run(script)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [("FIREBASE_AUTH_EMULATOR_HOST", "localhost:9099"), ("TOKEN_KEYS_URL", "file:///keys.json")],
)
@pytest.mark.parametrize("production", ["K_SERVICE", "APP_ENV"])
def test_production_refuses_a_local_setting(production: str, variable: str, value: str) -> None:
    """Whoever controls the keys could be anybody."""
    script = "import sys; sys.path.insert(0, sys.argv[1]); import main; main.healthz"
    environment = {production: "production", "GOOGLE_CLOUD_PROJECT": "live"}
    environment |= {"CURSOR_SECRET": "secret", "FUNCTION_URL": "https://{name}.example"}
    assert _run(script, **environment).returncode == 0
    done = _run(script, **environment, **{variable: value})
    assert done.returncode == 1
    assert f"refusing to start in production with {variable} set" in done.stderr
