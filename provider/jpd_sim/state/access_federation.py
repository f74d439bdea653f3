"""Access Federation of a JPD: where it sends users, groups, permissions and tokens (contract: trust 4.2)."""

from __future__ import annotations

from dataclasses import dataclass, field

ENTITIES = ("USERS", "GROUPS", "PERMISSIONS", "TOKENS")


@dataclass(frozen=True)
class Filters:
    """Which names travel."""

    include_patterns: tuple[str, ...] = ()
    exclude_patterns: tuple[str, ...] = ()


@dataclass(frozen=True)
class FederationTarget:
    """One target. Name and URL stay; the rest can change."""

    name: str
    url: str
    entities: tuple[str, ...] = ENTITIES
    permission_filters: Filters = field(default_factory=Filters)
    group_filters: Filters = field(default_factory=Filters)
    active: bool = True
