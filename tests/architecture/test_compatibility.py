"""P21: a client that worked goes on working."""

import json
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest

from schemas.platform import Health
from shared.answers import Json
from shared.entry import BadSignatureError, compile_entry
from shared.manifest import compatibility, openapi
from shared.manifest.discovery import ROOT
from shared.roles import PUBLIC
from shared.triggers import get, sunset
from tests.shared.probes import ask
from tests.suite import Suite

TODAY = date(2026, 11, 25)
LISTINGS = "/api/v1/listings"


@pytest.fixture(scope="module")
def document() -> Any:
    return openapi.document()


@pytest.fixture(scope="module")
def released(document: Any) -> Any:
    return json.loads(compatibility.text(document))


def _after(document: Any, *path: str, **change: Any) -> Any:
    """Return the document with something changed, or taken away where the new value is `...`."""
    edited = deepcopy(document)
    part = edited
    for name in path:
        part = part[name]
    for name, value in change.items():
        if value is ...:
            del part[name]
        else:
            part[name] = value
    return edited


def test_p21_todays_api_serves_the_clients_of_the_last_release() -> None:
    released = compatibility.kept(ROOT)
    assert compatibility.breaks(released, openapi.document(), datetime.now(UTC).date()) == []
    assert len(released["operations"]) > 30


def _shape(name: str, *path: str) -> tuple[str, ...]:
    return ("components", "schemas", name, *path)


_CREATE = ("paths", LISTINGS, "post")
BREAKING: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    (f"GET {LISTINGS} is gone", ("paths", LISTINGS), {"get": ...}),
    ("it takes a token now", ("paths", LISTINGS, "get"), {"security": [{"firebase": []}]}),
    ("business may no longer call it", _CREATE, {"x-roles": ["admin"]}),
    ("the parameter query country is gone", ("paths", LISTINGS, "get"), {"parameters": []}),
    ("it takes no body any more", _CREATE, {"requestBody": ...}),
    ("it does not answer 201 any more", (*_CREATE, "responses"), {"201": ...}),
    ("body.title is not taken any more", _shape("NewListing", "properties"), {"title": ...}),
    ("body.note must be sent now", _shape("NewListing"), {"required": ["title", "note"]}),
    ("has a lower maxLength", _shape("NewListing", "properties", "title"), {"maxLength": 50}),
    ("has a higher minLength", _shape("NewListing", "properties", "title"), {"minLength": 50}),
    ("has another pattern", _shape("NewListing", "properties", "title"), {"pattern": "^x"}),
    (
        "title was string and must be integer",
        _shape("NewListing", "properties", "title"),
        {"type": "integer"},
    ),
    ("data[].title is gone", _shape("ListingCard", "properties"), {"title": ...}),
    (
        "data[].title was string and is integer",
        _shape("ListingCard", "properties", "title"),
        {"type": "integer"},
    ),
    (
        "data[].title may be null now",
        _shape("ListingCard", "properties", "title"),
        {"nullable": True},
    ),
    ("data[].title may be missing now", _shape("ListingCard"), {"required": ["id"]}),
]


@pytest.mark.parametrize(("said", "path", "change"), BREAKING, ids=[each[0] for each in BREAKING])
def test_p21_what_breaks_a_client_is_found(
    said: str, path: tuple[str, ...], change: dict[str, Any], document: Any, released: Any
) -> None:
    edited = _after(document, *path, **change)
    found = compatibility.breaks(released, edited, TODAY)
    assert any(said in each for each in found), found


GROWING: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (("paths",), {"/api/v1/new": {}}),
    (_shape("NewListing", "properties"), {"note": {"type": "string"}}),
    (_shape("NewListing", "properties", "title"), {"maxLength": 5_000, "minLength": 1}),
    (_shape("NewListing"), {"required": ["title"]}),
    (_shape("ListingCard", "properties"), {"note": {"type": "string"}}),
    (_shape("ListingCard", "properties", "title"), {"maxLength": 9, "description": "New words."}),
    (_shape("ListingCard", "properties", "type"), {"enum": ["OFFER", "REQUEST", "SWAP"]}),
    (("paths", LISTINGS, "get"), {"x-roles": ["public"], "summary": "Other words."}),
    (("paths", LISTINGS, "get"), {"security": [{}, {"firebase": []}]}),
]


@pytest.mark.parametrize(("path", "change"), GROWING)
def test_p21_an_api_may_grow(
    path: tuple[str, ...], change: dict[str, Any], document: Any, released: Any
) -> None:
    assert compatibility.breaks(released, _after(document, *path, **change), TODAY) == []


def test_p21_an_operation_goes_after_the_day_that_clients_were_told(document: Any) -> None:
    announced = _after(document, "paths", LISTINGS, "get", **{"x-sunset": "2027-03-01"})
    released = json.loads(compatibility.text(announced))
    gone = _after(document, "paths", LISTINGS, get=...)
    assert compatibility.breaks(released, gone, date(2027, 2, 28)) != []
    assert compatibility.breaks(released, gone, date(2027, 3, 1)) == []


@sunset("2026-12-01", gone="2027-03-01")
@get("/old", roles=PUBLIC)
def get_old() -> Json[Health]:
    """Read what another operation tells better."""
    return Json('{"status":"ok"}')


def test_p21_an_operation_that_will_be_gone_says_so(suite: Suite) -> None:
    """As RFC 9745 and RFC 8594 have it, on refusals too."""
    for query, status in (("", 200), ("unknown=1", 422)):
        answer = ask(get_old, "/old", query=query)
        assert answer.status == status
        assert answer.headers["Deprecation"] == "@1796083200"
        assert answer.headers["Sunset"] == "Mon, 01 Mar 2027 00:00:00 GMT"


def test_p21_ninety_days_are_the_least(suite: Suite) -> None:
    hasty = sunset("2026-12-01", gone="2027-02-28")(get_old)
    try:
        with pytest.raises(BadSignatureError, match="90 days"):
            compile_entry(hasty)
    finally:
        sunset("2026-12-01", gone="2027-03-01")(get_old)
