"""Repository configurations as a caller sees them."""

from __future__ import annotations

from typing import Any

from jpd_sim.services.authentication import Principal
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.repositories import Repository

_PUBLIC_FIELDS = ("key", "packageType", "description", "rclass")
_REDIRECT_LICENCE = "enterprise plus"


def document(deployment: Deployment, repository: Repository, caller: Principal, *, v1: bool = False) -> dict[str, Any]:
    """The configuration; `v1` with nearly all flags (1.7). Non-administrators get a partial document (note 4)."""
    whole = repository.wire_v1() if v1 else repository.wire()
    if not caller.admin:
        return {name: whole[name] for name in _PUBLIC_FIELDS if name in whole}
    if deployment.profile.shows_default_project:
        whole.setdefault("projectKey", "default")
    if deployment.profile.licence.lower() != _REDIRECT_LICENCE and "downloadRedirect" in whole:
        whole["downloadRedirect"] = False  # reads back as false without Enterprise Plus (1.3)
    return whole
