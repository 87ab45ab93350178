"""A certificate authority of this machine: what a TLS server shows, and who may call it."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Authority:
    """A key that signs certificates, and its own certificate in a file."""

    key: rsa.RSAPrivateKey
    file: Path

    @classmethod
    def made_in(cls, directory: Path) -> "Authority":
        """Make one that keeps its files in `directory`."""
        directory.mkdir(parents=True)
        key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        made = cls(key, directory / "authority.pem")
        made.file.write_text(made.issue(key.public_key(), "authority", is_authority=True))
        return made

    @property
    def certificate(self) -> str:
        """Return what its callers trust."""
        return self.file.read_text()

    def issue(
        self,
        key: rsa.RSAPublicKey,
        name: str,
        hosts: tuple[str, ...] = (),
        *,
        is_authority: bool = False,
    ) -> str:
        """Return a certificate of an hour for the owner of `key`."""
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(_named("authority"))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - HOUR)
            .not_valid_after(now + HOUR)
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        )
        if hosts:
            alternatives = x509.SubjectAlternativeName([_alternative(each) for each in hosts])
            builder = builder.add_extension(alternatives, critical=False)
        made = builder.sign(self.key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM).decode()

    def serving(self, *hosts: str) -> ssl.SSLContext:
        """Return what a server under these names shows."""
        key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        shown = self.file.with_name(f"{hosts[0]}.pem")
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        certificate = self.issue(key.public_key(), hosts[0], hosts)
        shown.write_text(certificate + private.decode())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(shown)
        return context


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
