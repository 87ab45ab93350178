"""What an attacker sends in place of a good value, for every kind of input that there is."""

import copy
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import brotli

from shared.entry import Entry
from shared.http import LARGEST_BODY
from shared.manifest.dialect import Schema
from tests.architecture.samples import EVENTS, HTTP, example

Path = tuple[str | int, ...]

_HERE = "@here@"
_OVERLONG = "a" * 10_240
_EMOJI = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
_ID = "01a20534-1111-7111-8111-111111111111"
_DIGITS = b"9" * 5_000

# JSON as it stands in the body, because most of it is nothing that a JSON writer would write.

UNREADABLE = (
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'"\\ud8"',
    b'"\\x00"',
    b'"\n"',
    b"'a'",
    b"undefined",
    b"01",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"-1e999",
    b"9223372036854775808",
    _DIGITS,
    b"1." + _DIGITS + b"e" + _DIGITS,
    b'{"a":1,"a":2}',
    b"[" * 40 + b"]" * 40,
    b"[" * 100_000,
    b'{"a":' * 40 + b"1" + b"}" * 40,
)
"""Refused before anybody asks what field it stands in: 400."""

UNSTORABLE = (
    rb'"a\u0000b"',
    rb'"\ud800"',
    rb'"a\udc00\ud800"',
    rb'"\ud83d"',
    rb'"\u001b[31m"',
    rb'"\u0085"',
    rb'"\ufdd0"',
    rb'"\uffff"',
    rb'{"a\u0000":1}',
    rb'["a",{"b":"\udfff"}]',
    ('"Z' + "\u0301\u0316" * 20 + '"').encode(),
)
"""Text that PostgreSQL, the driver or a terminal trips on: 422, with the field."""

_TYPED: dict[str, tuple[Any, ...]] = {
    "text": (1, True, 1.5, [], {}, ["a"], {"$gt": ""}, _OVERLONG, _EMOJI * 600),
    "integer": ("1", True, 1.5, 1e3, [], {}, "NaN", 2**63 - 1, -(2**63) + 1),
    "number": ("1", True, [], {}, 1e308, "Infinity"),
    "flag": (1, 0, "true", "", [], {}),
    "choice": ("nope", "", 1, True, {}, [], _OVERLONG),
    "id": ("nope", "", 1, True, [], {}, _OVERLONG, f"{_ID}\n", f"{_ID};--", "%s" % ("0" * 40)),
    "instant": (
        *("yesterday", "epoch", "infinity", "now()", "2026-02-30T00:00:00Z", [], {}, True),
        *("2026-11-22T09:30:00", "10000-01-01T00:00:00Z", "0044-03-15 BC", "24:00", _OVERLONG),
    ),
    "list": ({}, "a", 1, [None], [[[]]], ["a"] * 10_000, [{}] * 60),
    "object": ([], "a", 1, True, {"__proto__": {}}, {"a": {"b": 1}}, {_OVERLONG: 1}),
}
"""Of the wrong type, or far too much of the right one: refused, with the field."""

_ODD: dict[str, tuple[Any, ...]] = {
    "text": ("", " ", None),
    "integer": (0, -1, 2**31 - 1, 2**31, 2**53 + 1, None),
    "number": (-0.0, 5e-324, 1e-7, 90.000001, -180, 2**53 + 1, None),
    "flag": (None,),
    "choice": (None,),
    "id": (f"{{{_ID}}}", _ID.replace("-", ""), f"urn:uuid:{_ID}", _ID.upper(), "0" * 32, None),
    "instant": (
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.999999Z",
        "9999-12-31T23:59:59-14:00",
        "2026-11-22T09:30:00+23:59",
        "2016-12-31T23:59:60Z",
        10**12,
        -(10**12),
        None,
    ),
    "list": ([], None),
    "object": ({}, None),
}
"""At the edge of what fits: taken or refused, but never a surprise."""

TEXTS = (
    "\u202egnp.exe\u2066 \u200bad\u200dmi\ufeffn \u0430dmin",
    "Z" + "\u0301" * 20 + " \u0130\u0131\u017f\u00df\ufb01 " + _EMOJI * 2,
    "'; DROP TABLE users.account; -- $$ \\' OR '1'='1",
    "a & | ! ( ) :* <-> \\ ' 100%_\\% {0} %s ${7*7}",
    "<script>alert(1)</script>=cmd|' /C calc'!A0",
    'line\r\nSet-Cookie: a=b\n{"severity":"ERROR"}',
    '","role":"admin","x":"\\u0000 %00 %0a',
)
"""Text that is only text: stored as it was sent, or refused; it never means anything."""

_FILLER = " and then some more words to be long enough"

ALIEN = (
    "no_such_field",
    "_id",
    "owner_id",
    "tenant_id",
    "is_admin",
    "verified",
    "balance",
    "price_minor",
    "__proto__",
    "constructor",
    "price[amount_minor]",
    "price.amount_minor",
    "a b",
    "",
    "'; --",
    _OVERLONG,
)
"""Fields that no shape has."""

WHOLE: tuple[tuple[bytes, dict[str, str]], ...] = (
    (b"", {}),
    (b" ", {}),
    (b"null", {}),
    (b"[]", {}),
    (b'"a"', {}),
    (b"1", {}),
    (b"\xef\xbb\xbf{}", {}),
    (b"{} {}", {}),
    (b"{},", {}),
    (b"{}\x00", {}),
    ("{}".encode("utf-16"), {}),
    ("{}".encode("utf-32"), {}),
    (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--", {}),
    (b'{"a":' * 50_000, {}),
    (b"[" * LARGEST_BODY, {}),
    (b"[" * 40 + b'"' + b'\\"' * 120_000, {}),
    (('{"a":"' + "\u0300\u0316" * 60_000 + '"}').encode(), {}),
    (b"{" + b",".join(b'"%d":1' % n for n in range(20_000)) + b"}", {}),
    (b'{"a":[' + b"1," * 100_000 + b"1]}", {}),
    (b'{"a":"' + b"a" * LARGEST_BODY + b'"}', {}),
    (b" " * (1024 * 1024 + 1), {}),
)
"""Bodies that hold no fields to speak of."""

CODINGS = ("gzip", "br", "deflate", "GZIP", "gzip, gzip", "identity, gzip", "x" * 5_000)
BOMBS = {
    "gzip": gzip.compress(b" " * 20_000_000, 9),
    "br": brotli.compress(b" " * 20_000_000, quality=4),
    "deflate": zlib.compress(b" " * 20_000_000, 9),
}
KINDS = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/json+x",
    "text/html; application/json",
    "\xe9",
    "",
)

WILD = (
    "%",
    "_",
    "\\",
    "zq%",
    "zq_",
    "zq' | 'mango",
    "zq | mango",
    "!zq",
    "zq:*",
    "'zq' & !!",
    "-zq",
)
"""Signs of LIKE and tsquery: they find nothing, for there is no zq."""

_PARAMETERS: dict[str, tuple[str, ...]] = {
    "text": ("", "%20", *(quote(each) for each in TEXTS[:4])),
    "integer": (
        "1e9",
        "1.5",
        "0x10",
        "1_0",
        "%D9%A3",
        "NaN",
        "%2B1",
        "",
        "true",
        "9" * 30,
        "-1",
        "0",
        "9" * 3_000,
        "2147483648",
        "-9223372036854775809",
    ),
    "number": (
        "nan",
        "inf",
        "-Infinity",
        "1e999",
        "0x1p3",
        "1_0.5",
        "",
        "true",
        "90.1",
        "-0",
        "1e-999",
    ),
    "flag": ("maybe", "2", "", "[]", "TRUE", "on"),
    "choice": ("nope", "", "Newest", "newest%00", "1"),
    "id": (
        "nope",
        "%7B" + _ID + "%7D",
        _ID.replace("-", ""),
        "urn:uuid:" + _ID,
        _ID + "%0A",
        "",
        "*",
    ),
    "instant": (
        "yesterday",
        "infinity",
        "0001-01-01T00:00:00%2B14:00",
        "9999-12-31T23:59:59-14:00",
    ),
    "list": ("", "a", ":", "variety:" + "a" * 200, "variety:%25", "a" * 50 + ":b"),
}
_ANY_PARAMETER = (
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%FF%FE",
    "%C0%80",
    "%EF%BF%BF",
    "%1B%5B31m",
    "%E2%80%AEabc",
    "a" * 10_240,
    "%F0%9F%91%A8" * 300,
    "%",
    "%zz",
    "%2500",
    "..%2F..%2Fetc%2Fpasswd",
    "'%3B--",
    "a;b=c",
    "\xe9",
)

SEGMENTS = (
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\x1b[31m",
    b"\n",
    b"..",
    b"%2e%2e",
    b"%00",
    b"null",
    b"-1",
    b"9" * 5_000,
    b"a" * 10_240,
    b"' OR '1'='1",
    b"$$;--",
    b"*",
    "\u0661\u0662\u0663".encode(),
    f"{{{_ID}}}".encode(),
    f"urn:uuid:{_ID}".encode(),
    _ID.replace("-", "").encode(),
    _ID.encode() + b"\n",
    _ID.encode() + b" ",
    b" " + _ID.encode(),
    _ID.encode() + b"\x00",
    _ID.encode() + b";--",
    _ID.encode().replace(b"0", b"\xef\xbc\x90"),
)
"""In the place of an id in the path, percent-decoded as servers do it: none of them is one."""

_BAD_HEADER = ("", "\x00", "\xed\xa0\x80", "\xff", "a" * 65_536, "'; DROP TABLE users.account; --")
HEADERS: dict[str, tuple[str, ...]] = {
    "idempotency-key": (*_BAD_HEADER[:4], "a" * 256, "a\r\nX: y", "\x7f", "\xa0"),
    "if-match": (
        *_BAD_HEADER,
        "-1",
        "1.5",
        "9" * 10,
        "9" * 5_000,
        "*",
        "1, 2",
        "\xb2",
        '"',
        "W/",
        "NaN",
    ),
}
"""Read by name: refused with the name."""

HARMLESS: dict[str, tuple[str, ...]] = {
    "accept-language": (*_BAD_HEADER, "en;q=NaN", "xx-" + "x" * 500, "*;q=1e999", "-," * 5_000),
    "accept-encoding": (*_BAD_HEADER, "gzip;q=NaN", "br;q=-1", "gzip;" * 5_000),
    "if-none-match": (*_BAD_HEADER, '"' * 5_000, 'W/"' + "a" * 5_000),
    "traceparent": (*_BAD_HEADER, "00-" + "0" * 32 + "-" + "0" * 16 + "-00", "00-" + "Z" * 32),
    "x-forwarded-for": (*_BAD_HEADER, "::1, 127.0.0.1", "," * 5_000, "a\r\nb"),
    "origin": (*_BAD_HEADER, "null", "https://app.pushnchat.com.evil.com"),
    "x-http-method-override": ("DELETE",),
    "range": ("bytes=-1", "bytes=" + "0-," * 1_000),
    "expect": ("100-continue", "\x00"),
    "cookie": _BAD_HEADER,
}
"""Never a reason to answer otherwise."""


@dataclass(frozen=True, slots=True)
class Field:
    """A place in a request that takes a value: of the body, or a parameter of the query."""

    entry: Entry
    path: Path
    kind: str
    schema: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return what a refusal calls it."""
        return ".".join(map(str, self.path))


def body_fields(entry: Entry) -> Iterator[Field]:
    """Return every place in a body, of inner shapes and of the items of lists too."""
    if entry.body is not None:
        schema = entry.body.model_json_schema()
        for path, kind, found in _walked(schema, schema.get("$defs", {}), ()):
            if path:
                yield Field(entry, path, kind, found)


def levels(entry: Entry) -> Iterator[Field]:
    """Return every object in a body, the body itself first."""
    if entry.body is not None:
        schema = entry.body.model_json_schema()
        for path, kind, found in _walked(schema, schema.get("$defs", {}), ()):
            if kind == "object" and "properties" in found:
                yield Field(entry, path, kind, found)


def parameters(entry: Entry) -> Iterator[Field]:
    """Return every parameter of a query."""
    if entry.query is not None:
        schema = entry.query.model_json_schema()
        for path, kind, found in _walked(schema, schema.get("$defs", {}), ()):
            if len(path) == 1:
                yield Field(entry, path, kind, found)


def _walked(
    schema: Schema, known: dict[str, Schema], path: Path
) -> Iterator[tuple[Path, str, Schema]]:
    schema = _meant(schema, known)
    kind = _kind(schema)
    yield path, kind, schema
    for name, inner in schema.get("properties", {}).items():
        yield from _walked(inner, known, (*path, name))
    if kind == "object" and "properties" not in schema and path:  # whatever its author likes
        yield (*path, "variety"), "text", {"type": "string"}
        yield (*path, "organic"), "flag", {"type": "boolean"}
    if "items" in schema:
        yield from _walked(schema["items"], known, (*path, 0))


def _meant(schema: Schema, known: dict[str, Schema]) -> Schema:
    """Return a schema without its reference and without null."""
    while True:
        options = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
        if "$ref" in schema:
            schema = known[schema["$ref"].rpartition("/")[2]]
        elif options:
            schema = options[0]
        elif len(schema.get("allOf", [])) == 1:
            schema = schema["allOf"][0]
        else:
            return schema


def _kind(schema: Schema) -> str:
    if "enum" in schema or "const" in schema:
        return "choice"
    formats = {"uuid": "id", "date-time": "instant"}
    types = {"integer": "integer", "number": "number", "boolean": "flag", "array": "list"}
    return formats.get(schema.get("format", "")) or {**types, "object": "object"}.get(
        schema.get("type", "string"), "text"
    )


_ANOTHERS: Path = ("operations", 0, "body")
"""The body of an operation that was done offline: what is in it is judged by that operation."""


def refused_values(field: Field) -> Iterator[bytes]:
    """Return JSON that `field` refuses, and names itself."""
    yield from UNSTORABLE
    for value in _TYPED[field.kind]:
        if value in ({}, []) and field.path[-1] in {"attributes", "snapshot"}:
            continue
        if field.path[:3] == _ANOTHERS and (field.path != _ANOTHERS or isinstance(value, dict)):
            continue
        yield json.dumps(value).encode()


def odd_values(field: Field) -> Iterator[bytes]:
    """Return JSON that `field` may take or refuse."""
    for value in _ODD[field.kind]:
        yield json.dumps(value).encode()


def texts(field: Field) -> Iterator[str]:
    """Return hostile text that is as long as `field` wants it."""
    if field.kind == "text":
        least, most = field.schema.get("minLength", 0), field.schema.get("maxLength", 10_000)
        for text in TEXTS:
            long = text + _FILLER if len(text) < least else text
            yield long if len(long) <= most else text[:most].rstrip()


def parameter_values(field: Field) -> Iterator[str]:
    """Return what stands behind `name=` in a query string."""
    yield from _ANY_PARAMETER
    yield from _PARAMETERS[field.kind]


def placed(entry: Entry, good: Any, path: Path, raw: bytes) -> bytes:
    """Return a good body as JSON with `raw` in one place."""
    body = copy.deepcopy(good)
    if not path:
        return raw
    inner: Any = body
    filled: Any = _example(entry.body) if entry.body else {}
    for step, following in pairwise(path):
        filled = _at(filled, step)
        if _at(inner, step) is None:
            inner[step] = copy.deepcopy(filled) or ([None] if following == 0 else {})
        inner = inner[step]
    if path[-1] == 0 and not inner:
        inner.append(None)
    inner[path[-1]] = _HERE
    return json.dumps(body).encode().replace(f'"{_HERE}"'.encode(), raw)


_example = cache(example)


def _at(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(str(step))
    found = isinstance(value, list) and isinstance(step, int) and len(value) > step
    return value[step] if found else None


def shown(data: Any, path: Path) -> Any:
    """Return what an answer says in the same place, if it does."""
    for step in path:
        data = _at(data, step)
    return data


def event_fields(entry: Entry) -> Iterator[Field]:
    """Return every place in what an event tells."""
    if entry.event is not None:
        schema = entry.event.model_json_schema()
        for path, kind, found in _walked(schema, schema.get("$defs", {}), ()):
            if path:
                yield Field(entry, path, kind, found)


SCHEDULES = (
    "",
    "\x00",
    "yesterday",
    "2026-11-22",
    "2026-11-22T09:30:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "+10000-01-01T00:00:00Z",
    "infinity",
    "1e999",
    "9" * 5_000,
)
"""In the place of the time at which a job was due."""

ENVELOPES: tuple[tuple[str, Any], ...] = (
    ("id", 1),
    ("id", "nope"),
    ("id", "a\x00"),
    ("id", None),
    ("data", None),
    ("data", [["a", 1]]),
    ("data", "\ud800"),
    ("deliveryAttempt", float("inf")),
    ("deliveryAttempt", "x"),
    ("deliveryAttempt", []),
    ("attributes", "x"),
    ("attributes", {"traceparent": 5}),
    ("attributes", {"traceparent": "\ud800" * 55}),
    ("message", None),
    ("message", {"data": "\xe9"}),
    ("message", {"data": 5}),
)
"""Around an event: a name, and what stands there."""

BODIES = [field for entry in HTTP for field in body_fields(entry)]
OBJECTS = [level for entry in HTTP for level in levels(entry)]
TOLD = [field for entry in EVENTS for field in event_fields(entry)]
PARAMETERS = [field for entry in HTTP for field in parameters(entry)]
VARIABLES = [(entry, name) for entry in HTTP for name in entry.path]


def ids(fields: list[Field]) -> list[str]:
    """Return the names of test cases."""
    return [f"{field.entry.name}-{field.name or 'body'}" for field in fields]
