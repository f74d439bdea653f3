"""Where the sources contradict each other or are silent: the choice, and the switch to the other choice.

The defaults take the first official form. Each field names its row of the contract.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """Behaviour of one JPD that documentation leaves open."""

    version: str = "7.111.4"
    """Product version that `system/version` reports and that `X-JFrog-Version` carries."""
    licence: str = "Enterprise Plus"
    """Licence kind (U16: the pages disagree on its name)."""
    rtfs: bool = False
    """Federation engine: False is the engine inside Artifactory, the default of self-hosted installations (3.1)."""
    missing_repository_status: int = 400
    """R3 and R4 of a missing repository (U1: the OpenAPI text says 404)."""
    keep_local_change_when_peer_is_down: bool = True
    """1.5: saving with an unreachable member answers T-1; whether the local part is kept is inferred."""
    master_token_seconds: int = 31_536_000
    """Life of a master token: one year (trust 2.1)."""
    pairing_token_seconds: int = 300
    """Life of a pairing token (trust 2.1)."""
    persistence_threshold_seconds: int = 10_800
    """Access tokens that live shorter are not stored; reading them answers 404 (trust 5)."""
    default_token_seconds: int = 31_536_000
    """Life of an access token that was created without `expires_in` (trust 5, inferred)."""
    binary_max_retry: int = 10
    """Tries before a binary import fails for good (7.2)."""
    binary_first_retry_ms: int = 30_000
    """Wait before a failed binary import is tried again (7.2)."""
