"""Prints what API Gateway is configured with: each operation, its function, and who may knock.

OpenAPI 3.0 with Google's extensions. The gateway verifies the Firebase token before a function is
woken; the function verifies it again, from `X-Forwarded-Authorization`.
Source: "OpenAPI 3.x extensions in API Gateway".
"""

from collections.abc import Iterable, Iterator
from typing import Any

from shared.entry import Entry, open_to_strangers, reserved
from shared.manifest import yaml_text
from shared.manifest.discovery import deployed_name
from shared.manifest.environment import Environment
from shared.manifest.plan import Planned
from shared.triggers import Http

SCHEME = "firebase"
_KEYS = (
    "https://www.googleapis.com/service_accounts/v1/metadata/x509/"
    "securetoken@system.gserviceaccount.com"
)
_SPARE_SECONDS = 5
"""The gateway waits longer than a function may take, to pass on its own answer."""

Part = dict[str, Any]


def render(planned: Iterable[Planned], where: Environment) -> str:
    """Return the text that the gateway of an environment is configured with."""
    return yaml_text.render(document(planned, where))


def document(planned: Iterable[Planned], where: Environment) -> Part:
    """Return the gateway's document over the HTTP functions among `planned`."""
    served = sorted(_served(planned), key=lambda found: (found[0].path, found[0].method))
    paths: dict[str, Part] = {}
    for trigger, each in served:
        known = paths.setdefault(trigger.path, {"options": _preflight(each.entry)})
        known[trigger.method.lower()] = _operation(trigger, each.entry)
    issuer = f"https://securetoken.google.com/{where.project}"
    return {
        "openapi": "3.0.4",
        "info": {"title": "PushNchat", "version": "1"},
        "x-google-api-management": {
            "backends": {each.name: _backend(trigger, each) for trigger, each in served},
        },
        "components": {
            "securitySchemes": {
                SCHEME: {
                    "type": "openIdConnect",
                    "openIdConnectUrl": f"{issuer}/.well-known/openid-configuration",
                    "x-google-auth": {
                        "issuer": issuer,
                        "jwksUri": _KEYS,
                        "audiences": [where.project],
                    },
                }
            }
        },
        "paths": paths,
    }


def _served(planned: Iterable[Planned]) -> Iterator[tuple[Http, Planned]]:
    for each in planned:
        if isinstance(each.entry.trigger, Http):
            yield each.entry.trigger, each


def _backend(trigger: Http, each: Planned) -> Part:
    """Return where an operation is sent, and for whom the gateway's own token is made."""
    moved = reserved(trigger.path)
    return {
        "address": f"{each.url}{trigger.path}/" if moved else each.url,
        "jwtAudience": each.url,
        "pathTranslation": "CONSTANT_ADDRESS" if moved else "APPEND_PATH_TO_ADDRESS",
        "deadline": float(each.size.timeout_seconds + _SPARE_SECONDS),
        "protocol": "h2",
    }


def _operation(trigger: Http, entry: Entry) -> Part:
    return {
        "operationId": entry.name,
        "x-google-backend": deployed_name(entry),
        "security": [] if open_to_strangers(trigger) else [{SCHEME: []}],
        **_parameters(entry),
        "responses": {"default": {"description": "As schemas/openapi.yaml says."}},
    }


def _preflight(entry: Entry) -> Part:
    """Let a browser ask before it sends a token: any function of the path answers for all."""
    return {
        "operationId": f"preflight_{entry.name}",
        "x-google-backend": deployed_name(entry),
        "security": [],
        **_parameters(entry),
        "responses": {"204": {"description": "What a browser of ours may send."}},
    }


def _parameters(entry: Entry) -> Part:
    if not entry.path:
        return {}
    return {
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in entry.path
        ]
    }
