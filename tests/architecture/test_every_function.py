"""What the edge promises, held for every function of the suite."""

import json
from functools import cache
from typing import Any

import pytest

from shared.answers import Page
from shared.entry import Entry, needs_account
from shared.manifest import openapi
from tests.architecture.samples import (
    CRONS,
    EVENTS,
    GUARDED,
    HTTP,
    event_text,
    example,
    http,
    named,
    operation,
)
from tests.factories.users import person
from tests.suite import Person, Suite

_APART = ("platform.rate_limit", "platform.inbox")
"""What a call leaves behind whether it does anything or not."""


@cache
def _document() -> dict[str, Any]:
    return openapi.document()


def _caller(suite: Suite, entry: Entry) -> Person | None:
    """Return somebody who may knock."""
    if entry not in GUARDED:
        return None
    if not needs_account(http(entry)):
        return Person("newcomer")
    return person(suite, roles=[str(min(http(entry).roles))])


def _sent(entry: Entry) -> dict[str, Any]:
    """Return what a good request carries."""
    sent: dict[str, Any] = {"body": example(entry.body)} if entry.body else {}
    if "version" in entry.wants:
        sent["version"] = 1
    return sent


@pytest.mark.parametrize(**named(GUARDED))
def test_p14_a_stranger_is_refused(suite: Suite, entry: Entry) -> None:
    """No token, a forged one, a scheme that is not ours: 401, and how to do better."""
    forged = suite.token(Person("somebody"))[:-8] + "AAAAAAAA"
    for header in ({}, {"authorization": f"Bearer {forged}"}, {"authorization": "Basic eDp5"}):
        refused = suite.call(operation(entry), headers=header, **_sent(entry))
        assert refused.status == 401, refused.body
        assert refused.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(**named([entry for entry in HTTP if entry.body]))
def test_p13_a_bad_body_is_refused_with_code_and_field(suite: Suite, entry: Entry) -> None:
    """Never 500, and nothing is stored."""
    assert entry.body is not None
    caller = _caller(suite, entry)
    before = suite.stored(apart=_APART)
    good = example(entry.body)
    wrong = {name: {"of": ["the", "wrong", "type"]} for name in good}
    bodies: list[tuple[object, int]] = [
        ({**good, "no_such_field": 1}, 422),
        (wrong, 422),
        ([], 422),
        (None, 415),
        (b"", 400),
        (b"{", 400),
        (b'{"a": NaN}', 400),
        (b"\xff", 400),
        (b"[" * 40 + b"]" * 40, 400),
        ({"text": "\x00"}, 422),
        (b'{"text": "\\ud800"}', 422),
    ]
    version = 1 if "version" in entry.wants else None
    for body, status in bodies:
        refused = suite.call(operation(entry), caller, body=body, version=version)
        assert refused.status == status, (body, refused.body)
        assert all(each["code"] and each["message"] for each in refused.json["errors"])
    unknown = suite.call(operation(entry), caller, body=bodies[0][0], version=version)
    assert ("UNKNOWN_FIELD", "no_such_field") in unknown.codes
    typed = suite.call(operation(entry), caller, body=wrong, version=version)
    assert {field.split(".")[0] for _, field in typed.codes if field} <= wrong.keys()
    assert suite.stored(apart=_APART) == before


@pytest.mark.parametrize(**named(HTTP))
def test_an_unknown_parameter_is_refused(suite: Suite, entry: Entry) -> None:
    """A filter with a slip in its name would otherwise show everything."""
    caller = _caller(suite, entry)
    refused = suite.call(operation(entry), caller, query={"no_such": "1"}, **_sent(entry))
    assert (refused.status, refused.codes) == (422, [("UNKNOWN_PARAMETER", "no_such")])


@pytest.mark.parametrize(**named([entry for entry in HTTP if entry.path]))
def test_p13_a_path_that_holds_no_id_is_refused(suite: Suite, entry: Entry) -> None:
    """Text that cannot be stored or is no id never reaches the database."""
    caller = _caller(suite, entry)
    method = http(entry).method
    pattern = http(entry).path
    for name in entry.path:
        pattern = pattern.replace(f"{{{name}}}", "\x01")
    refused = suite.call(f"{method} {pattern}", caller, **_sent(entry))
    assert refused.status == 422


@pytest.mark.parametrize(**named([entry for entry in HTTP if "version" in entry.wants]))
def test_an_edit_names_the_version_it_is_based_on(suite: Suite, entry: Entry) -> None:
    """428 without, 422 with something else."""
    caller = _caller(suite, entry)
    sent = {name: value for name, value in _sent(entry).items() if name != "version"}
    refused = suite.call(operation(entry), caller, **sent)
    assert (refused.status, refused.codes) == (428, [("PRECONDITION_REQUIRED", "If-Match")])
    refused = suite.call(operation(entry), caller, headers={"If-Match": '"x"'}, **sent)
    assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", "If-Match")])


@pytest.mark.parametrize(**named(HTTP))
def test_a_request_about_nothing_is_answered_as_documented(suite: Suite, entry: Entry) -> None:
    """The example of the document, on rows that are not there: no answer is a surprise."""
    caller = _caller(suite, entry)
    answer = suite.call(operation(entry), caller, **_sent(entry))
    documented = _document()["paths"][http(entry).path][http(entry).method.lower()]["responses"]
    assert answer.status < 500, answer.body
    assert str(answer.status) in documented
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize(**named([each for each in HTTP if each.answer[0] is Page]))
def test_a_list_refuses_a_cursor_that_is_not_its_own(suite: Suite, entry: Entry) -> None:
    """Neither a forged one nor one of another list."""
    caller = _caller(suite, entry)
    for cursor in ("x", "AAAA", "é", "A" * 512):
        wanted = {**_required(entry), "cursor": cursor}
        refused = suite.call(operation(entry), caller, query=wanted)
        if refused.status == 404:
            assert entry.path, "only what the list belongs to may be missing"
            continue
        assert refused.status == 422, refused.body
        assert "cursor" in {field for _, field in refused.codes}


def _required(entry: Entry) -> dict[str, Any]:
    """Return the parameters without which a list does not answer."""
    if entry.query is None:
        return {}
    values = example(entry.query)
    fields = entry.query.model_fields.items()
    return {name: values[name] for name, field in fields if field.is_required()}


# Events, tasks, schedules


@pytest.mark.parametrize(**named(EVENTS))
def test_p4_a_second_delivery_changes_nothing(suite: Suite, entry: Entry) -> None:
    """At least once is what the bus promises; once is what the rows show."""
    text = event_text(entry)
    first = suite.push(entry, text)
    assert first.status == 204, first.body
    before = suite.stored(apart=_APART)
    second = suite.push(entry, text, attempt=2)
    assert second.status == 204, second.body
    assert suite.stored(apart=_APART) == before


@pytest.mark.parametrize(**named(EVENTS))
def test_an_event_that_does_not_fit_is_left_for_the_dead_letters(
    suite: Suite, entry: Entry
) -> None:
    """A refusal, so that it is tried again and then kept; never a crash, never a yes."""
    envelope = json.loads(event_text(entry))
    before = suite.stored(apart=_APART)
    for body in ("{}", "[]", "x", json.dumps({**envelope, "data": {}})):
        refused = suite.push(entry, body)
        assert refused.status in {400, 422}, refused.body
    assert suite.stored(apart=_APART) == before


@pytest.mark.parametrize(**named(EVENTS))
def test_an_event_with_a_new_field_is_handled(suite: Suite, entry: Entry) -> None:
    """A publisher adds a field while the older subscriber still runs."""
    envelope = json.loads(event_text(entry))
    envelope["data"]["added_later"] = 1
    assert suite.push(entry, json.dumps(envelope)).status == 204


@pytest.mark.parametrize(**named(CRONS))
def test_a_job_runs_twice_on_an_empty_database(suite: Suite, entry: Entry) -> None:
    """Nothing due is nothing done."""
    before = suite.stored(apart=_APART)
    assert suite.tick(entry.name) == 0
    assert suite.tick(entry.name) == 0
    assert suite.stored(apart=_APART) == before
