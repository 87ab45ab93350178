"""The seam to Firebase Authentication: one contract, kept by each way to reach it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import firebase_admin
import pytest

from shared.cloud import identity
from shared.settings import LOCAL_ONLY, settings
from tests.users.provider import Provider, serving

CLAIMS = {"user_id": "1", "roles": ["business"], "role_version": 2}
INSTANT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["rest", "firebase-admin"])
def reached(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Return a provider that is reached as on a development machine, or as in production."""
    with serving() as provider:
        settings.cache_clear()
        if request.param == "rest":
            monkeypatch.setenv("IDENTITY_URL", provider.url)
        else:
            for name in LOCAL_ONLY:
                monkeypatch.delenv(name, raising=False)
            monkeypatch.setenv("APP_ENV", "production")
            monkeypatch.setenv("CURSOR_SECRET", "secret")
            monkeypatch.setenv("FUNCTION_URL", "https://{name}.example")
            assert settings().production
            # Google's own client is led to loopback; production would refuse to start like this.
            monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", provider.url.removeprefix("http://"))
        provider.answer = (200, {"localId": "ngozi", "users": [{"localId": "ngozi"}]})
        yield provider
    monkeypatch.undo()
    settings.cache_clear()
    if request.param == "firebase-admin":
        firebase_admin.delete_app(identity._app())
        identity._only_app.cache_clear()


def test_claims_are_told(reached: Provider) -> None:
    """As the JSON text that Identity Toolkit keeps."""
    assert identity.set_claims("ngozi", CLAIMS) is True
    path, told = reached.told[0]
    assert path == (
        f"/identitytoolkit.googleapis.com/v1/projects/{settings().project}/accounts:update"
    )
    assert (told["localId"], json.loads(told["customAttributes"])) == ("ngozi", CLAIMS)


def test_refresh_tokens_are_revoked_as_of_an_instant(reached: Provider) -> None:
    """In whole seconds."""
    assert identity.revoke_refresh_tokens("ngozi", INSTANT) is True
    _, told = reached.told[0]
    assert (told["localId"], int(told["validSince"])) == ("ngozi", int(INSTANT.timestamp()))


def test_p19_a_sign_in_is_deleted(reached: Provider) -> None:
    """With the number and the mail that the provider keeps of it."""
    reached.answer = (200, {"kind": "identitytoolkit#DeleteAccountResponse"})
    assert identity.delete_user("ngozi") is True
    path, told = reached.told[0]
    assert path == (
        f"/identitytoolkit.googleapis.com/v1/projects/{settings().project}/accounts:delete"
    )
    assert told["localId"] == "ngozi"


def test_p19_a_sign_in_that_is_deleted_already_is_no_failure(reached: Provider) -> None:
    """The event comes at least once."""
    reached.answer = (400, {"error": {"message": "USER_NOT_FOUND"}})
    assert identity.delete_user("ngozi") is False


def test_a_sign_in_that_is_gone_is_no_failure(reached: Provider) -> None:
    """Nobody is left to tell, and trying again would change nothing."""
    reached.answer = (400, {"error": {"message": "USER_NOT_FOUND"}})
    assert identity.set_claims("ngozi", CLAIMS) is False


def test_a_refusal_is_raised(reached: Provider) -> None:
    """So that the event is delivered again."""
    reached.answer = (403, {"error": {"message": "PERMISSION_DENIED"}})
    with pytest.raises(identity.IdentityError):
        identity.set_claims("ngozi", CLAIMS)


def test_a_provider_that_is_away_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a silence."""
    with serving() as gone:
        monkeypatch.setenv("IDENTITY_URL", gone.url)
    settings.cache_clear()
    try:
        with pytest.raises(identity.IdentityError):
            identity.set_claims("ngozi", CLAIMS)
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_with_no_provider_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests and one-off commands run without."""
    monkeypatch.delenv("IDENTITY_URL", raising=False)
    settings.cache_clear()
    assert identity.set_claims("ngozi", CLAIMS) is False
    assert identity.revoke_refresh_tokens("ngozi", INSTANT) is False


@pytest.mark.parametrize(
    ("user", "standing"),
    [
        ({}, identity.Standing()),
        ({"disabled": True}, identity.Standing(disabled=True)),
        (
            {"validSince": str(int(INSTANT.timestamp()))},
            identity.Standing(valid_since=INSTANT),
        ),
        ({"mfaInfo": [{"mfaEnrollmentId": "1"}]}, identity.Standing(has_second_factor=True)),
        (None, identity.Standing(gone=True)),
    ],
)
def test_how_a_sign_in_stands(
    reached: Provider, user: dict[str, object] | None, standing: identity.Standing
) -> None:
    """As the provider's record says now."""
    users = [] if user is None else [{"localId": "ngozi", **user}]
    reached.standing = (200, {"users": users} if users else {})
    assert identity.standing("ngozi") == standing
    assert reached.asked == [["ngozi"]]


def test_a_provider_that_does_not_say_is_an_error(reached: Provider) -> None:
    """Nobody is taken to be well because the provider is not."""
    reached.standing = (403, {"error": {"message": "PERMISSION_DENIED"}})
    with pytest.raises(identity.IdentityError):
        identity.standing("ngozi")


def test_with_no_provider_there_is_no_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then our own record judges."""
    monkeypatch.delenv("IDENTITY_URL", raising=False)
    settings.cache_clear()
    assert identity.standing("ngozi") is None
