"""What of the API a client may rely on, and whether today's API still gives it (P21).

`schemas/released.json` is what clients know: the document of the last release without its prose.
A request that was good must be good still, and an answer must be one that an old client can read.
So a request may only take more, and an answer may only hold more. `python -m functions release`
replaces the file, and refuses while something breaks.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from shared.manifest.conventions import REFERENCE
from shared.manifest.dialect import Schema

Part = Mapping[str, Any]

PATH = Path("schemas") / "released.json"
_SAID = ("x-sunset", "x-roles", "security")
_PROSE = frozenset({"description", "example", "examples", "default", "title", "summary"})
_LOWER_BOUNDS = frozenset({"minimum", "minLength", "minItems", "minProperties"})
_UPPER_BOUNDS = frozenset({"maximum", "maxLength", "maxItems", "maxProperties"})
_FORMS = frozenset({"pattern", "format", "multipleOf", "uniqueItems"})


def essence(document: Part) -> dict[str, Any]:
    """Return of an API document what clients rely on."""
    operations = {
        f"{method.upper()} {path}": _operation(operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    return {"operations": operations, "schemas": _bare(document["components"]["schemas"])}


def text(document: Part) -> str:
    """Return the text of `schemas/released.json` for an API document."""
    return json.dumps(essence(document), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def kept(root: Path) -> dict[str, Any]:
    """Return what was released last."""
    found: dict[str, Any] = json.loads((root / PATH).read_text(encoding="utf-8"))
    return found


def breaks(released: Part, document: Part, today: date) -> list[str]:
    """Return each way in which today's `document` fails a client of what was `released`."""
    now = essence(document)
    found: list[str] = []
    for name, before in released["operations"].items():
        after = now["operations"].get(name)
        if after is not None:
            found += _Comparison(name, released["schemas"], now["schemas"]).of(before, after)
        elif "x-sunset" not in before or date.fromisoformat(before["x-sunset"]) > today:
            found.append(f"{name} is gone, and its clients were not told 90 days before")
    return found


def _operation(operation: Part) -> dict[str, Any]:
    found = {name: operation[name] for name in _SAID if name in operation}
    found["parameters"] = {
        f"{each['in']} {each['name']}": {
            "required": each.get("required", False),
            "schema": _bare(each["schema"]),
        }
        for each in operation.get("parameters", [])
    }
    if body := operation.get("requestBody"):
        found["body"] = _bare(body["content"]["application/json"]["schema"])
    found["answers"] = {
        status: _bare(_content(answer))
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    }
    return found


def _content(answer: Part) -> Part:
    found: Part = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _bare(part: Any, *, named: bool = False) -> Any:  # noqa: ANN401  # any JSON
    """Return a schema without its prose; the names of properties are no prose."""
    if isinstance(part, dict):
        return {
            name: _bare(each, named=name == "properties")
            for name, each in part.items()
            if named or name not in _PROSE
        }
    return [_bare(each) for each in part] if isinstance(part, list) else part


class _Comparison:
    """One operation as clients know it beside the same operation now."""

    def __init__(self, name: str, known: Part, now: Part) -> None:
        self._name = name
        self._known, self._now = known, now
        self._open: list[tuple[str | None, str | None]] = []

    def of(self, before: Part, after: Part) -> Iterator[str]:
        """Yield what breaks."""
        for each in self._all(before, after):
            yield f"{self._name}: {each}"

    def _all(self, before: Part, after: Part) -> Iterator[str]:
        if _takes_none(before) and not _takes_none(after):
            yield "it takes a token now"
        lost = set(before["x-roles"]) - set(after["x-roles"])
        if lost and not {"public", "any"}.intersection(after["x-roles"]):
            yield f"{', '.join(sorted(lost))} may no longer call it"
        yield from self._parameters(before["parameters"], after["parameters"])
        if ("body" in before) != ("body" in after):
            yield "it takes a body now" if "body" in after else "it takes no body any more"
        elif "body" in before:
            yield from self._takes("body", before["body"], after["body"])
        for status, schema in before["answers"].items():
            if status not in after["answers"]:
                yield f"it does not answer {status} any more"
            else:
                yield from self._gives(status, schema, after["answers"][status])

    def _parameters(self, before: Part, after: Part) -> Iterator[str]:
        for name, known in before.items():
            if name not in after:
                yield f"the parameter {name} is gone"
                continue
            if after[name]["required"] and not known["required"]:
                yield f"the parameter {name} must be sent now"
            yield from self._takes(name, known["schema"], after[name]["schema"])
        for name in after.keys() - before.keys():
            if after[name]["required"]:
                yield f"the new parameter {name} must be sent"

    def _takes(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        """Yield what was good as a request, and is not taken now."""
        with self._inside(before, after) as again:
            if again:
                return
            before, after = _resolved(before, self._known), _resolved(after, self._now)
            if "anyOf" in before or "anyOf" in after:
                for form in _forms(before):
                    if all(any(self._takes(where, form, each)) for each in _forms(after)):
                        yield f"{where} was good in a form that is not taken now"
                return
            yield from _narrowed(where, before, after)
            taken = after.get("properties", {})
            for name, known in before.get("properties", {}).items():
                if name in taken:
                    yield from self._takes(f"{where}.{name}", known, taken[name])
                elif after.get("additionalProperties") is False:
                    yield f"{where}.{name} is not taken any more"
            for name in set(after.get("required", ())) - set(before.get("required", ())):
                yield f"{where}.{name} must be sent now"
            if "items" in before and "items" in after:
                yield from self._takes(f"{where}[]", before["items"], after["items"])

    def _gives(self, where: str, before: Schema, after: Schema) -> Iterator[str]:
        """Yield what an old client relies on in an answer, and does not get now."""
        with self._inside(before, after) as again:
            if again:
                return
            before, after = _resolved(before, self._known), _resolved(after, self._now)
            if "anyOf" in before or "anyOf" in after:
                for form in _forms(after):
                    if all(any(self._gives(where, each, form)) for each in _forms(before)):
                        yield f"{where} comes in a form that old clients do not know"
                return
            yield from _changed(where, before, after)
            given = after.get("properties", {})
            for name, known in before.get("properties", {}).items():
                if name not in given:
                    yield f"{where}.{name} is gone"
                    continue
                if name in before.get("required", ()) and name not in after.get("required", ()):
                    yield f"{where}.{name} may be missing now"
                yield from self._gives(f"{where}.{name}", known, given[name])
            if "items" in before and "items" in after:
                yield from self._gives(f"{where}[]", before["items"], after["items"])

    @contextmanager
    def _inside(self, before: Schema, after: Schema) -> Iterator[bool]:
        """Tell whether two shapes are compared already, further out: a shape may hold itself."""
        pair = (before.get("$ref"), after.get("$ref"))
        again = None not in pair and pair in self._open
        self._open.append(pair)
        try:
            yield again
        finally:
            self._open.remove(pair)


def _forms(schema: Schema) -> list[Schema]:
    found: list[Schema] = schema.get("anyOf", [schema])
    return found


def _resolved(schema: Schema, shapes: Part) -> Schema:
    """Return a schema with its outermost reference followed, its alternatives as `anyOf`."""
    while "$ref" in schema:
        schema = shapes[schema["$ref"].removeprefix(REFERENCE)]
    if len(parts := schema.get("allOf", [])) == 1:
        beside = {name: each for name, each in schema.items() if name != "allOf"}
        return {**_resolved(parts[0], shapes), **beside}
    return {**schema, "anyOf": schema["oneOf"]} if "oneOf" in schema else schema


def _narrowed(where: str, before: Schema, after: Schema) -> Iterator[str]:
    """Yield why a value that was good is refused now, whatever is inside it."""
    was, must_be = before.get("type", "anything"), after.get("type", "anything")
    if must_be not in {was, "anything"} and (was, must_be) != ("integer", "number"):
        yield f"{where} was {was} and must be {must_be}"
    if before.get("nullable") and not after.get("nullable"):
        yield f"{where} may not be null any more"
    if "enum" in after:
        lost = set(map(str, before.get("enum", ["anything else"]))) - set(map(str, after["enum"]))
        yield from (f"{where} does not take {each} any more" for each in sorted(lost))
    for bound in _LOWER_BOUNDS & after.keys():
        if after[bound] > before.get(bound, float("-inf")):
            yield f"{where} has a higher {bound}"
    for bound in _UPPER_BOUNDS & after.keys():
        if after[bound] < before.get(bound, float("inf")):
            yield f"{where} has a lower {bound}"
    for form in _FORMS & after.keys():
        if after[form] != before.get(form):
            yield f"{where} has another {form}"


def _changed(where: str, before: Schema, after: Schema) -> Iterator[str]:
    """Yield why an old client cannot read a value now, whatever is inside it.

    An enumeration may grow: clients are told to ignore what they do not know.
    """
    was, now = before.get("type", "anything"), after.get("type", "anything")
    if was not in {now, "anything"}:
        yield f"{where} was {was} and is {now}"
    if after.get("nullable") and not before.get("nullable"):
        yield f"{where} may be null now"
    if before.get("format") != after.get("format"):
        yield f"{where} has another format"


def _takes_none(operation: Part) -> bool:
    """Tell whether an operation is served without a token, whatever one would change."""
    return not operation["security"] or {} in operation["security"]
