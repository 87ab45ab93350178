"""From bytes to shapes: everything that can be wrong with a request, said all at once."""

import json
import re
import unicodedata
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, get_origin
from urllib.parse import parse_qsl
from uuid import UUID

from shared.errors import (
    BadRequestError,
    InvalidError,
    Problem,
    TooLargeError,
    UnsupportedMediaTypeError,
)
from shared.http import LARGEST_BODY, Request

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound="BaseModel")

DEEPEST = 32
LONGEST_QUERY = 4_096
MOST_MARKS = 30
"""As in Unicode's Stream-Safe Text Format (UAX #15)."""
FIRST_YEAR, LAST_YEAR = 1900, 2200
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_LARGEST_INTEGER = 2**63 - 1
_LONGEST_INTEGER = 20


def body_of(request: Request, shape: type[M]) -> M:
    """Parse a JSON body into `shape`."""
    if request.body is None:
        message = f"The body may hold at most {LARGEST_BODY // 1024} KB."
        raise TooLargeError(message)
    if request.header("content-encoding") not in {None, "identity"}:
        raise UnsupportedMediaTypeError("Send the body uncompressed.")
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise UnsupportedMediaTypeError("Send JSON with Content-Type: application/json.")
    return validated(shape, request.body)


def validated(shape: type[M], raw: bytes) -> M:
    """Check JSON text for what no shape should have to, then fit it into `shape`."""
    from pydantic import ValidationError  # noqa: PLC0415  # the shape has imported it

    value = _loaded(raw)
    clean = _walk(value, ())
    text = raw if clean == value else json.dumps(clean).encode()
    try:
        return shape.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise InvalidError("", problems=_problems(error)) from error


def query_of(raw: str, shape: type[M] | None, *, ignore: frozenset[str]) -> M | None:
    """Parse a query string into `shape`; a parameter it does not know is an error."""
    if len(raw) > LONGEST_QUERY:
        raise BadRequestError("The query string is too long.", code="QUERY_TOO_LONG")
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=64)
    except (ValueError, UnicodeDecodeError) as error:
        raise BadRequestError("The query string cannot be read.", code="MALFORMED_QUERY") from error
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in ignore:
            continue
        field = None if shape is None else shape.model_fields.get(name)
        if field is None:
            raise _unknown_parameter(name)
        _check_text(value, (name,))
        if name in _lists_of(shape):
            values.setdefault(name, []).append(value)
        elif name in values:
            raise InvalidError("Send this once.", code="DUPLICATE_PARAMETER", field=name)
        else:
            values[name] = unicodedata.normalize("NFC", value)
    if shape is None:
        return None
    from pydantic import ValidationError  # noqa: PLC0415  # the shape has imported it

    try:
        return shape.model_validate(values)
    except ValidationError as error:
        raise InvalidError("", problems=_problems(error)) from error


@cache
def _lists_of(shape: "type[BaseModel] | None") -> frozenset[str]:
    """Return the parameters of a query that may be given more than once."""
    fields = shape.model_fields.items() if shape else ()
    return frozenset(name for name, field in fields if get_origin(field.annotation) is list)


def path_value(name: str, raw: str, kind: type) -> UUID | str | int:
    """Parse one variable of the path."""
    _check_text(raw, (name,))
    if kind is UUID:
        if not _UUID.fullmatch(raw):
            raise InvalidError("This is not an id.", field=name)
        return UUID(raw)
    if kind is int:
        if not raw.isascii() or not raw.isdigit() or int(raw[:_LONGEST_INTEGER]) > _LARGEST_INTEGER:
            raise InvalidError("This is not a number.", field=name)
        return int(raw)
    return unicodedata.normalize("NFC", raw)


def instant(header: str, raw: str) -> datetime:
    """Parse the instant in a header that Google's callers send."""
    refused = BadRequestError(f"{header} is not an instant.", field=header)
    try:
        found = datetime.fromisoformat(raw)
    except ValueError as error:
        raise refused from error
    if found.tzinfo is None or not FIRST_YEAR <= found.year < LAST_YEAR:
        raise refused
    return found


def _unknown_parameter(name: str) -> InvalidError:
    shown = _FORBIDDEN.sub("?", name[:60])
    return InvalidError("There is no such parameter.", code="UNKNOWN_PARAMETER", field=shown)


def _loaded(raw: bytes) -> Any:  # noqa: ANN401  # any JSON value
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequestError("The body is not UTF-8.", code="MALFORMED_JSON") from error
    if _nests_too_deep(text):
        message = f"The body is nested deeper than {DEEPEST}."
        raise BadRequestError(message, code="TOO_DEEP")
    try:
        return json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_number,
        )
    except (ValueError, RecursionError) as error:
        raise BadRequestError("The body is not valid JSON.", code="MALFORMED_JSON") from error


_BRACKETS = re.compile(r"[\[\]{}]")
# A string that never ends takes all the rest with it: looking for another inside it would take as
# many steps as the text is long, for each of its quotes.
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)


def _nests_too_deep(text: str) -> bool:
    """Tell whether brackets nest deeper than they may, before a recursive parser sees them."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    depth = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST:
            return True
    return False


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequestError("A field is given twice.", code="DUPLICATE_FIELD")
    return found


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is not a number that JSON knows."
    raise BadRequestError(message, code="NOT_A_NUMBER")


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_INTEGER or abs(int(digits)) > _LARGEST_INTEGER:
        raise BadRequestError("A number is too large.", code="NUMBER_TOO_LARGE")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if value in {float("inf"), float("-inf")}:
        raise BadRequestError("A number is too large.", code="NUMBER_TOO_LARGE")
    return value


def _walk(value: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401
    """Return `value` with every string in NFC; refuse what PostgreSQL or a reader could trip on."""
    if isinstance(value, str):
        _check_text(value, path)
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [_walk(item, (*path, index)) for index, item in enumerate(value)]
    if isinstance(value, dict):
        for name in value:
            _check_text(name, path)
        return {name: _walk(item, (*path, name)) for name, item in value.items()}
    return value


def _check_text(text: str, path: tuple[str | int, ...]) -> None:
    if _FORBIDDEN.search(text) or (not text.isascii() and _piled(text)):
        raise InvalidError(
            "This holds a character that cannot be stored.",
            code="FORBIDDEN_CHARACTER",
            field=".".join(str(part) for part in path) or None,
        )


def _piled(text: str) -> bool:
    """Tell whether a letter carries more marks than any language's: sorting them takes minutes."""
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MOST_MARKS:
            return True
    return False


_MESSAGES = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field.",
}


def _problems(error: "ValidationError") -> tuple[Problem, ...]:
    return tuple(
        Problem(
            code="UNKNOWN_FIELD" if each["type"] == "extra_forbidden" else "VALIDATION_ERROR",
            message=_MESSAGES.get(each["type"], each["msg"]),
            field=_FORBIDDEN.sub("?", ".".join(str(part) for part in each["loc"]))[:200] or None,
        )
        for each in error.errors(include_url=False, include_context=False, include_input=False)[:50]
    )
