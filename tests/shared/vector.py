"""Good and bad tokens, for our own verification and for firebase-admin's to judge."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from local.identity import KEY_ID, PROJECT, Signer
from shared.tokens import LONGEST_SUBJECT, LONGEST_TOKEN, SKEW_SECONDS

Make = Callable[[Signer], str]
"""Makes a token with the key that is published."""


@dataclass(frozen=True)
class Case:
    """A token, and what we refuse it with: nothing when it is good.

    firebase-admin must judge alike, unless `stricter` says why we refuse what it takes.
    """

    name: str
    make: Make
    code: str | None = None
    stricter: str | None = None


def part(value: object) -> str:
    """Return a part of a token."""
    return _encoded(json.dumps(value).encode())


def payload(token: str) -> dict[str, Any]:
    """Return what a token says."""
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return found


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _saying(**claims: object) -> Make:
    return lambda signer: signer.person("ngozi", **claims)


def _in(seconds: float, *names: str) -> Make:
    """Make a token whose instants are so far from now."""
    return lambda signer: signer.person("ngozi", **dict.fromkeys(names, time.time() + seconds))


def _without(name: str) -> Make:
    def make(signer: Signer) -> str:
        said = payload(signer.person("ngozi"))
        del said[name]
        return signer.sign(said)

    return make


def _headed(**header: object) -> Make:
    """Make a token whose header, well signed, says something else."""
    return lambda signer: signer.sign(payload(signer.person("ngozi")), **header)


def _forged(own: str = "", **header: object) -> Make:
    """Make a token that somebody else has signed, with his key as the header `own`."""

    def make(signer: Signer) -> str:
        stranger = Signer.fresh()
        numbers = stranger.key.public_key().public_numbers()
        modulus, exponent = _number(numbers.n), _number(numbers.e)
        keys = {
            "jwk": {"kty": "RSA", "kid": KEY_ID, "n": modulus, "e": exponent},
            "x5c": [stranger.certificate],
        }
        shown = {own: keys[own]} if own else {}
        return stranger.sign(payload(signer.person("ngozi")), **header, **shown)

    return make


def _number(value: int) -> str:
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _unsigned(alg: object) -> Make:
    return lambda signer: f"{_claiming(alg, signer)}."


def _claiming(alg: object, signer: Signer) -> str:
    return f"{part({'alg': alg, 'kid': KEY_ID})}.{signer.person('ngozi').split('.')[1]}"


def _signed_by_the_public_key(signer: Signer) -> str:
    """Take what everybody can read for a password."""
    signed = _claiming("HS256", signer)
    public = signer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"{signed}.{_encoded(hmac.digest(public, signed.encode(), hashlib.sha256))}"


def _signed_by_a_curve(signer: Signer) -> str:
    signed = _claiming("ES256", signer)
    key = ec.generate_private_key(ec.SECP256R1())
    return f"{signed}.{_encoded(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))}"


def _padded_otherwise(signer: Signer) -> str:
    """Sign by the right key with PSS, which is RS256 no more."""
    signed = _claiming("RS256", signer)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    return f"{signed}.{_encoded(signer.key.sign(signed.encode(), pss, hashes.SHA256()))}"


def _altered(signer: Signer) -> str:
    head, said, signature = signer.person("ngozi").split(".")
    other = part({**payload(f"{head}.{said}."), "sub": "amina"})
    return f"{head}.{other}.{signature}"


def _cut(signer: Signer) -> str:
    return signer.person("ngozi")[:-8]


def _spelt_otherwise(signer: Signer) -> str:
    head, said, signature = signer.person("ngozi").split(".")
    return f"{head}.{said}.{signature[:9]}!!!!{signature[9:]}"


def _as_it_stands(token: str) -> Make:
    return lambda _: token


_ADMIN = f"firebase-adminsdk@{PROJECT}.iam.gserviceaccount.com"
_TOOLKIT = (
    "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit"
)
_OTHER = "https://securetoken.google.com/another-project"

_CLOCK = "Phones renew a token five minutes before its end: no clock needs more after it."
_SIGN_IN = "Firebase asks this of other libraries: what was revoked is compared with `auth_time`."
_INSTANT = "It is no instant that Google signs, and what is signed must mean one thing everywhere."
_TEXT = "It cannot be stored, or reads as something else in a log."
_SIZE = "No token of Google's is larger than the headers that proxies let through."
_SPELLING = "A token has one spelling; the library passes over letters that are none of base64's."

VECTOR: tuple[Case, ...] = (
    Case("good", _saying()),
    Case("of a tenant of this project", _saying(firebase={"tenant": "lagos"})),
    Case("issued ahead of our clock", _in(SKEW_SECONDS / 2, "iat", "auth_time")),
    Case("about to expire", _in(20, "exp")),
    Case("a subject as long as may be", _saying(sub="x" * LONGEST_SUBJECT)),
    Case("expired by 1 s", _in(-1, "exp"), "TOKEN_EXPIRED", _CLOCK),
    Case("expired by 61 s", _in(-61, "exp"), "TOKEN_EXPIRED"),
    Case("without an end", _without("exp"), "TOKEN_EXPIRED"),
    Case("ends at null", _saying(exp=None), "TOKEN_EXPIRED"),
    Case("ends at a word", _saying(exp="tomorrow"), "TOKEN_EXPIRED"),
    Case("ends at true", _saying(exp=True), "TOKEN_EXPIRED"),
    Case("ends at Infinity", _saying(exp=float("inf")), "TOKEN_EXPIRED", _INSTANT),
    Case("ends at NaN", _saying(exp=float("nan")), "TOKEN_EXPIRED", _INSTANT),
    Case("ends when the sun is cold", _saying(exp=10**400), "TOKEN_EXPIRED", _INSTANT),
    Case("issued in an hour", _in(3_600, "iat"), "TOKEN_EXPIRED"),
    Case("issued a minute ahead", _in(60, "iat"), "TOKEN_EXPIRED"),
    Case("never issued", _without("iat"), "TOKEN_EXPIRED"),
    Case("issued at null", _saying(iat=None), "TOKEN_EXPIRED"),
    Case("issued before 1970", _saying(iat=-1), "TOKEN_EXPIRED", _INSTANT),
    Case("signed in in an hour", _in(3_600, "auth_time"), "INVALID_TOKEN", _SIGN_IN),
    Case("never signed in", _without("auth_time"), "INVALID_TOKEN", _SIGN_IN),
    Case("signed in at null", _saying(auth_time=None), "INVALID_TOKEN", _SIGN_IN),
    Case("signed in before all time", _saying(auth_time=-1e300), "INVALID_TOKEN", _SIGN_IN),
    Case("for another project", _saying(aud="another-project"), "INVALID_TOKEN"),
    Case("for this and others", _saying(aud=[PROJECT]), "INVALID_TOKEN"),
    Case("for nobody", _saying(aud=None), "INVALID_TOKEN"),
    Case("from another project", _saying(iss=_OTHER), "INVALID_TOKEN"),
    Case("of another project", _saying(aud="another-project", iss=_OTHER), "INVALID_TOKEN"),
    Case("from Google's accounts", _saying(iss="https://accounts.google.com"), "INVALID_TOKEN"),
    Case("from nobody", _saying(iss=None), "INVALID_TOKEN"),
    Case(
        "a session cookie",
        _saying(iss=f"https://session.firebase.google.com/{PROJECT}"),
        "INVALID_TOKEN",
    ),
    Case("a custom token", _saying(iss=_ADMIN, aud=_TOOLKIT), "INVALID_TOKEN"),
    Case("no subject", _without("sub"), "INVALID_TOKEN"),
    Case("an empty subject", _saying(sub=""), "INVALID_TOKEN"),
    Case("a long subject", _saying(sub="x" * (LONGEST_SUBJECT + 1)), "INVALID_TOKEN"),
    *(
        Case(f"the subject {sub}", _saying(sub=sub), "INVALID_TOKEN")
        for sub in (None, 7, True, ["ngozi"], {"uid": "ngozi"})
    ),
    Case("a NUL in the subject", _saying(sub="a\0b"), "INVALID_TOKEN", _TEXT),
    Case("half a character in the subject", _saying(sub="a\ud800b"), "INVALID_TOKEN", _TEXT),
    *(
        Case(f"unsigned, {alg}", _unsigned(alg), "INVALID_TOKEN")
        for alg in ("none", "None", "nOnE", "HS256", "RS256", "", None, ["RS256"])
    ),
    *(
        Case(f"signed, {alg}", _headed(alg=alg), "INVALID_TOKEN")
        for alg in ("none", "HS256", "RS512", "PS256", "rs256", "", None, ["RS256"])
    ),
    Case("HS256 by the public key", _signed_by_the_public_key, "INVALID_TOKEN"),
    Case("ES256 by a key of one's own", _signed_by_a_curve, "INVALID_TOKEN"),
    Case("RS256 with another padding", _padded_otherwise, "INVALID_TOKEN"),
    Case("forged", _forged(), "INVALID_TOKEN"),
    Case("forged, with its key", _forged(own="jwk"), "INVALID_TOKEN"),
    Case("forged, with its certificate", _forged(own="x5c"), "INVALID_TOKEN"),
    Case("forged, its key elsewhere", _forged(jku="http://127.0.0.1"), "INVALID_TOKEN"),
    Case("forged, its certificate elsewhere", _forged(x5u="http://127.0.0.1"), "INVALID_TOKEN"),
    *(
        Case(f"by the key {kid}", _headed(kid=kid), "INVALID_TOKEN")
        for kid in (None, "", "unknown", "../../etc/passwd", "' OR '1'='1", [KEY_ID], 7)
    ),
    Case("altered", _altered, "INVALID_TOKEN"),
    Case("cut", _cut, "INVALID_TOKEN"),
    Case("spelt otherwise", _spelt_otherwise, "INVALID_TOKEN", _SPELLING),
    Case("larger than headers", _saying(more="x" * LONGEST_TOKEN), "INVALID_TOKEN", _SIZE),
    *(
        Case(f"garbage {text!r:.9}", _as_it_stands(text), "INVALID_TOKEN")
        for text in ("", "a", "a.b", "a.b.c", "....", "é.é.é", "x" * 100_000)
    ),
    *(
        Case(f"no object {text}", _as_it_stands(text), "INVALID_TOKEN")
        for text in ("e30.e30.e30", "W10.W10.W10", "MQ.MQ.MQ", "bnVsbA.bnVsbA.bnVsbA")
    ),
)
