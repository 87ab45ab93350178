"""Prints the API document, `schemas/openapi.yaml`, from the functions and their shapes."""

import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from shared import quotas
from shared.answers import Page
from shared.entry import Entry, answered_for, open_to_strangers
from shared.idempotency import LONGEST_KEY
from shared.manifest import yaml_text
from shared.manifest.conventions import ABOUT, HEADERS, REFERENCE, SCHEMAS
from shared.manifest.dialect import Schema, converted, present
from shared.manifest.examples import Examples
from shared.manifest.failures import MEDIA, Part, common_examples, common_responses, failures
from shared.manifest.overview import roles_of
from shared.manifest.refusals import findings
from shared.manifest.routes import Route, routes
from shared.triggers import Http

_NOW = "2026-11-22T09:30:00Z"


def render() -> str:
    """Return the text of `schemas/openapi.yaml`."""
    return yaml_text.render(document())


def document() -> Part:
    """Return the API document."""
    known = routes()
    wanted, shapes = _shapes(known)
    examples = Examples(shapes)
    paths: Part = {}
    for route in known:
        operation = _operation(route.entry, wanted, shapes, examples)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    schemas = {**SCHEMAS, **{name: shapes[name] for name in sorted(_used(paths, shapes))}}
    return {
        "openapi": "3.0.4",
        "info": {"title": "PushNchat", "version": "1", "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": [
            {"name": service, "description": _about_service(service)}
            for service in sorted({route.entry.service for route in known})
        ],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "firebase": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A Firebase ID token.",
                }
            },
            "headers": {
                name: {"description": sentence, "schema": {"type": kind}}
                for name, (kind, sentence) in HEADERS.items()
            },
            "responses": common_responses(),
            "examples": common_examples(),
            "schemas": schemas,
        },
    }


Wanted = Mapping[tuple[str, str], Schema]


def _shapes(known: list[Route]) -> tuple[Wanted, dict[str, Schema]]:
    """Return the schema of each operation's body, query and data, and the named ones inside."""
    adapters: list[tuple[tuple[str, str], Any, TypeAdapter[Any]]] = []
    for entry in (route.entry for route in known):
        kind, shape = entry.answer
        parts = {
            "body": entry.body,
            "query": entry.query,
            "data": list[shape] if kind is Page else shape,  # type: ignore[valid-type]  # made here
        }
        adapters += [
            ((entry.name, part), "validation", TypeAdapter(each))
            for part, each in parts.items()
            if each not in {None, type(None)}
        ]
    # "validation" for answers too: they are JSON text that was checked, not models that are dumped.
    found, definitions = TypeAdapter.json_schemas(adapters, ref_template=REFERENCE + "{model}")
    wanted = {key: converted(schema) for (key, _), schema in found.items()}
    shapes = {name: converted(each) for name, each in definitions.get("$defs", {}).items()}
    return wanted, shapes


def _used(paths: Part, shapes: Mapping[str, Schema]) -> set[str]:
    """Return the names of the shapes that operations reach; a query's own is not among them."""
    found: set[str] = set()
    waiting = list(_references(paths))
    while waiting:
        name = waiting.pop()
        if name in shapes and name not in found:
            found.add(name)
            waiting += _references(shapes[name])
    return found


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        reference = part.get("$ref")
        if isinstance(reference, str) and reference.startswith(REFERENCE):
            yield reference.removeprefix(REFERENCE)
        for each in part.values():
            yield from _references(each)
    elif isinstance(part, list):
        for each in part:
            yield from _references(each)


def _security(trigger: Http) -> list[Part]:
    """Return which tokens an operation takes: none, one that may be left out, or one."""
    if not open_to_strangers(trigger):
        return [{"firebase": []}]
    return [{}, {"firebase": []}] if trigger.hides else []


def _about_service(service: str) -> str:
    return inspect.cleandoc(import_module(f"functions.{service}").__doc__ or "")


def _operation(entry: Entry, wanted: Wanted, shapes: dict[str, Schema], examples: Examples) -> Part:
    trigger = entry.trigger
    assert isinstance(trigger, Http)  # noqa: S101  # a route is of an HTTP function
    operation: Part = {
        "operationId": entry.name,
        "tags": [entry.service],
        "summary": entry.summary,
        "description": _description(entry, trigger),
        "x-roles": roles_of(entry).split(", "),
        **({"x-sensitive": True} if trigger.sensitive else {}),
        **_farewell(entry),
        "security": _security(trigger),
    }
    if not operation["description"]:
        del operation["description"]
    if parameters := _parameters(entry, trigger, wanted, shapes):
        operation["parameters"] = parameters
    if entry.body:
        schema = wanted[entry.name, "body"]
        content = {"schema": schema, "example": examples.sent(schema)}
        operation["requestBody"] = {"required": True, "content": {MEDIA: content}}
    operation["responses"] = {
        **_success(entry, trigger, wanted, examples),
        **failures(entry, trigger),
    }
    return operation


def _farewell(entry: Entry) -> Part:
    if entry.sunset is None:
        return {}
    return {"deprecated": True, "x-sunset": entry.sunset.gone.isoformat()}


def _description(entry: Entry, trigger: Http) -> str:
    parts = [entry.description]
    if trigger.sensitive:
        parts.append(
            "Sensitive: takes a sign-in of the last 15 minutes, with the second factor if the "
            "account has one."
        )
    if answered_for(trigger):
        parts.append("Each call goes on record.")
    if trigger.limit:
        parts.append(f"At most {trigger.limit.count} calls in {trigger.limit.seconds} seconds.")
    return "\n\n".join(part for part in parts if part)


def _parameters(
    entry: Entry, trigger: Http, wanted: Wanted, shapes: dict[str, Schema]
) -> list[Part]:
    found = [_path_parameter(name, kind) for name, kind in entry.path.items()]
    if entry.query:
        schema = wanted[entry.name, "query"]
        shape = shapes[schema["$ref"].removeprefix(REFERENCE)]
        found += [
            _query_parameter(name, each, required=name in shape.get("required", []))
            for name, each in shape.get("properties", {}).items()
        ]
    if trigger.method == "GET":
        found.append(
            {
                "name": "fields",
                "in": "query",
                "description": "Fields of `data` to answer with, separated by commas.",
                "schema": {"type": "string"},
            }
        )
        found.append(_header("If-None-Match", "The `ETag` of the answer the caller has."))
    if "version" in entry.wants:
        version = _header("If-Match", "The `version` that the edit is based on.", required=True)
        found.append({**version, "schema": {"type": "string", "pattern": '^(W/)?"?[0-9]{1,9}"?$'}})
        found[-1]["example"] = '"3"'
    if trigger.idempotent:
        key = _header("Idempotency-Key", "New for each request, the same for its repetitions.")
        text = {"type": "string", "pattern": f"^[!-~]{{1,{LONGEST_KEY}}}$"}
        found.append({**key, "schema": text, "example": "0192f3c1-7a40-7c11-8b5e-3f2d9a6c4e10"})
    return found


def _path_parameter(name: str, kind: type) -> Part:
    schema: Schema = {"type": "string", "minLength": 1}
    if kind is UUID:
        schema = {"type": "string", "format": "uuid"}
    elif kind is int:
        schema = {"type": "integer", "minimum": 0}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameter(name: str, schema: Schema, *, required: bool) -> Part:
    kept = present(schema)
    parameter: Part = {"name": name, "in": "query"}
    for moved in ("description", "example"):
        if moved in kept:
            parameter[moved] = kept.pop(moved)
    if required:
        parameter["required"] = True
    return {**parameter, "schema": kept}


def _header(name: str, sentence: str, *, required: bool = False) -> Part:
    found: Part = {"name": name, "in": "header", "description": sentence}
    if required:
        found["required"] = True
    return {**found, "schema": {"type": "string"}}


def _success(entry: Entry, trigger: Http, wanted: Wanted, examples: Examples) -> Part:
    names = ["X-Request-Id"]
    if trigger.method == "GET":
        names += ["ETag", "Cache-Control"]
    if trigger.limit:
        names += ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
    if quotas.demand in findings(entry.function).called:
        names += ["RateLimit-Policy", "RateLimit"]
    if trigger.idempotent:
        names.append("Idempotency-Replayed")
    if entry.sunset:
        names += ["Deprecation", "Sunset"]
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    data = wanted.get((entry.name, "data"))
    if data is None:
        status = 204 if trigger.status == 200 else trigger.status  # noqa: PLR2004  # as rendered
        return {str(status): {"description": "Done.", "headers": headers}}
    content = {MEDIA: _envelope(entry, trigger, data, examples)}
    found: Part = {
        str(trigger.status): {"description": "Done.", "headers": headers, "content": content}
    }
    if trigger.method == "GET":
        kept = {name: headers[name] for name in ("X-Request-Id", "ETag", "Cache-Control")}
        found["304"] = {"description": "The caller has it already.", "headers": kept}
    return found


def _envelope(entry: Entry, trigger: Http, data: Schema, examples: Examples) -> Part:
    paged = entry.answer[0] is Page
    meta: Part = {"timestamp": _NOW}
    if paged:
        meta["pagination"] = {"next": None, "limit": 20}
    return {
        "schema": {
            "type": "object",
            "required": ["data", "meta", "links"],
            "properties": {
                "data": data,
                "meta": {"$ref": REFERENCE + ("PageMeta" if paged else "Meta")},
                "links": {"$ref": REFERENCE + "Links"},
            },
        },
        "example": {
            "data": examples.of(data),
            "meta": meta,
            "links": {"self": trigger.path},
        },
    }
