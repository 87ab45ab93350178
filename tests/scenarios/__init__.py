"""A realistic, successful request for every function that writes, in the module of its service.

Whoever adds such a function adds its scenario, under its name: the crash sweep, the replays, the
audit and the attacks on permissions then have it.
"""

import pkgutil
from importlib import import_module

from shared.manifest.discovery import entries
from shared.triggers import Http
from tests.scenarios.acts import Scenario


def _found() -> dict[str, Scenario]:
    modules = {
        each.name: vars(import_module(f"{__name__}.{each.name}"))
        for each in pkgutil.iter_modules(__path__)
    }
    return {
        name: modules[entry.service][name]
        for name, entry in entries().items()
        if name in modules.get(entry.service, ())
    }


def _reads(name: str) -> bool:
    trigger = entries()[name].trigger
    return isinstance(trigger, Http) and trigger.method == "GET"


_FOUND = _found()

ACTS = {name: scenario for name, scenario in _FOUND.items() if not _reads(name)}

READS = {name: scenario for name, scenario in _FOUND.items() if _reads(name)}
"""Reads that ask for as much as what is sensitive to write."""


def of_kind(*triggers: type) -> list[str]:
    """Return the scenarios of functions that are triggered so."""
    return [name for name in ACTS if isinstance(entries()[name].trigger, triggers)]
