"""Example values for every schema of the API document: what authors gave, or what fits."""

import math
import re
from collections.abc import Mapping
from typing import Any

from openapi_schema_validator import OAS30Validator

from shared.manifest.dialect import Schema, nullable

_FORMATS = {
    "uuid": "0192f3c1-7a40-7c11-8b5e-3f2d9a6c4e10",
    "date-time": "2026-11-22T09:30:00Z",
    "date": "2026-11-22",
    "time": "09:30:00Z",
    "duration": "P1D",
    "email": "ngozi@example.com",
    "uri": "https://example.com/",
}
_WORDS = ("NG", "NGN", "shea-butter", "+2348031234567", "09:30", "1", "a", "A")
"""Tried against a pattern. A field that none of them fits needs an example of its own."""


class Examples:
    """Makes examples; a field without one borrows from a field of the same name that has one."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        """Read what the authors of `schemas` gave."""
        self._schemas = schemas
        self._given: dict[str, list[Any]] = {}
        for schema in schemas.values():
            for name, each in schema.get("properties", {}).items():
                if "example" in each:
                    self._given.setdefault(name, []).append(each["example"])

    def of(self, schema: Schema, name: str = "", within: tuple[str, ...] = ()) -> Any:  # noqa: ANN401  # any JSON
        """Return an example of `schema`, which is the field `name` inside the shapes `within`."""
        if "$ref" in schema:
            shape = schema["$ref"].rpartition("/")[2]
            return self.of(self._schemas[shape], name, (*within, shape))
        if "example" in schema:
            return schema["example"]
        if nullable(schema):
            return None
        borrowed = self._borrowed(schema, name)
        return self._made(schema, name, within) if borrowed is None else borrowed

    def sent(self, schema: Schema) -> Any:  # noqa: ANN401  # any JSON
        """Return an example of what a caller sends: he leaves out what he has nothing to say on."""
        return _without_nulls(self.of(schema))

    def _made(self, schema: Schema, name: str, within: tuple[str, ...]) -> Any:  # noqa: ANN401  # any JSON
        for several in ("allOf", "anyOf", "oneOf"):
            if several in schema:
                return self.of(schema[several][0], name, within)
        if schema.get("type") == "object":
            return self._object(schema, within)
        if schema.get("type") == "array":
            return self._array(schema, name, within)
        return schema["enum"][0] if "enum" in schema else _scalar(schema, name)

    def _borrowed(self, schema: Schema, name: str) -> Any:  # noqa: ANN401  # any JSON
        if "$ref" in str(schema):
            return None
        fits = OAS30Validator(schema).is_valid
        return next((given for given in self._given.get(name, []) if fits(given)), None)

    def _object(self, schema: Schema, within: tuple[str, ...]) -> dict[str, Any]:
        made = {}
        required = schema.get("required", [])
        for name, each in schema.get("properties", {}).items():
            if _repeats(each, within) and name not in required:
                continue
            made[name] = self.of(each, name, within)
        return made

    def _array(self, schema: Schema, name: str, within: tuple[str, ...]) -> list[Any]:
        least = schema.get("minItems", 0)
        if _repeats(schema["items"], within) and not least:
            return []
        options = schema["items"].get("enum")
        if options and schema.get("uniqueItems"):
            return list(options[: max(1, least)])
        return [self.of(schema["items"], name, within)] * max(1, least)


def _without_nulls(value: Any) -> Any:  # noqa: ANN401  # any JSON
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _repeats(schema: Schema, within: tuple[str, ...]) -> bool:
    """Tell whether a schema leads back into a shape that is being made: a tree ends there."""
    inner = [schema, schema.get("items", {}), *schema.get("allOf", []), *schema.get("anyOf", [])]
    return any(each.get("$ref", "").rpartition("/")[2] in within for each in inner if each)


def _scalar(schema: Schema, name: str) -> str | int | float | bool | dict[str, Any]:
    match schema.get("type"):
        case "string":
            return _string(schema, name)
        case "integer":
            return _number(schema)
        case "number":
            return float(_number(schema))
        case "boolean":
            return True
        case _:
            return {}


def _string(schema: Schema, name: str) -> str:
    if "format" in schema:
        return _FORMATS.get(schema["format"], "")
    least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", 10_000))
    plain = name.replace("_", " ") or "text"
    if "pattern" in schema:
        plain = next((each for each in _WORDS if re.search(schema["pattern"], each)), plain)
    return (plain * math.ceil(max(1, least) / len(plain)))[:most]


def _number(schema: Schema) -> int:
    step = schema.get("multipleOf", 1)
    least = schema.get("minimum", min(1, schema.get("maximum", 1)))
    number = math.ceil(least / step) * step
    if schema.get("exclusiveMinimum") and number == schema["minimum"]:
        number += step
    return int(number)
