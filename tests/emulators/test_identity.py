"""The seam to Firebase Authentication: one contract, kept by every provider, however reached."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from local import bus, people, store
from local.identity import PROJECT, Signer
from local.postgres import Server
from local.rest import RefusedError
from shared.cloud import firebase, identity, wire
from shared.cloud.identity import Standing
from shared.settings import LOCAL_ONLY, settings
from tests import web
from tests.factories import loopback

INSTANT = datetime(2026, 1, 1, tzinfo=UTC)
CLAIMS = {"account_id": "1", "roles": ["business", "consumer"], "role_version": 2}
OWNER = {"Authorization": "Bearer owner"}


@dataclass
class Provider:
    """A provider: signs people in as their phones do, and does what its console does."""

    url: str
    sign_in: Callable[[str], dict[str, Any] | None]
    """Returns what a fresh ID token says; None when the sign-in is refused."""

    def update(self, uid: str, **change: object) -> None:
        path = f"/identitytoolkit.googleapis.com/v1/projects/{PROJECT}/accounts:update"
        body = {"localId": uid, **change}
        web.post(self.url + path, json=body, headers=OWNER, timeout=10).raise_for_status()


def said(token: str) -> dict[str, Any]:
    """Read a token that nobody doubts."""
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return found


@pytest.fixture(scope="module")
def embedded(server: Server, signer: Signer) -> Iterator[Provider]:
    """Return what `make run` has."""
    now = settings()
    store.prepare(server, now.db_name, now.db_password or "")
    db = store.Store.of(now, size=4)

    def sign_in(uid: str) -> dict[str, Any] | None:
        try:
            return said(people.token(db, signer, uid))
        except RefusedError:
            return None

    with loopback.serving(bus.Bus(db, {}, lambda: None).answer) as url:
        yield Provider(url, sign_in)
        wire.hang_up()
    db.close()


@pytest.fixture(scope="module")
def emulated(request: pytest.FixtureRequest) -> Provider:
    """Return Firebase's own emulator."""
    url: str = request.getfixturevalue("auth").url

    def post(path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        where = f"{url}/identitytoolkit.googleapis.com/v1/{path}?key=any"
        return web.post(where, json=body, headers=headers, timeout=10).json()

    def sign_in(uid: str) -> dict[str, Any] | None:
        proof = {"email": f"{uid}@example.com", "password": uid}
        # It answers that there is such a sign-in already, the second time.
        post(f"projects/{PROJECT}/accounts", {"localId": uid, **proof}, OWNER)
        answer = post("accounts:signInWithPassword", {**proof, "returnSecureToken": True})
        return said(answer["idToken"]) if "idToken" in answer else None

    return Provider(url, sign_in)


@pytest.fixture(params=["embedded", "emulated"])
def provider(request: pytest.FixtureRequest, signer: Signer) -> Provider:
    found: Provider = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["rest", "firebase-admin"], autouse=True)
def reached(
    request: pytest.FixtureRequest, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Reach the provider as a development machine does, or as production does."""
    settings.cache_clear()
    if request.param == "rest":
        monkeypatch.setenv("IDENTITY_URL", provider.url)
    else:
        as_in_production(monkeypatch)
        # Google's own client is led to loopback; production would refuse to start like this.
        host = provider.url.removeprefix("http://")
        monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", host)
    yield
    monkeypatch.undo()
    settings.cache_clear()
    firebase.forget()


def as_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LOCAL_ONLY:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("CURSOR_SECRET", "secret")
    monkeypatch.setenv("FUNCTION_URL", "https://{name}.example")
    assert settings().production


@pytest.fixture
def uid(provider: Provider) -> str:
    """Return somebody who has signed in."""
    made = f"ngozi-{uuid4()}"
    assert provider.sign_in(made)
    return made


def test_claims_are_in_the_next_token(provider: Provider, uid: str) -> None:
    assert identity.set_claims(uid, CLAIMS) is True
    told = provider.sign_in(uid)
    assert told is not None
    assert told["sub"] == uid
    assert {name: told[name] for name in CLAIMS} == CLAIMS


def test_claims_replace_those_before(provider: Provider, uid: str) -> None:
    """A role that was taken away is in no new token."""
    identity.set_claims(uid, {"account_id": "1", "roles": ["admin"], "seen": True})
    identity.set_claims(uid, CLAIMS)
    told = provider.sign_in(uid)
    assert told is not None
    assert told["roles"] == CLAIMS["roles"]
    assert "seen" not in told


def test_a_claim_does_not_replace_what_the_provider_says_itself(
    provider: Provider, uid: str
) -> None:
    """Its `user_id` is the sign-in's: ours needs another name."""
    identity.set_claims(uid, {**CLAIMS, "user_id": "another"})
    told = provider.sign_in(uid)
    assert told is not None
    assert (told["sub"], told["user_id"], told["account_id"]) == (uid, uid, "1")


def test_whoever_has_signed_in_stands(uid: str) -> None:
    found = identity.standing(uid)
    assert found == Standing(valid_since=found.valid_since if found else None)


def test_a_revocation_is_on_record_in_whole_seconds(provider: Provider, uid: str) -> None:
    """It takes no claims with it."""
    identity.set_claims(uid, CLAIMS)
    later = datetime(2100, 1, 1, 12, 30, 15, 999_999, tzinfo=UTC)
    for instant in (INSTANT, later):
        assert identity.revoke_refresh_tokens(uid, instant) is True
        found = identity.standing(uid)
        assert found is not None
        assert found.valid_since == instant.replace(microsecond=0)
    told = provider.sign_in(uid)
    assert told is not None
    assert told["roles"] == CLAIMS["roles"]


def test_whom_an_operator_disables_is_seen_to_be_and_gets_no_token(
    provider: Provider, uid: str
) -> None:
    provider.update(uid, disableUser=True)
    assert identity.standing(uid) == _disabled(uid, disabled=True)
    assert provider.sign_in(uid) is None
    provider.update(uid, disableUser=False)
    assert identity.standing(uid) == _disabled(uid, disabled=False)
    assert provider.sign_in(uid)


def _disabled(uid: str, *, disabled: bool) -> Standing:
    found = identity.standing(uid)
    assert found is not None
    return Standing(disabled=disabled, valid_since=found.valid_since)


def test_p19_who_is_deleted_is_gone_and_the_others_are_not(provider: Provider, uid: str) -> None:
    other = f"amina-{uuid4()}"
    provider.sign_in(other)
    assert identity.delete_user(uid) is True
    assert identity.standing(uid) == Standing(gone=True)
    left = identity.standing(other)
    assert left is not None
    assert not left.gone


def test_p19_whoever_was_deleted_comes_back_with_nothing(provider: Provider, uid: str) -> None:
    identity.set_claims(uid, CLAIMS)
    identity.delete_user(uid)
    told = provider.sign_in(uid)
    assert told is not None
    assert not told.keys() & CLAIMS.keys()


def test_nobody_is_left_to_be_told(uid: str) -> None:
    """A sign-in that was deleted meanwhile, or never was, is no failure: the event comes again."""
    identity.delete_user(uid)
    for nobody in (uid, f"nobody-{uuid4()}"):
        assert identity.set_claims(nobody, CLAIMS) is False
        assert identity.revoke_refresh_tokens(nobody, INSTANT) is False
        assert identity.delete_user(nobody) is False
        assert identity.standing(nobody) == Standing(gone=True)
