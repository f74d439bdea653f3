"""Contents by SHA-256: one copy each, whatever the number of paths that name it."""

from __future__ import annotations

import hashlib

from jpd_sim.state.items import Checksums
from jpd_sim.state.kept import Kept
from jpd_sim.state.table import Table


class Blobs(Kept):
    """The binary store of one JPD."""

    def __init__(self) -> None:
        self._contents: Table[str, bytes] = Table()
        self._checksums: Table[str, Checksums] = Table()

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._contents

    def put(self, content: bytes) -> Checksums:
        """Store a content and say what its checksums are."""
        checksums = checksums_of(content)
        self._contents.put(checksums.sha256, content)
        for value in (checksums.md5, checksums.sha1, checksums.sha256):
            self._checksums.put(value, checksums)
        return checksums

    def get(self, sha256: str) -> bytes | None:
        """The content, if it is here."""
        return self._contents.get(sha256)

    def find(self, checksum: str) -> Checksums | None:
        """The checksums of a content that is here, by any of the three."""
        return self._checksums.get(checksum.lower())

    def clear(self) -> None:
        """Remove everything."""
        self._contents.clear()
        self._checksums.clear()


def checksums_of(content: bytes) -> Checksums:
    """MD5, SHA-1 and SHA-256, as the product publishes them; nothing here relies on the weak two for security."""
    return Checksums(
        md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
    )
