"""JSON Schema as pydantic writes it (2020-12), said again in the dialect of OpenAPI 3.0."""

from typing import Any

Schema = dict[str, Any]

_NULL: Schema = {"type": "null"}
_NOTHING: Schema = {"type": "object", "nullable": True, "enum": [None]}
"""How OpenAPI 3.0 says that only null fits: `nullable` counts only beside a `type`."""

_PASSED_ON = (
    "type",
    "format",
    "description",
    "default",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "multipleOf",
    "required",
    "deprecated",
    "discriminator",
    "readOnly",
    "writeOnly",
)
"""What both dialects say alike, as it is printed. `title` only repeats a name and is left out."""


def converted(schema: Schema | bool) -> Schema:  # noqa: FBT001  # JSON Schema's own true
    """Return the OpenAPI 3.0 form of `schema`."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    if "$ref" in schema:
        return _reference(schema)
    given = {name: schema[name] for name in _PASSED_ON if name in schema}
    given.update(_bounds(schema))
    given.update(_values(schema))
    given.update(_parts(schema))
    for name in ("anyOf", "oneOf"):
        if name in schema:
            given.update(_alternatives(name, schema[name], given))
    if given.get("default", ...) is None:  # what is absent is null, or a parameter not sent
        del given["default"]
    return given


def nullable(schema: Schema) -> bool:
    """Tell whether null fits a converted schema."""
    return bool(schema.get("nullable")) or _NOTHING in schema.get("anyOf", [])


def present(schema: Schema) -> Schema:
    """Return a converted schema without null: a parameter is absent instead."""
    kept = {name: value for name, value in schema.items() if name != "nullable"}
    if "enum" in kept:
        kept["enum"] = [each for each in kept["enum"] if each is not None]
    if _NOTHING in kept.get("anyOf", []):
        rest = [each for each in kept.pop("anyOf") if each != _NOTHING]
        kept.update({"allOf": rest} if len(rest) == 1 else {"anyOf": rest})
    return kept


def _reference(schema: Schema) -> Schema:
    reference = {"$ref": schema["$ref"]}
    # In 3.0 everything beside a $ref is ignored.
    beside = converted({name: value for name, value in schema.items() if name != "$ref"})
    return {"allOf": [reference], **beside} if beside else reference


def _bounds(schema: Schema) -> Schema:
    found: Schema = {}
    for bound in ("minimum", "maximum"):
        exclusive = "exclusive" + bound.capitalize()
        if bound in schema:
            found[bound] = schema[bound]
        if exclusive in schema:
            found[bound], found[exclusive] = schema[exclusive], True
    return found


def _values(schema: Schema) -> Schema:
    found: Schema = {}
    if "const" in schema:
        found["enum"] = [schema["const"]]
    if "examples" in schema:
        found["example"] = schema["examples"][0]
    return found


def _parts(schema: Schema) -> Schema:
    found: Schema = {}
    if "properties" in schema:
        properties = schema["properties"].items()
        found["properties"] = {name: converted(each) for name, each in properties}
    if "patternProperties" in schema:
        found["additionalProperties"] = _any_of(list(schema["patternProperties"].values()))
    elif "additionalProperties" in schema:
        extra = schema["additionalProperties"]
        found["additionalProperties"] = extra if isinstance(extra, bool) else converted(extra)
    if "prefixItems" in schema:
        found["items"] = _any_of(schema["prefixItems"])
    elif "items" in schema:
        found["items"] = converted(schema["items"])
    if "allOf" in schema:
        found["allOf"] = [converted(each) for each in schema["allOf"]]
    return found


def _any_of(schemas: list[Schema]) -> Schema:
    distinct: list[Schema] = []
    for each in map(converted, schemas):
        if each not in distinct:
            distinct.append(each)
    return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


def _alternatives(name: str, schemas: list[Schema], beside: Schema) -> Schema:
    rest = [converted(each) for each in schemas if each != _NULL]
    if len(rest) == len(schemas):
        return {name: rest}
    if len(rest) == 1 and "type" in rest[0]:
        return {**rest[0], "nullable": True, **beside, **_nullable_enum(rest[0])}
    return {name: [*rest, _NOTHING]}


def _nullable_enum(schema: Schema) -> Schema:
    # An enum lists all that fits, null included.
    return {"enum": [*schema["enum"], None]} if "enum" in schema else {}
