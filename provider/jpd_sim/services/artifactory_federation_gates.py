"""What all federation calls check first: which engine runs, and whether the version has the call at all."""

from __future__ import annotations

from jpd_sim.services.replies import ProductError
from jpd_sim.state.deployment import Deployment


def require_rtfs(deployment: Deployment) -> None:
    """405 with the engine inside Artifactory (M1 to M3: OAS; for the other calls of RTFS inferred by analogy)."""
    if not deployment.profile.rtfs:
        raise ProductError(405, "RTFS is not enabled")


def require_legacy(deployment: Deployment) -> None:
    """405 with the Federation Service (L1 to L5: OAS; U8)."""
    if deployment.profile.rtfs:
        raise ProductError(405, "RTFS is enabled")


def require_version(deployment: Deployment, since: str, before: str = "") -> None:
    """404 on a version that does not have the call yet, or no longer (inferred: an unknown route)."""
    profile = deployment.profile
    if not profile.at_least(since) or (before and profile.at_least(before)):
        raise ProductError(404, "Not Found")
