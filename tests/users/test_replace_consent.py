"""Agreeing and refusing."""

import pytest
from pg8000.exceptions import DatabaseError

from shared.db import connect
from tests.factories.users import person
from tests.suite import Person, Suite

REPLACE = "PUT /api/v1/users/me/consents"


def _decide(
    suite: Suite, who: Person, granted: bool, version: str = "2026-11"
) -> dict[str, object]:
    decision = {"purpose": "marketing", "granted": granted, "policy_version": version}
    answer = suite.call(REPLACE, who, body={"consents": [decision]})
    assert answer.status == 200, answer.body
    (told,) = (each for each in answer.data if each["purpose"] == "marketing")
    assert isinstance(told, dict)
    return told


def test_p19_what_holds_is_the_last_decision_and_all_are_kept(suite: Suite) -> None:
    """With the text that was shown each time."""
    ngozi = person(suite)
    _decide(suite, ngozi, granted=True)
    _decide(suite, ngozi, granted=False)
    told = _decide(suite, ngozi, granted=False, version="2026-12")
    assert (told["granted"], told["policy_version"]) == (False, "2026-12")
    kept = suite.rows(
        "SELECT granted, policy_version FROM users.consent_history "
        "WHERE purpose = 'marketing' ORDER BY id"
    )
    assert kept == [[True, "2026-11"], [False, "2026-11"], [False, "2026-12"]]
    history = told["history"]
    assert isinstance(history, list)
    assert [[each["granted"], each["policy_version"]] for each in history] == kept[::-1]


def test_a_decision_that_changes_nothing_is_not_another(suite: Suite) -> None:
    ngozi = person(suite)
    first = _decide(suite, ngozi, granted=True)
    assert _decide(suite, ngozi, granted=True) == first


def test_other_purposes_and_other_people_stay_as_they_are(suite: Suite) -> None:
    ngozi, ada = person(suite), person(suite)
    before = suite.call("GET /api/v1/users/me/consents", ada).data
    _decide(suite, ngozi, granted=True)
    assert suite.call("GET /api/v1/users/me/consents", ada).data == before
    granted = [each["granted"] for each in suite.call("GET /api/v1/users/me/consents", ngozi).data]
    assert granted == [True, True, False]


@pytest.mark.parametrize(
    ("decisions", "code"),
    [
        ([("terms", False)], "TERMS_REQUIRED"),
        ([("marketing", True), ("marketing", False)], "DUPLICATE_CONSENT"),
    ],
)
def test_what_cannot_be_decided_is_refused(
    suite: Suite, decisions: list[tuple[str, bool]], code: str
) -> None:
    """An account stands on the terms: who no longer agrees has it erased."""
    ngozi = person(suite)
    consents = [
        {"purpose": purpose, "granted": granted, "policy_version": "1"}
        for purpose, granted in decisions
    ]
    refused = suite.call(REPLACE, ngozi, body={"consents": consents})
    assert (refused.status, refused.codes) == (422, [(code, "consents")])
    assert suite.value("SELECT count(*) FROM users.consent_history") == 1


@pytest.mark.parametrize(
    "change",
    ["UPDATE users.consent_history SET granted = true", "DELETE FROM users.consent_history"],
)
def test_the_history_is_only_added_to(suite: Suite, change: str) -> None:
    """The service that writes it can neither change nor drop a decision."""
    person(suite)
    db = connect("svc_users")
    try:
        with pytest.raises(DatabaseError, match="permission denied"):
            db.script(change)
    finally:
        db.close()
