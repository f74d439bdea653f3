"""A topology: which JPDs there are, who trusts whom, and what they hold. topology_file.py reads one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
"""What a JPD may be called."""


@dataclass(frozen=True)
class Mistake:
    """One mistake. Lines begin with 1; 0 means that no line is to blame."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class BadTopology(Exception):
    """A topology that cannot be built."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class UserEntry:
    """Somebody who can log in."""

    name: str
    password: str = field(repr=False)
    admin: bool = False


@dataclass(frozen=True)
class JpdEntry:
    """One JPD."""

    name: str
    line: int
    nodes: int = 1
    users: tuple[UserEntry, ...] = ()
    profile: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TrustEntry:
    """The source gets a master token of the target."""

    source: str
    target: str
    line: int


@dataclass(frozen=True)
class MemberEntry:
    """A member of a federation, by names."""

    deployment: str
    key: str
    enabled: bool = True


@dataclass(frozen=True)
class RepositoryEntry:
    """One repository; `members` of a federation do not repeat its own JPD."""

    deployment: str
    key: str
    line: int
    body: Mapping[str, Any]
    members: tuple[MemberEntry, ...] = ()


@dataclass(frozen=True)
class ArtifactEntry:
    """One file."""

    deployment: str
    path: str
    line: int
    content: bytes = field(repr=False)
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Topology:
    """A whole file without mistakes."""

    jpds: tuple[JpdEntry, ...] = ()
    trust: tuple[TrustEntry, ...] = ()
    repositories: tuple[RepositoryEntry, ...] = ()
    artifacts: tuple[ArtifactEntry, ...] = ()
