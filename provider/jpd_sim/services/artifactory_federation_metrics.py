"""Artifactory: metrics of federated repositories in the Prometheus text format (contract 7.3).

The three names and their labels are documented (AD/federated-repository-metrics); so is that repositories which are
down or disabled are left out. The same page has the time of the value, in milliseconds, at the end of each line.
"""

from __future__ import annotations

from starlette.responses import Response

from jpd_sim.federation import status
from jpd_sim.federation.engine import Engine
from jpd_sim.services.replies import text_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import Deployment

_SILENT = {"DISABLED", "NOT_AVAILABLE", "ERROR"}


class FederationMetrics:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table."""
        return [Route("GET", "/api/v1/metrics", self.metrics, Right.ADMIN, "7.3 metrics")]

    async def metrics(self, _call: Call) -> Response:
        """Lag of each mirror that exceeds the threshold, the largest lag, and how many exceed it."""
        self._engine.purge()
        now, threshold = self._deployment.now_ms(), self._deployment.profile.lag_threshold_ms
        connections = [
            status.outgoing(self._engine, repository, member)
            for repository in self._deployment.repositories
            if repository.rclass == "federated"
            for member in self._deployment.remote_members(repository)
        ]
        healthy = [each for each in connections if each.state not in _SILENT]
        late = [each for each in healthy if each.lag_ms > threshold]
        lines = [
            f'jfrt_federation_member_lag_total{{local_repo_key="{each.source.key}",remote_repo_key="{each.target.key}",'
            f'remote_url="{each.target.base_url}/artifactory/"}} {each.lag_ms} {now}'
            for each in late
        ]
        largest = max((each.lag_ms for each in healthy), default=0)
        lines.append(f"jfrt_federation_max_lag_ms_total {largest} {now}")
        lines.append(f"jfrt_federation_num_mirrors_exceeding_lag_threshold_total {len(late)} {now}")
        return text_reply("\n".join(lines) + "\n")
