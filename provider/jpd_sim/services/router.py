"""The router's own calls (contract: router-jfconnect sections 2.3 to 2.5)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from jpd_sim.nodes import SERVICES, Node, Nodes
from jpd_sim.services.replies import json_reply, text_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.identity import service_id


class Router:
    """Handlers of one JPD: each call is answered by the router of the node that it reached."""

    def __init__(self, deployment: Deployment, nodes: Nodes) -> None:
        self._deployment = deployment
        self._nodes = nodes

    def routes(self) -> list[Route]:
        """The table."""
        system = "/api/v1/system"
        return [
            Route("GET", f"{system}/health", self.health, Right.ANYONE, "N2.3 health"),
            Route("GET", f"{system}/ping", self.ping, Right.ANYONE, "N2.3 ping"),
            Route("GET", f"{system}/readiness", self.ping, Right.ANYONE, "N2.3 readiness"),
            Route("GET", f"{system}/liveness", self.ping, Right.ANYONE, "N2.3 liveness"),
            Route("GET", "/api/v1/topology/health", self.topology, Right.ADMIN, "N2.3 topology health"),
        ]

    async def health(self, call: Call) -> Response:
        """D-HEALTH: this router and the services registered with it; 503 when one of them is unhealthy."""
        node: Node = call.request.scope["jpd_sim.node"]
        router = {"node_id": node.name, "state": "HEALTHY", "message": "OK"}
        services = self._services(node)
        healthy = all(service["state"] == "HEALTHY" for service in services)
        return json_reply({"router": router, "services": services}, status=200 if healthy else 503)

    async def topology(self, _call: Call) -> Response:
        """KB-5497: a state per service of the whole JPD; the shape is inferred from that of health."""
        nodes = self._nodes.all()
        services = [service for node in nodes for service in self._services(node)]
        healthy = all(service["state"] == "HEALTHY" for service in services)
        routers = [{"node_id": node.name, **_state(healthy=node.up)} for node in nodes]
        body = {"state": "HEALTHY" if healthy else "UNHEALTHY", "routers": routers, "services": services}
        return json_reply(body, status=200 if healthy else 503)

    async def ping(self, _call: Call) -> Response:
        """AE: 200 text `OK`; the bodies of readiness and liveness are inferred."""
        return text_reply("OK")

    def _services(self, node: Node) -> list[dict[str, Any]]:
        down = [name for name in SERVICES if not node.runs(name)]
        rows = []
        for name, kind in SERVICES.items():
            # A service that is fine itself says UNHEALTHY_PEER while another on its node is not (2.4).
            peer = bool(down) and name not in down
            state = {"state": "UNHEALTHY_PEER", "message": "OK"} if peer else _state(healthy=name not in down)
            rows.append({"service_id": service_id(kind, self._deployment.name), "node_id": node.name, **state})
        return rows


def _state(*, healthy: bool) -> dict[str, str]:
    if healthy:
        return {"state": "HEALTHY", "message": "OK"}
    return {"state": "UNHEALTHY", "message": "dial tcp 127.0.0.1: connect: connection refused"}
