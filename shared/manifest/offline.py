"""Prints which operations a device may do offline, and where `sync` sends them."""

import json

from shared.manifest.routes import routes
from shared.triggers import Http


def render() -> str:
    """Return the text of `functions/platform/offline.json`."""
    found = {
        route.entry.name: {"method": route.method, "path": route.path}
        for route in routes()
        if isinstance(route.entry.trigger, Http) and route.entry.trigger.offline
    }
    return json.dumps(dict(sorted(found.items())), indent=2) + "\n"
