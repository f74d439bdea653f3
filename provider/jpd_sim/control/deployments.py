"""Control of single JPDs: down and up, their nodes and services, importers, base URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jpd_sim.control.operation import ControlCall, ControlRefusal, Field, Operation
from jpd_sim.nodes import SERVICES
from jpd_sim.server import PortInUse

if TYPE_CHECKING:
    from jpd_sim.jpd import Jpd
    from jpd_sim.runtime import Runtime

_UP = Field("up", "boolean", "Up, or down.", required=True)


class DeploymentControl:
    """Handlers."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def operations(self) -> list[Operation]:
        """The table."""
        base, group = "/_sim/deployments/{name}", "Deployments"
        held = (Field("held", "boolean", "Wait, or go on.", required=True),)
        count = (Field("count", "integer", "How many nodes, all of them up.", required=True),)
        service = (_UP, Field("node", "string", "On this node only; without one, on all."))
        return [
            Operation("POST", f"{base}/stop", self.stop, group),
            Operation("POST", f"{base}/start", self.start, group),
            Operation("POST", f"{base}/restart", self.restart, group),
            Operation("POST", f"{base}/nodes", self.set_nodes, group, count, example={"count": 2}),
            Operation("POST", f"{base}/nodes/{{node}}", self.switch_node, group, (_UP,), example={"up": False}),
            Operation("POST", f"{base}/nodes/{{node}}/restart", self.restart_node, group),
            Operation(
                "POST", f"{base}/services/{{service}}", self.switch_service, group, service, example={"up": False}
            ),
            Operation("POST", f"{base}/importers", self.hold_importers, group, held, example={"held": True}),
            Operation("DELETE", f"{base}/baseUrl", self.remove_base_url, group),
        ]

    async def stop(self, call: ControlCall) -> dict[str, Any]:
        """Take a JPD down: its port closes, its connections break."""
        await self._jpd(call).stop()
        return {}

    async def start(self, call: ControlCall) -> dict[str, Any]:
        """Bring a JPD up again, on the same port and with what it knew."""
        try:
            await self._jpd(call).start()
        except PortInUse as error:
            raise ControlRefusal(409, str(error)) from error
        return {}

    async def restart(self, call: ControlCall) -> dict[str, Any]:
        """Stop and start a JPD: connections break, work in progress is taken up again."""
        await self._jpd(call).stop()
        return await self.start(call)

    async def set_nodes(self, call: ControlCall) -> dict[str, Any]:
        """Give a JPD so many nodes behind its load balancer."""
        jpd = self._jpd(call)
        jpd.nodes.resize(call.body["count"])
        await jpd.fit_engine()
        return {"nodes": jpd.nodes.listing()}

    async def switch_node(self, call: ControlCall) -> dict[str, Any]:
        """Take one node down or bring it up; the load balancer gives requests to the others."""
        jpd = self._jpd(call)
        jpd.nodes.switch_node(call.parameters["node"], up=call.body["up"])
        await jpd.fit_engine()
        return {"nodes": jpd.nodes.listing()}

    async def restart_node(self, call: ControlCall) -> dict[str, Any]:
        """Restart one node: the connections of its JPD break, and replication begins anew."""
        jpd = self._jpd(call)
        jpd.nodes.switch_node(call.parameters["node"], up=False)
        jpd.port.connections.abort_all()
        await jpd.engine.stop()
        jpd.nodes.switch_node(call.parameters["node"], up=True)
        await jpd.fit_engine()
        return {"nodes": jpd.nodes.listing()}

    async def switch_service(self, call: ControlCall) -> dict[str, Any]:
        """Take a service down or bring it up: without it on any node the router answers 502, and health says so."""
        jpd, service = self._jpd(call), call.parameters["service"]
        if service not in SERVICES:
            raise ControlRefusal(404, f"there is no service {service!r}; known are {', '.join(SERVICES)}")
        jpd.nodes.switch_service(service, up=call.body["up"], node=call.body.get("node", ""))
        await jpd.fit_engine()
        return {"nodes": jpd.nodes.listing()}

    async def hold_importers(self, call: ControlCall) -> dict[str, Any]:
        """Let a JPD know files by their metadata only, until released or downloaded."""
        importer = self._jpd(call).engine.importer
        if call.body["held"]:
            importer.hold()
        else:
            importer.release()
        return {"held": importer.held}

    async def remove_base_url(self, call: ControlCall) -> dict[str, Any]:
        """Bring a JPD into the state before anybody has configured its base URL."""
        self._jpd(call).state.base_url = None
        return {}

    def _jpd(self, call: ControlCall) -> Jpd:
        return self._runtime.jpd(call.parameters["name"])
