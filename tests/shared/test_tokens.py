"""P14: a token that is unsigned, forged, stale or somebody else's is refused."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from local.identity import KEY_ID, PROJECT, Signer
from shared import tokens
from shared.errors import ApiError, ForbiddenError, UnauthenticatedError
from shared.settings import settings

FUNCTION = "on_listing_expired_notify_owner"


@pytest.fixture(autouse=True)
def _settings(signer: Signer) -> Iterator[None]:
    settings.cache_clear()
    tokens.forget()
    yield
    settings.cache_clear()
    tokens.forget()


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


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


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "another-project"}, "INVALID_TOKEN"),
        ({"aud": [PROJECT]}, "INVALID_TOKEN"),
        ({"aud": None}, "INVALID_TOKEN"),
        (
            {"aud": "another", "iss": "https://securetoken.google.com/another"},
            "INVALID_TOKEN",
        ),
        ({"iss": "https://accounts.google.com"}, "INVALID_TOKEN"),
        ({"iss": None}, "INVALID_TOKEN"),
        # What the server signs so that an app may sign in with it.
        (
            {
                "iss": f"firebase-adminsdk@{PROJECT}.iam.gserviceaccount.com",
                "aud": "https://identitytoolkit.googleapis.com/"
                "google.identity.identitytoolkit.v1.IdentityToolkit",
            },
            "INVALID_TOKEN",
        ),
        ({"iss": "https://securetoken.google.com/another-project"}, "INVALID_TOKEN"),
        ({"iss": f"https://session.firebase.google.com/{PROJECT}"}, "INVALID_TOKEN"),
        ({"exp": time.time() - 1}, "TOKEN_EXPIRED"),
        ({"exp": None}, "TOKEN_EXPIRED"),
        ({"exp": "tomorrow"}, "TOKEN_EXPIRED"),
        ({"exp": True}, "TOKEN_EXPIRED"),
        ({"exp": float("inf")}, "TOKEN_EXPIRED"),
        ({"exp": float("nan")}, "TOKEN_EXPIRED"),
        ({"exp": 10**400}, "TOKEN_EXPIRED"),
        ({"iat": None}, "TOKEN_EXPIRED"),
        ({"iat": -1}, "TOKEN_EXPIRED"),
        ({"iat": time.time() + 3600}, "TOKEN_EXPIRED"),
        ({"auth_time": None}, "INVALID_TOKEN"),
        ({"auth_time": -1e300}, "INVALID_TOKEN"),
        ({"auth_time": time.time() + 3600}, "INVALID_TOKEN"),
        ({"sub": ""}, "INVALID_TOKEN"),
        ({"sub": None}, "INVALID_TOKEN"),
        ({"sub": 7}, "INVALID_TOKEN"),
        ({"sub": True}, "INVALID_TOKEN"),
        ({"sub": ["ngozi"]}, "INVALID_TOKEN"),
        ({"sub": {"uid": "ngozi"}}, "INVALID_TOKEN"),
        ({"sub": "x" * 129}, "INVALID_TOKEN"),
        ({"sub": "a\u0000b"}, "INVALID_TOKEN"),
        ({"sub": "a\ud800b"}, "INVALID_TOKEN"),
    ],
)
def test_p14_wrong_claims(signer: Signer, claims: dict[str, object], code: str) -> None:
    """A good signature is not enough."""
    with pytest.raises(UnauthenticatedError) as caught:
        tokens.verify(signer.person("ngozi", **claims))
    assert caught.value.problems[0].code == code


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "HS256", "RS512", "", None, ["RS256"]])
def test_p14_other_algorithms(signer: Signer, alg: object) -> None:
    """Only RS256, whatever the header asks for."""
    head, payload, signature = signer.person("ngozi").split(".")
    header = _part({"alg": alg, "kid": KEY_ID})
    for forged in (f"{header}.{payload}.", f"{header}.{payload}.{signature}"):
        with pytest.raises(UnauthenticatedError):
            tokens.verify(forged)
    assert head


def test_p14_the_public_key_is_not_a_password(signer: Signer) -> None:
    """HS256 keyed with the certificate that everybody can read."""
    signed = f"{_part({'alg': 'HS256', 'kid': KEY_ID})}.{signer.person('ngozi').split('.')[1]}"
    public = signer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    mac = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), hashlib.sha256)).decode()
    with pytest.raises(UnauthenticatedError):
        tokens.verify(f"{signed}.{mac.rstrip('=')}")


def test_p14_a_clock_may_be_a_little_ahead(signer: Signer) -> None:
    """A phone's token must not be refused because Google's clock is not ours."""
    ahead = time.time() + tokens.SKEW_SECONDS / 2
    assert tokens.verify(signer.person("ngozi", iat=ahead, auth_time=ahead)).uid == "ngozi"


def test_p14_a_key_of_ones_own(signer: Signer) -> None:
    """A key that travels with the token proves nothing."""
    stranger = Signer.fresh()
    numbers = stranger.key.public_key().public_numbers()
    own = {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e), "kid": KEY_ID}
    headers: tuple[dict[str, object], ...] = (
        {},
        {"jwk": own},
        {"x5u": "http://127.0.0.1/key.pem"},
        {"x5c": [stranger.certificate]},
        {"kid": ["local-development"]},
        {"kid": ""},
        {"kid": "' OR '1'='1"},
        {"kid": "unknown"},
        {"kid": "../../etc/passwd"},
        {"kid": None},
        {"jku": "http://127.0.0.1"},
    )
    for header in headers:
        payload = json.loads(base64.urlsafe_b64decode(signer.person("ngozi").split(".")[1] + "=="))
        with pytest.raises(UnauthenticatedError):
            tokens.verify(stranger.sign(payload, **header))


@pytest.mark.parametrize(
    "token", ["", "a", "a.b", "a.b.c", "....", "é.é.é", "x" * 100_000, "e30.e30.e30", "W10.W10.W10"]
)
def test_p14_what_is_no_token(token: str) -> None:
    """Garbage is refused, quickly."""
    with pytest.raises(UnauthenticatedError):
        tokens.verify(token)


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
    payload = json.loads(base64.urlsafe_b64decode(old.split(".")[1] + "=="))
    assert tokens.verify(new.sign(payload, kid="next")).uid == "ngozi"
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
    for name in ("TOKEN_KEYS_URL", "INVOKER_KEYS_URL", "DB_PASSWORD", "DB_PORT", "PUBSUB_URL"):
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
