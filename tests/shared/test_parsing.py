"""Everything that can be wrong with a request gets a code and a field, never a 500."""

import json
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.shape import Instant
from shared.errors import ApiError
from shared.http import LARGEST_BODY, Request
from shared.parsing import body_of, instant, path_value, query_of, validated
from tests.shared.probes import Note, NoteQuery


def _refused(raw: bytes) -> tuple[int, list[tuple[str, str | None]]]:
    with pytest.raises(ApiError) as caught:
        validated(Note, raw)
    return caught.value.status, [(each.code, each.field) for each in caught.value.problems]


@pytest.mark.parametrize(
    ("raw", "status", "code", "field"),
    [
        (b"", 400, "MALFORMED_JSON", None),
        (b"{", 400, "MALFORMED_JSON", None),
        (b'{"title": "ab"} x', 400, "MALFORMED_JSON", None),
        (b'{"title": "\xff\xfe"}', 400, "MALFORMED_JSON", None),
        (b"\xff\xfe{\x00", 400, "MALFORMED_JSON", None),
        (b'{"title": "ab", "amount": NaN}', 400, "NOT_A_NUMBER", None),
        (b'{"title": "ab", "amount": -Infinity}', 400, "NOT_A_NUMBER", None),
        (b'{"title": "ab", "nested": 1e999}', 400, "NUMBER_TOO_LARGE", None),
        (b'{"title": "ab", "amount": ' + b"9" * 5000 + b"}", 400, "NUMBER_TOO_LARGE", None),
        (b'{"title": "ab", "amount": 9223372036854775808}', 400, "NUMBER_TOO_LARGE", None),
        (b'{"title": "ab", "title": "cd"}', 400, "DUPLICATE_FIELD", None),
        (b'{"title": "ab", "nested": ' + b"[" * 40 + b"]" * 40 + b"}", 400, "TOO_DEEP", None),
        (b'{"title": "ab", "nested": ' + b"[" * 100_000, 400, "TOO_DEEP", None),
        (b'{"title": "a\\u0000b"}', 422, "FORBIDDEN_CHARACTER", "title"),
        (b'{"title": "a\\ud800b"}', 422, "FORBIDDEN_CHARACTER", "title"),
        (
            b'{"title": "ab", "nested": {"a": ["x", "\\u0007"]}}',
            422,
            "FORBIDDEN_CHARACTER",
            "nested.a.1",
        ),
        (b'{"title": "ab", "nested": {"\\u0000": 1}}', 422, "FORBIDDEN_CHARACTER", "nested"),
        (b'{"title": "ab", "\\ud800": 1}', 422, "FORBIDDEN_CHARACTER", None),
        (('{"title": "e' + "\u0301" * 31 + '"}').encode(), 422, "FORBIDDEN_CHARACTER", "title"),
        (b'{"title": "ab", "nested": ' + b"[" * 40 + b'"[]\\"', 400, "TOO_DEEP", None),
        (b"[]", 422, "VALIDATION_ERROR", None),
        (b'{"title": 1}', 422, "VALIDATION_ERROR", "title"),
        (b'{"title": "ab", "amount": "1"}', 422, "VALIDATION_ERROR", "amount"),
        (b'{"title": "ab", "amount": true}', 422, "VALIDATION_ERROR", "amount"),
        (b'{"title": "ab", "amount": 1.5}', 422, "VALIDATION_ERROR", "amount"),
        (b'{"title": "ab", "extra": 1}', 422, "UNKNOWN_FIELD", "extra"),
    ],
)
def test_bad_bodies(raw: bytes, status: int, code: str, field: str | None) -> None:
    """Each is refused with its own code."""
    assert _refused(raw) == (status, [(code, field)])


def test_all_field_errors_at_once() -> None:
    """A phone on 2G must not learn of its mistakes one by one."""
    status, problems = _refused(b'{"title": "a", "amount": -1, "tags": "x", "more": 1}')
    assert status == 422
    assert problems == [
        ("VALIDATION_ERROR", "title"),
        ("VALIDATION_ERROR", "amount"),
        ("VALIDATION_ERROR", "tags"),
        ("UNKNOWN_FIELD", "more"),
    ]


def test_text_is_stored_composed() -> None:
    """An e and its accent become one letter, so that equal words are equal."""
    decomposed = "Cafe\u0301 du port"
    note = validated(Note, json.dumps({"title": decomposed, "tags": [decomposed]}).encode())
    assert note.title == "Caf\u00e9 du port"
    assert note.tags == ["Caf\u00e9 du port"]


def test_brackets_in_text_are_not_depth() -> None:
    """Only structure counts."""
    assert validated(Note, json.dumps({"title": "ab", "nested": "[" * 500}).encode()).nested


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"content-type": "text/plain"}, b"{}", 415),
        ({}, b"{}", 415),
        ({"content-type": "application/json", "content-encoding": "gzip"}, b"{}", 415),
        ({"content-type": "application/json"}, None, 413),
    ],
)
def test_bodies_of_the_wrong_kind(headers: dict[str, str], body: bytes | None, status: int) -> None:
    """Too large, compressed, or not JSON."""
    with pytest.raises(ApiError) as caught:
        body_of(Request("POST", "/", "", headers, body), Note)
    assert caught.value.status == status
    assert LARGEST_BODY == 256 * 1024


def test_a_charset_is_fine() -> None:
    """The type counts, its parameters do not."""
    request = Request(
        "POST", "/", "", {"content-type": "application/json; charset=utf-8"}, b'{"title": "ab"}'
    )
    assert body_of(request, Note).title == "ab"


@pytest.mark.parametrize(
    ("raw", "code", "field"),
    [
        ("nope=1", "UNKNOWN_PARAMETER", "nope"),
        ("limit=0", "VALIDATION_ERROR", "limit"),
        ("limit=-5", "VALIDATION_ERROR", "limit"),
        ("limit=1e9", "VALIDATION_ERROR", "limit"),
        ("limit=x", "VALIDATION_ERROR", "limit"),
        ("limit=1&limit=2", "DUPLICATE_PARAMETER", "limit"),
        ("cursor=%00", "FORBIDDEN_CHARACTER", "cursor"),
        ("cursor=%ff", "MALFORMED_QUERY", None),
        ("%00=1", "UNKNOWN_PARAMETER", "?"),
        ("verified=maybe", "VALIDATION_ERROR", "verified"),
        ("cursor=" + "x" * 5000, "QUERY_TOO_LONG", None),
        ("&".join(f"tag={n}" for n in range(100)), "MALFORMED_QUERY", None),
    ],
)
def test_bad_queries(raw: str, code: str, field: str | None) -> None:
    """Each is refused with its own code."""
    with pytest.raises(ApiError) as caught:
        query_of(raw, NoteQuery, ignore=frozenset())
    assert [(each.code, each.field) for each in caught.value.problems] == [(code, field)]


def test_a_query_is_typed() -> None:
    """Lists gather, numbers are numbers, common parameters are left to the edge."""
    query: Any = query_of(
        "tag=a&tag=b&limit=7&verified=true&fields=id", NoteQuery, ignore=frozenset({"fields"})
    )
    assert (query.tag, query.limit, query.verified) == (["a", "b"], 7, True)


def test_an_operation_without_a_query_takes_none() -> None:
    """A misspelt parameter is never ignored."""
    with pytest.raises(ApiError):
        query_of("a=1", None, ignore=frozenset())
    assert query_of("fields=id", None, ignore=frozenset({"fields"})) is None


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("nope", UUID),
        ("{01a20534-1111-7111-8111-111111111111}", UUID),
        ("01a20534111171118111111111111111", UUID),
        ("01a20534-1111-7111-8111-111111111111\n", UUID),
        ("-1", int),
        ("٣", int),
        ("9" * 30, int),
        ("a\x00", str),
    ],
)
def test_bad_path_values(raw: str, kind: type) -> None:
    """One spelling of an id, so that caches and keys agree."""
    with pytest.raises(ApiError) as caught:
        path_value("listing_id", raw, kind)
    assert caught.value.status == 422
    assert caught.value.problems[0].field == "listing_id"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "yesterday",
        "2026-11-22",
        "2026-11-22T09:30:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_p13_an_instant_is_one_that_can_be_reckoned_with(raw: str) -> None:
    """With its zone, and in years that a zone more or less does not leave."""
    with pytest.raises(ApiError) as caught:
        instant("X-At", raw)
    assert (caught.value.status, caught.value.problems[0].field) == (400, "X-At")
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_json(json.dumps(raw), strict=True)


def test_an_instant_keeps_its_zone() -> None:
    assert instant("X-At", "2026-11-22T09:30:00+01:00").isoformat() == "2026-11-22T09:30:00+01:00"
