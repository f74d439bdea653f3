"""Artifactory: system calls (contract section 9, and 9.1 for those that only client libraries show)."""

from __future__ import annotations

import hashlib
from typing import Any

from starlette.responses import Response

from jpd_sim.nodes import Nodes
from jpd_sim.services.replies import ProductError, json_reply, read_json, read_limited, text_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import Deployment

_VALID_THROUGH = "Dec 31, 2099"


class System:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, nodes: Nodes) -> None:
        self._deployment = deployment
        self._nodes = nodes

    def routes(self) -> list[Route]:
        """The table."""
        system = "/api/system"
        return [
            Route("GET", f"{system}/ping", self.ping, Right.ANYONE, "9 ping"),
            Route("GET", f"{system}/version", self.version, Right.USER, "9 version"),
            Route("GET", f"{system}/license", self.license, Right.ADMIN, "9 license"),
            Route("GET", f"{system}/licenses", self.licenses, Right.ADMIN, "9 licenses GET"),
            Route("POST", f"{system}/licenses", self.install_licenses, Right.ADMIN, "9 licenses POST"),
            Route("GET", f"{system}/service_id", self.service_id, Right.ADMIN, "9 service_id"),
            Route("GET", f"{system}/status", self.status, Right.ADMIN, "9.1 status"),
            Route("POST", f"{system}/usage", self.usage, Right.USER, "11.1 usage"),
            Route("GET", "/api/v1/system/readiness", self.readiness, Right.ANYONE, "9 readiness"),
            Route("GET", "/api/v1/system/liveness", self.readiness, Right.ANYONE, "9 liveness"),
        ]

    async def ping(self, _call: Call) -> Response:
        """OAS/SystemApi: 200 text; the body `OK` is inferred."""
        return text_reply("OK")

    async def version(self, _call: Call) -> Response:
        """OAS/SystemApi: version, revision and addons."""
        profile = self._deployment.profile
        addons = ["federated", "rest", "replication"]
        return json_reply({"version": profile.version, "revision": profile.revision, "addons": addons})

    async def license(self, _call: Call) -> Response:
        """OAS/SystemApi: one licence on one node, `{"licenses":[...]}` on several."""
        if len(self._nodes.all()) > 1:
            return json_reply({"licenses": self._licences()})
        return json_reply(self._licence())

    async def licenses(self, _call: Call) -> Response:
        """OAS: an array; clients of a cluster know an object (9, 9.1: contradictory; switch `licences_as_object`)."""
        licences = self._licences()
        return json_reply({"licenses": licences} if self._deployment.profile.licences_as_object else licences)

    async def install_licenses(self, call: Call) -> Response:
        """OAS: `[{"licenseKey"}]`; 200 with a message per key, 400 for anything else. The kind stays the profile's."""
        body = await read_json(call.request)
        keys = [each.get("licenseKey") for each in body if isinstance(each, dict)] if isinstance(body, list) else []
        if not keys or len(keys) != len(body) or not all(isinstance(key, str) and key for key in keys):
            raise ProductError(400, "The request body must be a JSON array of objects with a licenseKey")
        return json_reply({"status": 200, "messages": dict.fromkeys(keys, "OK")})

    async def service_id(self, _call: Call) -> Response:
        """H/get-service-id: text."""
        return text_reply(self._deployment.identity.artifactory_id)

    async def status(self, _call: Call) -> Response:
        """9.1: the nodes that run."""
        running = [node for node in self._nodes.all() if node.runs("artifactory")]
        return json_reply({"nodes": [{"id": node.name, "state": "RUNNING"} for node in running]})

    async def usage(self, call: Call) -> Response:
        """Clients report their use at any time and only log a failure (11.1)."""
        await read_limited(call.request)
        return text_reply("")

    async def readiness(self, _call: Call) -> Response:
        """OAS/SystemApi: the value `OK` is inferred."""
        return json_reply({"code": "OK"})

    def _licence(self) -> dict[str, Any]:
        owner = f"Simulated JPD {self._deployment.name}"
        return {"type": self._deployment.profile.licence, "validThrough": _VALID_THROUGH, "licensedTo": owner}

    def _licences(self) -> list[dict[str, Any]]:
        return [
            {
                **self._licence(),
                "licenseHash": hashlib.sha256(node.name.encode()).hexdigest()[:40],
                "nodeId": node.name,
                "nodeUrl": f"{self._deployment.url}/artifactory",
                "expired": False,
            }
            for node in self._nodes.all()
        ]
