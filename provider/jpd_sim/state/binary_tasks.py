"""The table of binary tasks: contents that a repository has the metadata of, and not the bytes (7.2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BinaryTask:
    """One content that has to be pulled from another member."""

    repository_key: str
    sha256: str
    sha1: str
    source: str
    """Member URL that announced it."""
    created_ms: int
    failures: int = 0
    exhausted: bool = False
    """It failed for good after the documented number of tries; only a replay takes it up again."""

    @property
    def identity(self) -> tuple[str, str]:
        """Key of the task in its table."""
        return self.repository_key, self.sha256
