"""Certificates of a circle of trust: what may be trusted, and how two are compared."""

from __future__ import annotations

import re

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from jpd_provider import redaction
from jpd_provider.errors import UserError

__all__ = ["Refused", "RootCertificate"]

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)


class Refused(UserError):
    """A text is no certificate that a circle of trust can stand on. The text is quoted nowhere."""


class RootCertificate:
    """The certificate that verifies a JPD's tokens."""

    def __init__(self, text: str, *, where: str) -> None:
        """Parse PEM.

        Args:
            text: One certificate as PEM.
            where: Where it came from, for messages.

        Raises:
            Refused: It is none, holds a private key, or is not an authority's.
        """
        _refuse_private_key(text, where)
        try:
            found = x509.load_pem_x509_certificates(text.encode())
        except ValueError:
            raise Refused(f"{where}: no certificate in PEM form.", hint=_HINT) from None
        if len(found) != 1:
            raise Refused(f"{where}: {len(found)} certificates where one is due.", hint=_HINT)
        if not _is_authority(found[0]):
            raise Refused(f"{where}: the certificate is not an authority's (no CA).", hint=_HINT)
        self._certificate = found[0]

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex; equal fingerprints are one certificate, however it was written down."""
        return self._certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def not_after(self) -> str:
        """When it ends, ISO 8601 in UTC."""
        return self._certificate.not_valid_after_utc.isoformat(timespec="seconds")

    @property
    def pem(self) -> str:
        """The certificate as PEM, and nothing else that stood beside it."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()


_HINT = "Give the root certificate of Access: GET /access/api/v1/cert/root?formatted=true, or etc/access/keys/root.crt."


def _refuse_private_key(text: str, where: str) -> None:
    keys = [match.group(0) for match in _PRIVATE_KEY.finditer(text)]
    for key in keys:
        redaction.register(key)
        for line in key.splitlines():
            redaction.register(line)
    if keys:
        raise Refused(f"{where}: it holds a private key, which belongs on its own JPD alone.", hint=_HINT)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    return constraints.ca
