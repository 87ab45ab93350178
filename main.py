"""Where functions-framework looks: resolves FUNCTION_TARGET to its one module, and only that.

There is no `__dir__`: on a wrong target the framework would walk it and import the whole suite.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

_FUNCTIONS = Path(__file__).parent / "functions"


def __getattr__(name: str) -> Any:  # noqa: ANN401  # the framework's own type, a view
    """Return the function `name`, ready to serve; refuse a name that no file has."""
    if name.startswith("_"):
        raise AttributeError(name)
    found = list(_FUNCTIONS.glob(f"*/{name}.py")) if name.isidentifier() else []
    if len(found) != 1:
        raise AttributeError(name)
    from functions_framework import http  # noqa: PLC0415  # only a server has it

    from shared.adapter import flask_view, skip_dispatch  # noqa: PLC0415  # after the name is known to exist
    from shared.settings import read  # noqa: PLC0415

    read(os.environ)  # a process that is configured wrongly does not start
    module = import_module(f"functions.{found[0].parent.name}.{name}")
    function = getattr(module, name)
    skip_dispatch(function)
    view = http(flask_view(function))
    globals()[name] = view
    return view
