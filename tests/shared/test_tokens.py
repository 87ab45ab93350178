"""P14: a token that is unsigned, forged, stale or somebody else's is refused."""

import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import firebase_admin
import pytest
from firebase_admin import App, auth, credentials
from google.auth.credentials import AnonymousCredentials

from local.identity import PROJECT, Signer
from shared import tokens
from shared.errors import ApiError, ForbiddenError, UnauthenticatedError
from shared.settings import LOCAL_ONLY, settings
from tests.factories import loopback
from tests.shared.vector import VECTOR, Case, payload

FUNCTION = "on_listing_expired_notify_owner"


@pytest.fixture(autouse=True)
def _settings(signer: Signer) -> Iterator[None]:
    settings.cache_clear()
    tokens.forget()
    yield
    settings.cache_clear()
    tokens.forget()


def test_a_good_token_says_who(signer: Signer) -> None:
    """The claims are those that were signed."""
    claims = tokens.verify(
        signer.person(
            "ngozi", email="n@example.com", email_verified=True, phone_number="+2348031234567"
        )
    )
    assert (claims.uid, claims.email, claims.phone) == ("ngozi", "n@example.com", "+2348031234567")


def test_an_unverified_address_is_not_one(signer: Signer) -> None:
    """Anybody can type an address."""
    assert tokens.verify(signer.person("n", email="n@example.com")).email is None


@pytest.mark.parametrize("case", VECTOR, ids=lambda case: case.name)
def test_p14_a_token_is_judged(signer: Signer, case: Case) -> None:
    """A good signature is not enough, and what looks like one is none."""
    assert verdict(lambda: tokens.verify(case.make(signer))) == case.code


@pytest.fixture(scope="module")
def library(signer: Signer) -> Iterator[App]:
    """Return firebase-admin, which fetches our certificates from loopback."""

    class Certificates(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(signer.certificates().encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Anybody(credentials.Base):  # type: ignore[misc]  # it publishes no types
        def get_credential(self) -> AnonymousCredentials:
            return AnonymousCredentials()  # type: ignore[no-untyped-call]  # nor does this

    app = firebase_admin.initialize_app(Anybody(), {"projectId": PROJECT}, name="a library")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Certificates)
    with loopback.running(server) as url, pytest.MonkeyPatch.context() as patch:
        patch.delenv("FIREBASE_AUTH_EMULATOR_HOST", raising=False)
        patch.setattr("firebase_admin._token_gen.ID_TOKEN_CERT_URI", url)
        yield app
    firebase_admin.delete_app(app)


@pytest.mark.parametrize("case", VECTOR, ids=lambda case: case.name)
def test_p14_firebase_admin_judges_alike(signer: Signer, library: App, case: Case) -> None:
    """Or it takes what we refuse, for a reason that stands beside the case; never the reverse."""
    token = case.make(signer)
    if case.code is None or case.stricter is not None:
        said = auth.verify_id_token(token, library, clock_skew_seconds=tokens.SKEW_SECONDS)
        assert said["uid"] == payload(token)["sub"]
        return
    # A TypeError is how it meets an instant that is none.
    with pytest.raises((auth.InvalidIdTokenError, ValueError, TypeError)):
        auth.verify_id_token(token, library, clock_skew_seconds=tokens.SKEW_SECONDS)


def verdict(verify: Callable[[], object]) -> str | None:
    """Return what a token is refused with."""
    try:
        verify()
    except UnauthenticatedError as error:
        return error.problems[0].code
    return None


def test_p14_a_cached_token_expires(signer: Signer) -> None:
    """The cache forgets a token when the token does."""
    token = signer.person("ngozi", exp=time.time() + 1)
    assert tokens.verify(token).uid == "ngozi"
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            tokens.verify(token)
        except UnauthenticatedError:
            return
        time.sleep(0.1)  # waiting for the clock is the test
    pytest.fail("an expired token was served from the cache")


def test_the_cache_is_bounded(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of tokens does not grow the process."""
    monkeypatch.setattr(tokens, "CACHED_TOKENS", 3)
    for number in range(6):
        tokens.verify(signer.person(f"user-{number}"))
    assert len(tokens._verified) == 3


def test_p14_a_rotated_key_is_fetched(
    signer: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token signed by a key that was published since is good; one by a withdrawn key is not."""
    published = tmp_path / "keys.json"
    published.write_text(signer.certificates())
    monkeypatch.setenv("TOKEN_KEYS_URL", published.as_uri())
    settings.cache_clear()
    old, new = signer.person("ngozi"), Signer.fresh()
    assert tokens.verify(old).uid == "ngozi"
    published.write_text(json.dumps({"next": new.certificate}))
    monkeypatch.setattr(tokens, "UNKNOWN_KEY_REFRESH_SECONDS", 0)
    assert tokens.verify(new.sign(payload(old), kid="next")).uid == "ngozi"
    with pytest.raises(UnauthenticatedError):
        tokens.verify(signer.person("another"))


def test_without_keys_nobody_is_refused_wrongly(
    signer: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the keys cannot be fetched the answer is 503, not 401."""
    monkeypatch.setenv("TOKEN_KEYS_URL", (tmp_path / "absent.json").as_uri())
    settings.cache_clear()
    with pytest.raises(ApiError) as caught:
        tokens.verify(signer.person("ngozi"))
    assert caught.value.status == 503


def test_p14_a_caller_is_its_own_service_account(signer: Signer) -> None:
    """Pub/Sub may push, it may not run schedules; a person may do neither."""
    tokens.verify_caller(signer.caller("push"), "push", FUNCTION)
    with pytest.raises(ForbiddenError):
        tokens.verify_caller(signer.caller("push"), "scheduler", FUNCTION)
    for forged in (
        signer.person("ngozi"),
        Signer.fresh().caller("push"),
        signer.caller("push", exp=time.time() - 1),
        signer.caller("push").rpartition(".")[0] + ".SIGNATURE_REMOVED_BY_GOOGLE",
    ):
        with pytest.raises(UnauthenticatedError):
            tokens.verify_caller(forged, "push", FUNCTION)


def test_behind_iam_the_signature_is_gone(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cloud Run has verified it and removes it; the e-mail and the audience still count."""
    url = "https://on-listing-expired-notify-owner-1.europe-west1.run.app"
    for name in LOCAL_ONLY:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("K_SERVICE", "on-listing-expired-notify-owner")
    monkeypatch.setenv("CURSOR_SECRET", "secret")
    monkeypatch.setenv("FUNCTION_URL", "https://{name}-1.europe-west1.run.app")
    settings.cache_clear()
    stripped = signer.caller("push", url).rpartition(".")[0] + ".SIGNATURE_REMOVED_BY_GOOGLE"
    tokens.verify_caller(stripped, "push", FUNCTION)
    for wrong in (
        signer.caller("push", settings().url_of("on_listing_expiring_notify_owner")),
        signer.caller("push", url, exp=time.time() - 1),
        signer.caller("push", url, iss="https://elsewhere"),
        signer.caller("push", url, email_verified=False),
        signer.caller("tasks", url),
        signer.person("ngozi"),
    ):
        with pytest.raises(ApiError):
            behind_iam = wrong.rpartition(".")[0] + ".SIGNATURE_REMOVED_BY_GOOGLE"
            tokens.verify_caller(behind_iam, "push", FUNCTION)
