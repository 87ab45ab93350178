"""Signs tokens as Firebase and Google would, with a key that only this machine has.

The tokens are verified by the production code; only the address of the certificates differs.
"""

import base64
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

PROJECT = "pushnchat-local"
KEY_ID = "local-development"
TOKEN_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Signer:
    """A signing key and the certificate that verifies it."""

    key: rsa.RSAPrivateKey
    certificate: str

    @classmethod
    def in_directory(cls, directory: Path) -> "Signer":
        """Return the key kept in `directory`; make it the first time."""
        kept = directory / "identity.pem"
        if kept.exists():
            key = serialization.load_pem_private_key(kept.read_bytes(), None)
            assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101  # we wrote it
            return cls(key, _certificate(key))
        signer = cls.fresh()
        kept.touch(mode=0o600)
        kept.write_bytes(
            signer.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return signer

    @classmethod
    def fresh(cls) -> "Signer":
        """Make a key."""
        key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        return cls(key, _certificate(key))

    def certificates(self) -> str:
        """Return what Google's certificate addresses return: key id → certificate."""
        return json.dumps({KEY_ID: self.certificate})

    def person(self, uid: str, **claims: Any) -> str:  # noqa: ANN401  # any claim, wrong ones too
        """Return a Firebase ID token of `uid`; `claims` replace or add to what it says."""
        now = int(time.time())
        return self.sign(
            {
                "iss": f"https://securetoken.google.com/{PROJECT}",
                "aud": PROJECT,
                "auth_time": now,
                "user_id": uid,
                "sub": uid,
                "iat": now,
                "exp": now + TOKEN_SECONDS,
                "firebase": {"identities": {}, "sign_in_provider": "phone"},
                **claims,
            }
        )

    def caller(self, account: str, audience: str = "", **claims: Any) -> str:  # noqa: ANN401
        """Return an OIDC token of the service account `account` (push, tasks, scheduler)."""
        now = int(time.time())
        return self.sign(
            {
                "iss": "https://accounts.google.com",
                "aud": audience,
                "email": f"{account}@{PROJECT}.iam.gserviceaccount.com",
                "email_verified": True,
                "sub": account,
                "iat": now,
                "exp": now + TOKEN_SECONDS,
                **claims,
            }
        )

    def sign(self, payload: dict[str, Any], **header: Any) -> str:  # noqa: ANN401
        """Return a signed JWT."""
        head = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT", **header}
        signed = f"{_part(head)}.{_part(payload)}"
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_encoded(signature)}"


def _part(value: dict[str, Any]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "local development")])
    made = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(made)
        .not_valid_after(made + timedelta(days=3_650))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
