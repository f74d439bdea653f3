"""Artifactory: federation monitoring, rows L1 to L5 and M1 to M3 of the contract (section 3).

The engine inside Artifactory runs, so L1 to L5 answer and M1 to M3 refuse with 405 (S11).
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.services.replies import ProductError, json_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.clock import iso
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.mirrors import Mirror
from jpd_sim.state.repositories import Member, Repository

_DEFAULT_LAG_THRESHOLD_MS = 5000


class FederationStatus:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table."""
        base = "/api/federation"
        return [
            Route("GET", f"{base}/status/repo/{{key}}", self.repository, Right.ADMIN, "L1"),
            Route("GET", "/api/v2/federation/status/repo/{key}", self.repository_v2, Right.ADMIN, "L2"),
            Route("GET", f"{base}/state", self.state, Right.ADMIN, "L3"),
            Route("GET", f"{base}/status/mirrorsLag", self.lag, Right.ADMIN, "L4"),
            Route("GET", f"{base}/status/unavailableMirrors", self.unavailable, Right.ADMIN, "L5"),
            Route("GET", f"{base}/status/stateSummary", self.not_enabled, Right.ADMIN, "M1"),
            Route("GET", f"{base}/status/stateList", self.not_enabled, Right.ADMIN, "M2"),
            Route("GET", f"{base}/status/connectionStates/{{key}}", self.not_enabled, Right.ADMIN, "M3"),
        ]

    async def repository(self, call: Call) -> Response:
        """L1 (H/get-federated-repository-status): `SYNC`, the only documented status (U17), else as L2; 404 unknown."""
        return json_reply(self._status(call, healthy="SYNC"))

    async def repository_v2(self, call: Call) -> Response:
        """L2 (H/get-federated-repository-status-v2): the same shape with the states of M1 (inferred)."""
        return json_reply(self._status(call, healthy="HEALTHY"))

    async def state(self, _call: Call) -> Response:
        """L3 (KB-mon, OAS): `key` and `remoteKey` (U4: live output)."""
        rows = []
        for repository in self._federated():
            members = [
                {"remoteKey": member.key, "remoteUrl": f"{member.base_url}/artifactory"}
                for member in self._deployment.remote_members(repository)
            ]
            rows.append({"key": repository.key, "status": self._sync_state(repository), "members": members})
        return json_reply(rows)

    async def lag(self, call: Call) -> Response:
        """L4 (H/get-federation-mirror-lag-time): mirrors that lag more than `thresholdTimeInMs`, 5000 by default."""
        raw = call.query("thresholdTimeInMs") or str(_DEFAULT_LAG_THRESHOLD_MS)
        if not raw.isascii() or not raw.isdigit():
            raise ProductError(400, "thresholdTimeInMs must be a number")
        now = self._deployment.now_ms()
        rows = [
            {
                **_names(mirror),
                "lagInMS": mirror.lag_ms(now),
                "eventRegistrationTimeStamp": iso(mirror.oldest_ms or now),
            }
            for mirror in self._deployment.mirrors
            if mirror.lag_ms(now) > int(raw)
        ]
        return json_reply(rows)

    async def unavailable(self, _call: Call) -> Response:
        """L5 (OAS): an array (U7: the first form)."""
        rows = [
            {**_names(mirror), "status": "NOT_AVAILABLE"} for mirror in self._deployment.mirrors if not mirror.reachable
        ]
        return json_reply(rows)

    async def not_enabled(self, _call: Call) -> Response:
        """M1 to M3 with the engine inside Artifactory (OAS): 405."""
        raise ProductError(405, "RTFS is not enabled")

    def _status(self, call: Call, *, healthy: str) -> dict[str, Any]:
        repository = self._deployment.repositories.get(call.parameters["key"])
        if repository is None or repository.rclass != "federated":
            raise ProductError(404, f"Federated repository {call.parameters['key']} was not found")
        tasks = self._engine.importer.tasks(repository.key)
        missing = {task.sha256 for task in tasks}
        files = list(self._deployment.items(repository.key).files())
        artificial = sum(1 for item in files if item.checksums and item.checksums.sha256 in missing)
        failing = sum(1 for task in tasks if task.failures)
        return {
            "localKey": repository.key,
            "binariesTasksInfo": {"inProgressTasks": len(tasks) - failing, "failingTasks": failing},
            "mirrorEventsStatusInfo": [
                self._mirror_row(repository, member, healthy) for member in self._deployment.remote_members(repository)
            ],
            "federatedArtifactStatus": {
                "countFullyReplicateArtifacts": len(files) - artificial,
                "countArtificiallyReplicatedArtifacts": artificial,
            },
        }

    def _mirror_row(self, repository: Repository, member: Member, healthy: str) -> dict[str, Any]:
        mirror = self._deployment.mirrors.get((repository.key, member.url)) or Mirror(
            repository.key, member.url, unsynchronised=True
        )
        counts, now = mirror.counts(), self._deployment.now_ms()
        return {
            "remoteUrl": f"{member.base_url}/artifactory/",
            "remoteRepoKey": member.key,
            "status": self._mirror_state(repository, member, mirror, healthy),
            "createEvents": counts["create"],
            "updateEvents": counts["update"],
            "deleteEvents": counts["delete"],
            "propsEvents": counts["props"],
            "errorEvents": mirror.errors,
            "lagInMS": mirror.lag_ms(now),
            "eventRegistrationTimeStamp": mirror.oldest_ms,
        }

    def _mirror_state(self, repository: Repository, member: Member, mirror: Mirror, healthy: str) -> str:
        if not member.enabled or self._deployment.is_paused(repository):
            return "DISABLED"
        if mirror.full_sync_running:
            return "FULL_SYNC_RUNNING"
        if mirror.unsynchronised:
            return "PENDING_FS"
        if mirror.last_error:
            return "ERROR" if mirror.reachable else "NOT_AVAILABLE"
        delayed = mirror.lag_ms(self._deployment.now_ms()) > _DEFAULT_LAG_THRESHOLD_MS
        return "DELAYED" if delayed else healthy

    def _sync_state(self, repository: Repository) -> str:
        mirrors = [mirror for mirror in self._deployment.mirrors if mirror.local_key == repository.key]
        if self._deployment.is_paused(repository):
            return "DISABLED"
        if any(mirror.full_sync_running for mirror in mirrors):
            return "FULL_SYNC_RUNNING"
        return "OUT_OF_SYNC" if any(mirror.unsynchronised for mirror in mirrors) else "SYNCING"

    def _federated(self) -> list[Repository]:
        return [repository for repository in self._deployment.repositories if repository.rclass == "federated"]


def _names(mirror: Mirror) -> dict[str, str]:
    member = Member(mirror.remote_url)
    return {
        "localRepoKey": mirror.local_key,
        "remoteUrl": f"{member.base_url}/artifactory/",
        "remoteRepoKey": member.key,
    }
