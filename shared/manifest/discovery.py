"""Finds every function of the suite by its file."""

import re
from functools import cache
from importlib import import_module
from pathlib import Path

from shared.entry import BadSignatureError, Entry, compile_entry

ROOT = Path(__file__).parent.parent.parent
LONGEST_NAME = 43
"""Cloud Run takes 49 characters, and 46 of a name and the tag of a revision: `new`."""


def files() -> list[Path]:
    """Return the file of every function."""
    return sorted(path for path in ROOT.glob("functions/*/*.py") if not path.name.startswith("_"))


@cache
def entries() -> dict[str, Entry]:
    """Import and read every function: name → entry, in the order of their files."""
    found: dict[str, Entry] = {}
    for path in files():
        name = path.stem
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        function = getattr(module, name, None)
        if function is None:
            message = f"{path} does not define {name}"
            raise BadSignatureError(message)
        if name in found:
            message = f"two functions are called {name}"
            raise BadSignatureError(message)
        found[name] = compile_entry(function)
    return found


def path_of(entry: Entry) -> Path:
    """Return the file of a function, relative to the root."""
    return Path("functions") / entry.service / f"{entry.name}.py"


def deployed_name(entry: Entry) -> str:
    """Return the name under which it is deployed."""
    return re.sub("_", "-", entry.name)
