"""Circle of trust: the root certificates of other JPDs that this one believes (contract: trust 4.1).

Rule 1: a certificate arrives as a file in `etc/access/keys/trusted`; nothing is taken up before a token of somebody
        else has to be verified.
Rule 2: what was taken up lives in the database, and its file disappears. No endpoint takes it out again.
Rule 3: what is no certificate of an authority stays where it lies and proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from jpd_sim.state.kept import Kept
from jpd_sim.state.table import Table

_SUFFIX = ".crt"


@dataclass(frozen=True)
class TrustedFile:
    """A file in the folder that waits to be taken up."""

    name: str
    text: str
    path: Path | None = None
    """Where it lies, if the folder is one of this machine."""


class Circle(Kept):
    """The certificates that one JPD trusts."""

    def __init__(self) -> None:
        self.files: Table[str, TrustedFile] = Table()
        """Files that came through control."""
        self.stored: Table[str, str] = Table()
        """PEM by SHA-256 fingerprint in hex."""
        self.folder: Path | None = None
        """A folder of this machine that stands for `etc/access/keys/trusted` too; None: control is the only way."""

    def certificates(self) -> list[x509.Certificate]:
        """What is trusted, after waiting files were taken up."""
        for file in self.waiting():
            certificate = _authority(file.text)
            if certificate is not None:
                self.trust(certificate)
                self._remove(file)
        return [x509.load_pem_x509_certificate(pem.encode()) for pem in self.stored]

    def waiting(self) -> list[TrustedFile]:
        """The files that were not taken up."""
        return [*self.files, *self._on_disk()]

    def trust(self, certificate: x509.Certificate) -> None:
        """Keep a certificate in the database."""
        pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.stored.put(certificate.fingerprint(hashes.SHA256()).hex(), pem)

    def clear(self) -> None:
        """Trust nobody."""
        self.files.clear()
        self.stored.clear()
        self.folder = None

    def _on_disk(self) -> Iterator[TrustedFile]:
        for path in [] if self.folder is None else sorted(self.folder.glob(f"*{_SUFFIX}")):
            yield TrustedFile(path.name, path.read_text(encoding="utf-8", errors="replace"), path)

    def _remove(self, file: TrustedFile) -> None:
        if file.path is None:
            self.files.drop(file.name)
        else:
            file.path.unlink(missing_ok=True)


def _authority(text: str) -> x509.Certificate | None:
    """The certificate in a file, if it is one that may sign."""
    try:
        certificate = x509.load_pem_x509_certificate(text.encode())
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, x509.ExtensionNotFound):
        return None
    return certificate if constraints.ca else None
