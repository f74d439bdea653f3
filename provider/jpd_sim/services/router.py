"""The router's own calls (contract: router-jfconnect sections 2.3 and 2.4)."""

from __future__ import annotations

from starlette.responses import Response

from jpd_sim.services.replies import json_reply, text_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.identity import service_id

_SERVICES = ("jfrt", "jfac", "jfmc", "jfmd", "jfevt", "jffe", "jfob", "jfcon")


class Router:
    """Handlers of one JPD with one node."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def routes(self) -> list[Route]:
        """The table."""
        system = "/api/v1/system"
        return [
            Route("GET", f"{system}/health", self.health, Right.ANYONE, "N2.3 health"),
            Route("GET", f"{system}/ping", self.ping, Right.ANYONE, "N2.3 ping"),
            Route("GET", f"{system}/readiness", self.ping, Right.ANYONE, "N2.3 readiness"),
            Route("GET", f"{system}/liveness", self.ping, Right.ANYONE, "N2.3 liveness"),
        ]

    async def health(self, _call: Call) -> Response:
        """D-HEALTH: the router and the services registered with it."""
        node = self._deployment.identity.node_id
        healthy = {"node_id": node, "state": "HEALTHY", "message": "OK"}
        services = [{"service_id": service_id(kind, self._deployment.name), **healthy} for kind in _SERVICES]
        return json_reply({"router": healthy, "services": services})

    async def ping(self, _call: Call) -> Response:
        """AE: 200 text `OK`; the bodies of readiness and liveness are inferred."""
        return text_reply("OK")
