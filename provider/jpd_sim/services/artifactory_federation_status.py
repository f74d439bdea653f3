"""Artifactory: monitoring by the engine inside Artifactory, rows L1 to L5 of the contract (3.3).

With the Federation Service running, all of them answer 405 (L6).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from starlette.responses import Response

from jpd_sim.federation import status
from jpd_sim.federation.engine import Engine
from jpd_sim.services.artifactory_federation_gates import require_legacy, require_version
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
        ]

    async def repository(self, call: Call) -> Response:
        """L1 (H/get-federated-repository-status): `SYNC`, the only documented status (U17), else as L2; 404 unknown."""
        require_version(self._deployment, "7.49.3")
        return json_reply(self._status(call, healthy="SYNC"))

    async def repository_v2(self, call: Call) -> Response:
        """L2 (H/get-federated-repository-status-v2): the same shape with the states of M1 (inferred)."""
        require_version(self._deployment, "7.82.2")
        return json_reply(self._status(call, healthy="HEALTHY"))

    async def state(self, _call: Call) -> Response:
        """L3: `key` and `remoteKey` (KB-mon, OAS), or the names of the help page (U4)."""
        self._begin()
        local, remote, url_end = ("key", "remoteKey", "")
        if self._deployment.profile.state_has_long_names:
            local, remote, url_end = ("localRepoKey", "remoteRepoKey", "/")
        rows = []
        for repository in self._deployment.repositories:
            if repository.rclass == "federated":
                members = [
                    {remote: member.key, "remoteUrl": f"{member.base_url}/artifactory{url_end}"}
                    for member in self._deployment.remote_members(repository)
                ]
                rows.append({local: repository.key, "status": self._sync_state(repository), "members": members})
        return json_reply(rows)

    async def lag(self, call: Call) -> Response:
        """L4 (H/get-federation-mirror-lag-time): mirrors that lag more than `thresholdTimeInMs`, 5000 by default."""
        require_version(self._deployment, "7.49.3")
        self._begin()
        raw = call.query("thresholdTimeInMs") or str(_DEFAULT_LAG_THRESHOLD_MS)
        if not raw.isascii() or not raw.isdigit():
            raise ProductError(400, "thresholdTimeInMs must be a number")
        now, state = self._deployment.now_ms(), self._deployment.federation
        rows = [
            {
                **_names(mirror),
                "lagInMS": state.lag_ms(mirror, now),
                "eventRegistrationTimeStamp": iso(state.oldest_ms(mirror)),
            }
            for mirror in state.mirrors()
            if state.lag_ms(mirror, now) > int(raw)
        ]
        return json_reply(rows)

    async def unavailable(self, _call: Call) -> Response:
        """L5: an array (OAS), or the object that one client decodes (U7)."""
        self._begin()
        rows = [
            {**_names(mirror), "status": "NOT_AVAILABLE"}
            for mirror in self._deployment.federation.mirrors()
            if (courier := self._engine.courier(mirror)) is not None and not courier.reachable
        ]
        as_object = self._deployment.profile.unavailable_mirrors_as_object
        return json_reply({"unavailableMirrors": rows} if as_object else rows)

    def _begin(self) -> None:
        require_legacy(self._deployment)
        self._engine.purge()

    def _status(self, call: Call, *, healthy: str) -> dict[str, Any]:
        self._begin()
        repository = self._deployment.repositories.get(call.parameters["key"])
        if repository is None or repository.rclass != "federated":
            raise ProductError(404, f"Federated repository {call.parameters['key']} was not found")
        tasks = self._engine.importer.tasks(repository.key)
        files = [item.checksums for item in self._deployment.items(repository.key).files()]
        blobs = self._deployment.blobs
        artificial = sum(1 for checksums in files if checksums is not None and checksums.sha256 not in blobs)
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
        state = self._deployment.federation
        mirror = state.mirror(repository.key, member.url) or Mirror(repository.key, member.url)
        counts = Counter(event.kind for event in state.log.after(repository.key, mirror.position))
        connection = status.outgoing(self._engine, repository, member)
        return {
            "remoteUrl": f"{member.base_url}/artifactory/",
            "remoteRepoKey": member.key,
            "status": healthy if connection.state == "HEALTHY" else connection.state,
            "createEvents": counts["create"],
            "updateEvents": counts["update"],
            "deleteEvents": counts["delete"],
            "propsEvents": counts["props"],
            "errorEvents": mirror.errors,
            "lagInMS": connection.lag_ms,
            "eventRegistrationTimeStamp": state.oldest_ms(mirror),
        }

    def _sync_state(self, repository: Repository) -> str:
        """The states of L3 (section 6); an exhausted queue has crossed the error threshold, so it is out of sync."""
        mirrors = self._deployment.federation.mirrors_of(repository.key)
        if self._deployment.is_paused(repository):
            return "DISABLED"
        if any(mirror.full_sync for mirror in mirrors):
            return "FULL_SYNC_RUNNING"
        broken = any(mirror.unsynchronised or mirror.exhausted for mirror in mirrors)
        return "OUT_OF_SYNC" if broken else "SYNCING"


def _names(mirror: Mirror) -> dict[str, str]:
    member = Member(mirror.remote_url)
    return {
        "localRepoKey": mirror.local_key,
        "remoteUrl": f"{member.base_url}/artifactory/",
        "remoteRepoKey": member.key,
    }
