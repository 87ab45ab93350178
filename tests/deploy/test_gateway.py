"""The gateway sends every operation to its function, and knows who may pass."""

import re
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

from shared import edge
from shared.entry import Entry, open_to_strangers
from shared.http import Request
from shared.manifest import gateway, plan
from shared.manifest.discovery import deployed_name
from shared.manifest.environment import load
from shared.settings import settings
from tests.architecture.samples import ALL, HTTP, http, named

WHERE = load("prod")
DOCUMENT: Any = yaml.safe_load(gateway.render(plan.plan(ALL, WHERE), WHERE))
BACKENDS = DOCUMENT["x-google-api-management"]["backends"]


def test_the_document_is_valid_and_has_every_operation_once() -> None:
    """As OpenAPI 3.0; beside each path's operations, what a browser asks first."""
    validate(DOCUMENT)
    printed = {
        (path, method.upper(), operation["operationId"])
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
        if method != "options"
    }
    assert printed == {(http(each).path, http(each).method, each.name) for each in HTTP}
    assert all("options" in operations for operations in DOCUMENT["paths"].values())
    ids = [
        operation["operationId"]
        for operations in DOCUMENT["paths"].values()
        for operation in operations.values()
    ]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(**named(HTTP))
def test_an_operation_has_backend_audience_and_security_or_is_public(entry: Entry) -> None:
    """Nothing is open because somebody forgot."""
    trigger = http(entry)
    operation = DOCUMENT["paths"][trigger.path][trigger.method.lower()]
    backend = BACKENDS[operation["x-google-backend"]]
    url = WHERE.url(deployed_name(entry))
    assert backend["jwtAudience"] == url
    assert operation["security"] == ([] if open_to_strangers(trigger) else [{"firebase": []}])
    if backend["pathTranslation"] == "APPEND_PATH_TO_ADDRESS":
        assert backend["address"] == url
        reached = re.sub(r"{\w+}", "x", trigger.path)
    else:
        assert not entry.path, "a constant address would lose the variables"
        reached = backend["address"].removeprefix(url)
    assert not reached.endswith("z"), "Cloud Run keeps such paths to itself"
    assert entry.pattern.match(reached)
    assert backend["deadline"] > plan.plan([entry], WHERE)[0].size.timeout_seconds


@pytest.mark.parametrize("path", DOCUMENT["paths"])
def test_a_browser_may_ask_without_a_token_and_is_answered_for_the_whole_path(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By one of the functions of the path, whatever it wants to send to the others."""
    operations = DOCUMENT["paths"][path]
    assert operations["options"]["security"] == []
    asked = operations["options"]["x-google-backend"]
    (entry,) = [each for each in HTTP if deployed_name(each) == asked and http(each).path == path]
    monkeypatch.setenv("CORS_ORIGINS", "https://app.pushnchat.com")
    settings.cache_clear()
    headers = {"origin": "https://app.pushnchat.com", "access-control-request-method": "POST"}
    answer = edge.serve(entry, Request("OPTIONS", re.sub(r"{\w+}", "x", path), "", headers))
    settings.cache_clear()
    assert answer.status == 204
    allowed = answer.headers["Access-Control-Allow-Methods"].split(", ")
    assert {method.upper() for method in operations} - {"OPTIONS"} <= {*allowed}


def test_the_token_is_verified_as_firebase_says() -> None:
    """For this project, from its issuer, with the keys of Firebase."""
    scheme = DOCUMENT["components"]["securitySchemes"]["firebase"]["x-google-auth"]
    assert scheme["issuer"] == f"https://securetoken.google.com/{WHERE.project}"
    assert scheme["audiences"] == [WHERE.project]
    assert scheme["jwksUri"].endswith("/x509/securetoken@system.gserviceaccount.com")
