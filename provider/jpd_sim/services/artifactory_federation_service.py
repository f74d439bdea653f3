"""Artifactory: monitoring by the Federation Service (RTFS), rows M1 to M3 of the contract (3.2)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from jpd_sim.federation import status
from jpd_sim.federation.engine import Engine
from jpd_sim.federation.status import Connection
from jpd_sim.services.artifactory_federation_gates import require_rtfs
from jpd_sim.services.replies import ProductError, json_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.repositories import Member, Repository

_NOT_AVAILABLE = "NOT_AVAILABLE"


class FederationService:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table."""
        base = "/api/federation/status"
        return [
            Route("GET", f"{base}/stateSummary", self.summary, Right.ADMIN, "M1"),
            Route("GET", f"{base}/stateList", self.listing, Right.ADMIN, "M2"),
            Route("GET", f"{base}/connectionStates/{{key}}", self.connections, Right.ADMIN, "M3"),
        ]

    async def summary(self, _call: Call) -> Response:
        """M1 (H/get-federation-state-summaries): federations by the most severe state of their connections."""
        require_rtfs(self._deployment)
        counts = dict.fromkeys(status.STATES, 0)
        for _, connections in await status.survey(self._engine):
            counts[status.worst(each.state for each in connections)] += 1
        return json_reply({"federationStates": counts})

    async def listing(self, call: Call) -> Response:
        """M2 (H/get-federation-state-details): each federation's members; `status=A,B` keeps those with such a member.

        That the own member is listed too, with the most severe of all connections, is inferred.
        """
        require_rtfs(self._deployment)
        wanted = _states(call.query("status"))
        rows = []
        for repository, connections in await status.survey(self._engine):
            members = [(member, _of(member, connections)) for member in repository.members]
            if not wanted or any(status.worst(each.state for each in own) in wanted for _, own in members):
                rows.append(self._federation(repository, members))
        return json_reply({"federations": rows})

    async def connections(self, call: Call) -> Response:
        """M3 (H/get-federation-connection-details): one entry per direction; 404 unknown repository (inferred)."""
        require_rtfs(self._deployment)
        repository = self._deployment.repositories.get(call.parameters["key"])
        if repository is None or repository.rclass != "federated":
            raise ProductError(404, f"Federated repository {call.parameters['key']} was not found")
        rows = [self._connection(each) for each in await status.connections(self._engine, repository)]
        return json_reply({"memberConnections": rows})

    def _federation(self, repository: Repository, members: list[tuple[Member, list[Connection]]]) -> dict[str, Any]:
        return {
            "localRepoKey": repository.key,
            "memberInfoList": [self._member(member, connections) for member, connections in members],
            "priority": self._deployment.federation.prioritised.get(repository.key) or "STANDARD",
        }

    def _member(self, member: Member, connections: list[Connection]) -> dict[str, Any]:
        facts = {
            "supported": all(each.supported for each in connections),
            "disabled": not member.enabled,
            "inLag": any(each.in_lag for each in connections),
        }
        if self._deployment.profile.state_list_is_names:
            facts = {f"is{name[0].upper()}{name[1:]}": value for name, value in facts.items()}
        return {
            "url": f"{member.base_url}/artifactory",
            "repoKey": member.key,
            "aggregatedStatus": self._shown(status.worst(each.state for each in connections)),
            **facts,
        }

    def _connection(self, connection: Connection) -> dict[str, Any]:
        return {
            "localRepoKey": connection.source.key,
            "localPlatformUrl": f"{connection.source.base_url}/artifactory",
            "remoteRepoKey": connection.target.key,
            "remotePlatformUrl": f"{connection.target.base_url}/artifactory",
            "status": self._shown(connection.state),
            "lagInMs": connection.lag_ms,
            "queuedEvents": connection.queued,
            "disabled": connection.disabled,
            "supported": connection.supported,
        }

    def _shown(self, state: str) -> str:
        return self._deployment.profile.not_available_text if state == _NOT_AVAILABLE else state


def _of(member: Member, connections: list[Connection]) -> list[Connection]:
    """The connections that a member takes part in."""
    return [each for each in connections if member.url in (each.source.url, each.target.url)]


def _states(raw: str | None) -> set[str]:
    """The states of a filter; both names of "not available" mean the same (U6)."""
    states = {name.strip().upper() for name in raw.split(",")} if raw else set()
    if "N/A" in states:
        states = (states - {"N/A"}) | {_NOT_AVAILABLE}
    unknown = states - set(status.STATES)
    if unknown:
        raise ProductError(400, f"Unknown status: {', '.join(sorted(unknown))}")
    return states
