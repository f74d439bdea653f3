"""Service trust: pairing tokens that this JPD issued, and master tokens that it holds for others.

The initiator of a pairing holds the master token; it gives rights on the issuer. Trust is one-way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

_ARTIFACTORY_PREFIXES = ("federated-repo/", "artifactory-cold/")
_ACCESS_USE_CASES = frozenset({"mission-control", "bridge", "platform-federation"})


@dataclass(frozen=True)
class Service:
    """One of the services that pair: its path, the words for it, and what it pairs for."""

    context: str
    title: str
    knows: Callable[[str], bool]


@dataclass(frozen=True)
class PairingToken:
    """A pairing token that this JPD issued; it dies with its first use."""

    token_id: str
    use_case: str
    used: bool = False


@dataclass(frozen=True)
class Binding:
    """A master token that this JPD holds: rights on the JPD at `base_url`."""

    base_url: str
    use_case: str
    exchange_url: str
    access_token: str = field(repr=False)
    token_id: str
    scope: str
    last_refresh_ms: int
    expiration_ms: int

    def expired(self, now_ms: int) -> bool:
        """Whether the two JPDs have to be paired again."""
        return now_ms >= self.last_refresh_ms + self.expiration_ms

    def covers(self, repository_key: str) -> bool:
        """Whether the binding is for federation, of this repository or of all."""
        return covers(self.scope, repository_key)


def covers(scope: str, repository_key: str) -> bool:
    """Whether a master token's scope lets its holder act on one federated repository."""
    granted = set(scope.split())
    return "internal:federated-repo/*" in granted or f"internal:federated-repo/{repository_key}" in granted


def artifactory_knows(use_case: str) -> bool:
    """Whether Artifactory pairs for this use case (trust 2.3)."""
    return use_case == "artifactory-cold" or any(
        use_case.startswith(prefix) and len(use_case) > len(prefix) for prefix in _ARTIFACTORY_PREFIXES
    )


def access_knows(use_case: str) -> bool:
    """Whether Access pairs for this use case (trust 2.3)."""
    return use_case in _ACCESS_USE_CASES


ARTIFACTORY = Service("artifactory", "Artifactory", artifactory_knows)
ACCESS = Service("access", "Access", access_knows)


def pairing_scope(use_case: str) -> str:
    """The `scp` claim of a pairing token."""
    return f"internal:service-trust/pairing/{use_case}:x"


def accepts_mission_control(scope: str) -> bool:
    """Whether a master token lets Mission Control look after the JPD that issued it."""
    return "internal:mission-control" in scope.split()


def master_scope(issuer_id: str, use_case: str) -> str:
    """The scope of the master token that an exchange yields (trust 2.4)."""
    return f"{issuer_id}:admin internal:{use_case} {pairing_scope(use_case)}"


def parse_extension(raw: object) -> dict[str, str]:
    """The `ext` claim of a pairing token; ValueError when it is not a JSON object in a string (2.2)."""
    extension = json.loads(raw) if isinstance(raw, str) else None
    if not isinstance(extension, dict):
        raise ValueError("ext is not a JSON object")
    return extension
