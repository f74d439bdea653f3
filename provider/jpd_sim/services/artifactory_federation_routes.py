"""Artifactory: all calls that concern federation, in one list."""

from __future__ import annotations

from jpd_sim.federation.engine import Engine
from jpd_sim.services.artifactory_federation import Federation
from jpd_sim.services.artifactory_federation_binaries import FederationBinaries
from jpd_sim.services.artifactory_federation_metrics import FederationMetrics
from jpd_sim.services.artifactory_federation_operations import FederationOperations
from jpd_sim.services.artifactory_federation_service import FederationService
from jpd_sim.services.artifactory_federation_status import FederationStatus
from jpd_sim.services.artifactory_peer import Peer
from jpd_sim.services.routing import Route
from jpd_sim.state.deployment import Deployment


def federation_routes(deployment: Deployment, engine: Engine) -> list[Route]:
    """Management, monitoring by both engines, binary tasks, metrics, and what members ask each other."""
    handlers = (
        Peer,
        Federation,
        FederationOperations,
        FederationBinaries,
        FederationService,
        FederationStatus,
        FederationMetrics,
    )
    return [route for handler in handlers for route in handler(deployment, engine).routes()]
