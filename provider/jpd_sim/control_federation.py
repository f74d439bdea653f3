"""Control of what concerns federation and has no REST call of its own: the federated base URL.

Administrators set it in the configuration descriptor, under a name that no official text confirms (U18).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jpd_sim.control.operation import ControlCall, ControlRefusal, Field, Operation
from jpd_sim.federation import addresses
from jpd_sim.state.repositories import http_url

if TYPE_CHECKING:
    from jpd_sim.runtime import Runtime


class FederationControl:
    """Handlers of one simulator."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def operations(self) -> list[Operation]:
        """The table."""
        path, group = "/_sim/deployments/{name}/federatedBaseUrl", "Federation"
        url = (
            Field("url", "string", "An http or https URL under which the other JPDs reach this one.", required=True),
        )
        example = {"url": "http://localhost:8082"}
        return [
            Operation("PUT", path, self.set_federated_base_url, group, url, example=example),
            Operation("DELETE", path, self.remove_federated_base_url, group),
        ]

    async def set_federated_base_url(self, call: ControlCall) -> dict[str, Any]:
        """Let a JPD publish this URL to the members of its federations, instead of its base URL."""
        url = call.body["url"].rstrip("/")
        if http_url(url) is None:
            raise ControlRefusal(400, "url must be an http or https URL")
        addresses.change_federated_base_url(self._runtime.jpd(call.parameters["name"]).engine, url)
        return {"federatedBaseUrl": url}

    async def remove_federated_base_url(self, call: ControlCall) -> dict[str, Any]:
        """Let a JPD publish its base URL again."""
        addresses.change_federated_base_url(self._runtime.jpd(call.parameters["name"]).engine, None)
        return {}
