"""P14: what is sensitive takes more than a token that verifies, and nothing else does."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from shared.entry import Entry
from shared.manifest import openapi
from shared.settings import settings
from tests.architecture.samples import HTTP, http, named
from tests.scenarios import ACTS, READS
from tests.scenarios.acts import Call
from tests.suite import Answer, Person, Suite
from tests.users.provider import Provider, serving

SENSITIVE = [entry for entry in HTTP if http(entry).sensitive]
_AFTER_A_NEW_SIGN_IN = {"restore_me"}
"""What is asked of an account that was signed out everywhere."""

ORDINARY = [
    entry
    for entry in HTTP
    if entry.name in ACTS.keys() - _AFTER_A_NEW_SIGN_IN and not http(entry).sensitive
]
MINUTES_15, A_DAY = 900, 86_400
_MFA = {"mfaInfo": [{"mfaEnrollmentId": "1", "phoneInfo": "+*******67"}]}
_APART = ("platform.rate_limit",)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Return an identity provider that has no complaints about anybody."""
    with serving() as running:
        monkeypatch.setenv("IDENTITY_URL", running.url)
        settings.cache_clear()
        yield running
    monkeypatch.undo()
    settings.cache_clear()


def _act(suite: Suite, entry: Entry, **claims: Any) -> Call:
    """Return a scenario's request, its caller's token saying `claims`."""
    act = {**ACTS, **READS}[entry.name](suite)
    assert isinstance(act, Call)
    caller = act.person
    return act.by(Person(caller.uid, caller.user_id, {**caller.claims, **claims}))


def _refused(suite: Suite, act: Call) -> Answer:
    """Send a request that is refused and changes nothing."""
    before = suite.stored(apart=_APART)
    answer = act.answer()
    assert suite.stored(apart=_APART) == before
    return answer


def _ago(seconds: int) -> int:
    return int(time.time()) - seconds


def test_what_must_be_sensitive_is() -> None:
    """By the issue's own list, as far as it is built."""
    assert {entry.name for entry in SENSITIVE} >= {
        "create_export",
        "get_export",
        "replace_admin_user_role",
        "revoke_sessions",
        "transfer_business",
    }


@pytest.mark.parametrize(**named(SENSITIVE))
def test_p14_a_sign_in_that_is_not_recent_is_refused(
    suite: Suite, provider: Provider, entry: Entry
) -> None:
    """Whoever finds an open phone has a good token and not its owner's password."""
    refused = _refused(suite, _act(suite, entry, auth_time=_ago(MINUTES_15 + 1)))
    assert (refused.status, refused.codes) == (401, [("REAUTHENTICATION_REQUIRED", None)])
    challenge = refused.headers["WWW-Authenticate"]
    assert challenge == 'Bearer error="insufficient_user_authentication", max_age="900"'
    assert provider.asked == []
    assert _act(suite, entry, auth_time=_ago(MINUTES_15 - 60))() < 300


@pytest.mark.parametrize(**named(SENSITIVE))
def test_p14_an_account_with_a_second_factor_shows_it(
    suite: Suite, provider: Provider, entry: Entry
) -> None:
    """A password alone is not enough where its owner has said so."""
    act = _act(suite, entry)
    provider.standing = (200, {"users": [{"localId": act.person.uid, **_MFA}]})
    refused = _refused(suite, act)
    assert (refused.status, refused.codes) == (401, [("SECOND_FACTOR_REQUIRED", None)])
    assert 'acr_values="second_factor"' in refused.headers["WWW-Authenticate"]
    assert provider.asked[-1] == [act.person.uid]
    both = {"sign_in_provider": "password", "sign_in_second_factor": "phone"}
    assert act.by(Person(act.person.uid, act.person.user_id, {"firebase": both}))() < 300


@pytest.mark.parametrize(**named(SENSITIVE))
@pytest.mark.parametrize("by", ["our record", "the provider", "deletion"])
def test_p14_a_revoked_session_is_refused_at_once(
    suite: Suite, provider: Provider, entry: Entry, by: str
) -> None:
    """Whoever revoked it: the person here, or an administrator of the identity provider."""
    act = _act(suite, entry, auth_time=_ago(60))
    if by == "our record":
        suite.rows("UPDATE users.account SET revoked_after = clock_timestamp()")
    elif by == "the provider":
        user = {"localId": act.person.uid, "validSince": str(_ago(30))}
        provider.standing = (200, {"users": [user]})
    else:
        provider.standing = (200, {})
    refused = _refused(suite, act)
    assert (refused.status, refused.codes) == (401, [("TOKEN_REVOKED", None)])


@pytest.mark.parametrize(**named(SENSITIVE))
def test_p14_a_sign_in_that_was_disabled_is_refused_at_once(
    suite: Suite, provider: Provider, entry: Entry
) -> None:
    """Its tokens verify for an hour."""
    provider.standing = (200, {"users": [{"localId": "x", "disabled": True}]})
    refused = _refused(suite, _act(suite, entry))
    assert (refused.status, refused.codes) == (403, [("ACCOUNT_SUSPENDED", None)])


@pytest.mark.parametrize(**named(SENSITIVE))
def test_p14_p16_without_the_providers_word_nothing_sensitive_is_done(
    suite: Suite, provider: Provider, entry: Entry
) -> None:
    """And the caller is told to come back."""
    provider.standing = (503, {})
    refused = _refused(suite, _act(suite, entry))
    assert (refused.status, refused.codes) == (503, [("UNAVAILABLE", None)])
    assert int(refused.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(**named(ORDINARY))
def test_what_is_ordinary_asks_for_no_more_than_a_token(
    suite: Suite, provider: Provider, entry: Entry
) -> None:
    """An old sign-in of an account with a second factor, and no call of the provider."""
    provider.standing = (503, {})
    assert _act(suite, entry, auth_time=_ago(A_DAY))() < 300
    assert provider.asked == []


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return the API document."""
    return openapi.document()


@pytest.mark.parametrize(**named(HTTP))
def test_the_document_says_what_is_sensitive(document: dict[str, Any], entry: Entry) -> None:
    """A client asks its person to sign in before it sends, not after."""
    operation = document["paths"][http(entry).path][http(entry).method.lower()]
    assert operation.get("x-sensitive", False) is http(entry).sensitive
    refusals = str(operation["responses"].get("401"))
    assert ("NotRecent" in refusals) is http(entry).sensitive
    assert ("sign-in of the last 15 minutes" in operation.get("description", "")) is (
        http(entry).sensitive
    )
