"""Who a JPD is: its service ids, its node, its signing key and its root certificate."""

from __future__ import annotations

import base64
import functools
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_VALID_FROM = datetime(2025, 1, 1, tzinfo=timezone.utc)
_CERTIFICATE_DAYS = 36_500


@dataclass(frozen=True)
class Identity:
    """What stays the same for as long as the process lives, across resets too."""

    name: str
    admin_password: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    reader_password: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    join_key: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    signing: SigningKey | None = field(default=None, repr=False)
    """None means the key that this process made for the name."""

    @property
    def artifactory_id(self) -> str:
        """Service id of Artifactory, `jfrt@<26 characters>`; the same for the same name in every run."""
        return service_id("jfrt", self.name)

    @property
    def access_id(self) -> str:
        """Service id of Access."""
        return service_id("jfac", self.name)

    @property
    def node_id(self) -> str:
        """Name of the only node."""
        return f"{self.name}-node-1"

    @property
    def key(self) -> SigningKey:
        """The key that signs this JPD's tokens, until a rotation."""
        return self.signing or signing_key(self.name)

    @property
    def authority(self) -> SigningKey:
        """The key of the authority that signs TLS certificates; it signs no tokens."""
        return signing_key(f"{self.name} (TLS)")


@dataclass(frozen=True)
class SigningKey:
    """An RSA key with its id, and the self-signed root certificate that publishes it."""

    private: rsa.RSAPrivateKey
    kid: str

    @functools.cached_property
    def certificate(self) -> x509.Certificate:
        """The root certificate, made when somebody first asks; the same key has the same one in every process."""
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "JFrog Token Issuer")])
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self.private.public_key())
            .serial_number(int.from_bytes(hashlib.sha256(self.kid.encode()).digest()[:16], "big"))
            .not_valid_before(_VALID_FROM)
            .not_valid_after(_VALID_FROM + timedelta(days=_CERTIFICATE_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.private, hashes.SHA256())
        )


_KEYS: dict[str, SigningKey] = {}


@functools.lru_cache(maxsize=1024)
def service_id(kind: str, name: str) -> str:
    """A service id whose 26 characters look like a ulid and depend on nothing but the JPD's name."""
    number = int.from_bytes(hashlib.sha256(f"{kind}@{name}".encode()).digest()[:15], "big")
    digits = ""
    for _ in range(24):
        number, digit = divmod(number, 32)
        digits = _CROCKFORD[digit] + digits
    return f"{kind}@01{digits}"


def signing_key(name: str) -> SigningKey:
    """One key per JPD name and process: making a 2048-bit key costs more than everything else at start."""
    if name not in _KEYS:
        _KEYS[name] = new_key()
    return _KEYS[name]


def new_key() -> SigningKey:
    """A fresh key, as after a rotation."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    der = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    kid = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    return SigningKey(private=private, kid=kid)
