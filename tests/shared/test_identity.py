"""The seam to Firebase Authentication when the other side refuses, is slow, or is not there.

What it does while all is well is in `tests/emulators/test_identity.py`.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from shared.cloud import firebase, identity
from shared.cloud.breaker import FAILURES, OpenError
from shared.settings import LOCAL_ONLY, settings
from tests.users.provider import Provider, serving

CLAIMS = {"account_id": "1", "roles": ["business"], "role_version": 2}
INSTANT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["rest", "firebase-admin"])
def reach(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], None]]:
    """Return what leads the seam to an address: as a development machine does, or production."""

    def lead(url: str) -> None:
        if request.param == "rest":
            monkeypatch.setenv("IDENTITY_URL", url)
            settings.cache_clear()
            return
        in_production(monkeypatch)
        # Google's own client is led to loopback; production would refuse to start like this.
        monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", url.removeprefix("http://"))

    yield lead
    forget(monkeypatch)


@pytest.fixture
def reached(reach: Callable[[str], None]) -> Iterator[Provider]:
    """Return a provider that is reached in each way."""
    with serving() as provider:
        reach(provider.url)
        yield provider


def in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LOCAL_ONLY:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("CURSOR_SECRET", "secret")
    monkeypatch.setenv("FUNCTION_URL", "https://{name}.example")
    settings.cache_clear()
    assert settings().production


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    settings.cache_clear()
    firebase.forget()
    identity._breaker.reset()


def test_a_refusal_is_raised(reached: Provider) -> None:
    """So that the event is delivered again."""
    reached.answer = (403, {"error": {"message": "PERMISSION_DENIED"}})
    with pytest.raises(identity.IdentityError):
        identity.set_claims("ngozi", CLAIMS)


def test_a_provider_that_does_not_say_is_an_error(reached: Provider) -> None:
    """Nobody is taken to be well because the provider is not."""
    reached.standing = (403, {"error": {"message": "PERMISSION_DENIED"}})
    with pytest.raises(identity.IdentityError):
        identity.standing("ngozi")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_whoever_is_busy_is_asked_once(reached: Provider, status: int) -> None:
    """firebase-admin by itself would ask five times, and sleep a minute before each."""
    reached.answer = (status, {"error": {"message": "busy"}})
    reached.headers = {"Retry-After": "60"}
    started = time.monotonic()
    with pytest.raises(identity.IdentityError):
        identity.delete_user("ngozi")
    assert time.monotonic() - started < 10
    assert len(reached.told) == 1


def test_silence_costs_one_deadline_and_then_nothing(
    reached: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (identity, firebase):
        monkeypatch.setattr(module, "DEADLINE_SECONDS", 0.2)
    reached.talks.clear()
    for asked in range(1, FAILURES + 1):
        started = time.monotonic()
        with pytest.raises(identity.SilentError):
            identity.standing("ngozi")
        assert time.monotonic() - started < 2
        assert len(reached.asked) == asked
    with pytest.raises(OpenError):
        identity.standing("ngozi")
    assert len(reached.asked) == FAILURES


def test_a_provider_that_is_away_is_silent(reach: Callable[[str], None]) -> None:
    """Not taken to have said nothing."""
    with serving() as gone:
        reach(gone.url)
    with pytest.raises(identity.SilentError):
        identity.set_claims("ngozi", CLAIMS)


def test_without_an_account_of_its_own_production_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Google's library raises what is none of Firebase's errors."""
    in_production(monkeypatch)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/nonexistent")
    try:
        with pytest.raises(identity.IdentityError):
            identity.set_claims("ngozi", CLAIMS)
    finally:
        forget(monkeypatch)


def test_with_no_provider_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests and one-off commands run without; then our own record judges."""
    monkeypatch.delenv("IDENTITY_URL", raising=False)
    settings.cache_clear()
    assert identity.set_claims("ngozi", CLAIMS) is False
    assert identity.revoke_refresh_tokens("ngozi", INSTANT) is False
    assert identity.delete_user("ngozi") is False
    assert identity.standing("ngozi") is None


def test_a_second_factor_is_seen(reached: Provider) -> None:
    """The embedded provider knows of none."""
    user = {"localId": "ngozi", "mfaInfo": [{"mfaEnrollmentId": "1"}]}
    reached.standing = (200, {"users": [user]})
    assert identity.standing("ngozi") == identity.Standing(has_second_factor=True)
    assert reached.asked == [["ngozi"]]
