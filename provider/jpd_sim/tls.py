"""Certificates for `--tls`: an authority that the simulator makes, and one certificate per JPD that it signs."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_FILE = "ca.pem"
_DAYS = 825
"""What browsers and macOS accept at most."""


@dataclass(frozen=True)
class Authority:
    """A certificate that signs others, and its key, as PEM."""

    certificate: str
    key: str = field(repr=False)

    @classmethod
    def new(cls) -> Authority:
        """An authority of our own; nobody but the clients that are told trusts it."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("JPD simulator, for tests only")
        certificate = (
            _builder(name, name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate.public_bytes(serialization.Encoding.PEM).decode(), _key_pem(key))

    def write_certificate(self, folder: Path) -> Path:
        """Put the certificate where clients find it."""
        path = folder / CA_FILE
        path.write_text(self.certificate, encoding="ascii")
        return path

    def issue(self, folder: Path, name: str, host: str) -> Path:
        """A file with key and certificate of one JPD, which is valid for its host and for this machine."""
        own = x509.load_pem_x509_certificate(self.certificate.encode())
        signer = serialization.load_pem_private_key(self.key.encode(), password=None)
        if not isinstance(signer, ec.EllipticCurvePrivateKey):
            raise TypeError("the authority's key is no elliptic curve key")
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(_name(name), own.subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName(_addresses(host)), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .sign(signer, hashes.SHA256())
        )
        path = folder / f"{name}.pem"
        path.touch(mode=0o600)
        path.write_text(_key_pem(key) + certificate.public_bytes(serialization.Encoding.PEM).decode(), encoding="ascii")
        return path


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(tz=timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS - 1))
    )


def _addresses(host: str) -> list[x509.GeneralName]:
    names: dict[str, x509.GeneralName] = {"localhost": x509.DNSName("localhost")}
    for each in ("127.0.0.1", "::1", host):
        try:
            names[each] = x509.IPAddress(ipaddress.ip_address(each))
        except ValueError:
            names[each] = x509.DNSName(each)
    return list(names.values())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
