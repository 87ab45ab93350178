"""P22, for every function: what must be answered for goes on record, once, by reference.

That a replay writes nothing, no entry either, is shown by `test_replays.py`.
"""

import json
from typing import Any
from uuid import UUID

import pytest

from shared.entry import Entry, answered_for
from shared.roles import Role
from tests.architecture.samples import GUARDED, HTTP, example, http, named, operation
from tests.factories import audit, users
from tests.scenarios import ACTS
from tests.scenarios.acts import Call
from tests.suite import Suite

RECORDED = [entry for entry in HTTP if answered_for(http(entry))]
WRITES = [entry for entry in RECORDED if entry.name in ACTS]
READS = [entry for entry in RECORDED if entry.name not in ACTS]
ORDINARY = sorted(ACTS.keys() - {entry.name for entry in RECORDED})
_TOLD = {
    "given_name": "Zawadi-Kibibi",
    "family_name": "Mutharika-Ncube",
    "phone": "+2348031234567",
}
_APART = ("platform.rate_limit",)


def _act(suite: Suite, entry: Entry) -> Call:
    act = ACTS[entry.name](suite)
    assert isinstance(act, Call)
    return act


def test_p22_what_staff_alone_may_do_and_what_is_sensitive_is_recorded() -> None:
    """The rule, said again by hand, so that a change of it shows."""
    staff = {Role.ADMIN, Role.FINANCIAL}
    wanted = [
        each
        for each in GUARDED
        if http(each).sensitive or (http(each).roles and http(each).roles <= staff)
    ]
    assert wanted == RECORDED
    names = {each.name for each in RECORDED}
    assert names >= {"approve_admin_listing", "revoke_sessions", "transfer_business"}


@pytest.mark.parametrize(**named(WRITES))
def test_p22_a_call_writes_exactly_one_entry(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, entry: Entry
) -> None:
    """Who, as what, did what to what, and what became of it; no word about anybody."""
    real = users.onboarding
    monkeypatch.setattr(users, "onboarding", lambda **about: real(**{**about, **_TOLD}))
    act = _act(suite, entry)
    before = len(audit.entries(suite))
    assert act() < 300
    (written,) = audit.entries(suite)[before:]
    assert (written["operation"], written["chain"]) == (entry.name, entry.service)
    assert written["actor_id"] == str(act.person.user_id)
    assert written["role"] in http(entry).roles
    assert UUID(written["request_id"]).version == 7
    assert written["target_type"]
    assert written["target_id"]
    assert written["after"], "note what became of the row"
    assert not [word for word in _TOLD.values() if word in json.dumps(written)]


@pytest.mark.parametrize(**named(WRITES))
def test_p22_what_cannot_go_on_record_does_not_happen(suite: Suite, entry: Entry) -> None:
    """The entry and the work are one transaction."""
    act = _act(suite, entry)
    before = suite.stored(apart=_APART)
    table = "ALTER TABLE platform.audit_entry"
    suite.rows(f"{table} ADD CONSTRAINT forbidden CHECK (false) NOT VALID")
    try:
        assert act() >= 400
    finally:
        suite.rows(f"{table} DROP CONSTRAINT forbidden")
    assert suite.stored(apart=_APART) == before


@pytest.mark.parametrize(**named(READS))
def test_p22_a_read_by_staff_is_recorded(suite: Suite, entry: Entry) -> None:
    """To look at what is others' is a deed, too."""
    reader = users.person(suite, roles=[str(min(http(entry).roles))])
    sent: dict[str, Any] = {"body": example(entry.body)} if entry.body else {}
    answer = suite.call(operation(entry), reader, **sent)
    found = [each["operation"] for each in audit.entries(suite)]
    assert found == ([entry.name] if answer.status < 300 else [])


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_call_writes_none(suite: Suite, name: str) -> None:
    """The log holds what must be answered for, and nothing that hides it."""
    act = ACTS[name](suite)
    before = audit.entries(suite)
    assert act() < 300
    assert audit.entries(suite) == before
