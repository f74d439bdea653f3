"""What every channel does, and the errors that all of them share.

Rule 1: a write names the content that it replaces. If something else is there by then, nothing is written.
Rule 2: after a write, whether it succeeded, failed or was cut off, the node has the old content or the new one, never a
        part of either.
Rule 3: owner and mode stay as they are; the content that was replaced is kept as a backup where the channel can.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Protocol

from jpd_provider.errors import JpdError, UserError

__all__ = ["ChangedMeanwhile", "Channel", "FileMissing", "Snapshot", "fingerprint"]


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """A file's content at one moment."""

    text: str = dataclasses.field(repr=False)
    """The whole content. It holds keys and passwords, so it is shown nowhere."""

    fingerprint: str
    """Tells this content from any other, for `write`."""


class Channel(Protocol):
    """One system.yaml somewhere."""

    @property
    def address(self) -> str:
        """Where it is, in one word without secrets: part of resource ids."""

    def describe(self) -> str:
        """Where it is, for people: "file /opt/jfrog/artifactory/var/etc/system.yaml"."""

    def read(self) -> Snapshot:
        """The content now.

        Raises:
            FileMissing: There is no such file.
            RefusedFile: It is too large or not UTF-8.
            Unreachable: The node does not answer.
        """

    def write(self, text: str, *, expecting: str) -> Snapshot:
        """Replace the content, and return what is there then.

        Raises:
            ChangedMeanwhile: The content is not the one whose fingerprint is `expecting`.
            JpdError: It could not be written; the old content is there.
        """


class FileMissing(UserError):
    """There is no system.yaml at the node's address."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where} does not exist.",
            hint="Check the path; the product's installation makes the file, this provider changes it.",
        )


class ChangedMeanwhile(JpdError):
    """Somebody changed the file between our read and our write. Nothing was written."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where} was changed by somebody else while this change was prepared; nothing was written.",
            hint="Run `pulumi up` again.",
        )


def fingerprint(content: bytes) -> str:
    """SHA-256 of a file's bytes, in hex."""
    return hashlib.sha256(content).hexdigest()
