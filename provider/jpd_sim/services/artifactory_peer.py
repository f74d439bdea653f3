"""What members of a federation ask each other. NOT part of the documented contract: the product publishes no protocol.

All calls need a master token whose scope covers the repository, and a version that may federate with this one.
"""

from __future__ import annotations

from starlette.responses import Response

from jpd_sim.federation import configuration, status
from jpd_sim.federation.apply import apply
from jpd_sim.federation.engine import Engine
from jpd_sim.federation.peers import VERSION_HEADER, VERSION_PREFIX
from jpd_sim.services.replies import ProductError, empty_reply, json_reply, read_limited, read_object
from jpd_sim.services.repository_saving import check_licence
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state import trust
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.errors import Missing, Refused
from jpd_sim.state.mirrors import event_from_wire
from jpd_sim.state.repositories import Repository
from jpd_sim.state.versions import may_federate


class Peer:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table."""
        base = "/api/federation/peer/{key}"
        return [
            Route("POST", f"{base}/events", self.events, Right.PEER, "peer events"),
            Route("GET", f"{base}/capabilities", self.capabilities, Right.PEER, "peer capabilities"),
            Route("POST", f"{base}/connection", self.connection, Right.PEER, "peer connection"),
            Route("GET", f"{base}/binaries/{{sha256}}", self.binary, Right.PEER, "peer binary"),
            Route("GET", f"{base}/inventory", self.inventory, Right.PEER, "peer inventory"),
            Route("GET", f"{base}/repository", self.fingerprint, Right.PEER, "peer fingerprint"),
            Route("PUT", f"{base}/repository", self.configuration, Right.PEER, "peer configuration"),
            Route("PUT", f"{base}/flags", self.flags, Right.PEER, "peer flags"),
            Route("DELETE", f"{base}/membership", self.detach, Right.PEER, "peer detach"),
        ]

    async def events(self, call: Call) -> Response:
        """Take a batch of events from a member, unless one of the two is paused.

        An event that cannot be applied, such as a file where a folder is, is answered by its path and holds up nothing.
        """
        key = self._key(call)
        body = await read_object(call.request)
        source = str(body["source"])
        repository = self._federated(key)
        member = repository.member(source)
        if member is None:
            raise ProductError(409, f"{source} is not a member of {key}")
        if not member.enabled or self._deployment.is_paused(repository):
            raise ProductError(423, f"synchronisation of {key} is paused")
        refused = []
        for raw in body["events"]:
            try:
                wanted = apply(self._deployment, key, event_from_wire(raw), source)
            except Refused as error:
                refused.append({"path": raw["path"], "reason": error.message})
                continue
            if wanted is not None:
                self._engine.importer.want(key, wanted)
        return json_reply({"refused": refused})

    async def capabilities(self, call: Call) -> Response:
        """Say that this JPD can federate; who cannot has been turned away before."""
        self._key(call)
        return json_reply({"version": self._deployment.profile.version})

    async def connection(self, call: Call) -> Response:
        """Say how the direction from here to the asking member is doing."""
        repository = self._federated(self._key(call))
        return json_reply(status.report(self._engine, repository, str((await read_object(call.request))["source"])))

    async def binary(self, call: Call) -> Response:
        """Hand out a content that a file of the repository has."""
        self._federated(self._key(call))
        content = self._deployment.blobs.get(call.parameters["sha256"])
        if content is None:
            raise ProductError(404, "This JPD does not have the binary")
        return Response(content, media_type="application/octet-stream")

    async def inventory(self, call: Call) -> Response:
        """Say which paths are here, for a full sync."""
        key = self._key(call)
        self._federated(key)
        return json_reply({"paths": [item.path for item in self._deployment.items(key).below("")]})

    async def fingerprint(self, call: Call) -> Response:
        """Say what the configuration is like."""
        return json_reply({"fingerprint": self._federated(self._key(call)).fingerprint()})

    async def configuration(self, call: Call) -> Response:
        """Take over a configuration, unless the own member is paused."""
        key = self._key(call)
        current = self._deployment.repositories.get(key)
        if current is not None and current.members and self._deployment.is_paused(current):
            raise ProductError(423, f"synchronisation of {key} is paused")
        configuration.accept(self._engine, key, await read_object(call.request))
        return empty_reply()

    async def flags(self, call: Call) -> Response:
        """Take over which members are paused."""
        configuration.accept_flags(
            self._engine, self._federated(self._key(call)).key, (await read_object(call.request))["flags"]
        )
        return empty_reply()

    async def detach(self, call: Call) -> Response:
        """Learn that this repository is no member any more."""
        await read_limited(call.request)
        configuration.accept_detachment(self._engine, self._key(call))
        return empty_reply()

    def _key(self, call: Call) -> str:
        key = call.parameters["key"]
        theirs = call.request.headers.get(VERSION_HEADER, "").removeprefix(VERSION_PREFIX)
        if theirs and not may_federate(self._deployment.profile.version, theirs):
            raise ProductError(412, f"Version {theirs} cannot federate with {self._deployment.profile.version}")
        check_licence(self._deployment, "federated")
        if not trust.covers(call.principal.scope, key):
            raise ProductError(403, f"The master token does not cover repository {key}")
        return key

    def _federated(self, key: str) -> Repository:
        repository = self._deployment.require_repository(key)
        if repository.rclass != "federated":
            raise Missing(f"Repository '{key}' is not federated")
        return repository
