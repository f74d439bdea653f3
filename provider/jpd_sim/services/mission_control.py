"""Mission Control: the JPD registry (contract: trust section 3)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from jpd_sim.services.replies import ProductError, json_reply, text_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import Deployment

_STATUSES = ("ONLINE", "OFFLINE", "PARTIAL", "UNAUTHORIZED")


class MissionControl:
    """Handlers of one JPD. The registry holds the home JPD."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/api/v1/system/ping", self.ping, Right.ANYONE, "T3 mc ping"),
            Route("GET", "/api/v1/jpds", self.listing, Right.ADMIN, "T3 jpds GET"),
            Route("GET", "/api/v1/jpds/{id}", self.read, Right.ADMIN, "T3 jpds GET id"),
        ]

    async def ping(self, _call: Call) -> Response:
        """OA:MissionControlApi: 200 text `OK`, no authentication."""
        return text_reply("OK")

    async def listing(self, call: Call) -> Response:
        """H:jfrog-rest-apis/get-jpd-list: 400 for an unknown status."""
        status = call.query("status")
        if status is not None and status not in _STATUSES:
            raise ProductError(400, f"Invalid status: {status}")
        return json_reply([self._home()] if status in (None, "ONLINE") else [])

    async def read(self, call: Call) -> Response:
        """OA:MissionControlApi: 404 for an unknown id."""
        if call.parameters["id"] != "JPD-1":
            raise ProductError(404, f"JPD with id {call.parameters['id']} was not found.")
        return json_reply(self._home())

    def _home(self) -> dict[str, Any]:
        online = {"code": "ONLINE"}
        return {
            "id": "JPD-1",
            "name": "HOME",
            "url": "http://jpd.local/",
            "base_url": f"{self._deployment.base_url or self._deployment.url}/",
            "local": True,
            "location": {"city_name": "Amsterdam", "country_code": "NL", "latitude": 52.37, "longitude": 4.89},
            "status": {**online, "message": "All services are online", "warnings": []},
            "services": [{"type": "ARTIFACTORY", "status": online}, {"type": "JFMC", "status": online}],
            "licenses": [],
            "tags": [],
            "is_cold_storage": False,
            "cold_storage_jpd": "",
        }
