"""`simulator`: a node of a simulated JPD, through the simulator's control plane.

GET and PUT `/_sim/deployments/{deployment}/nodes/{node}/system.yaml` carry `{"text": ...}`, a PUT also `expecting`, the
SHA-256 that the present text must have; POST `.../restart` restarts the node. No product has these routes. The control
plane is an entry of `jpd:deployments`, so its HTTP client is handed in (`Requests`).
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from typing import Any, Literal, Protocol

from jpd_provider.errors import Conflict, NotFound
from jpd_provider.systemyaml.document import decode
from jpd_provider.systemyaml.nodes import SimulatedNode

from .contract import ChangedMeanwhile, FileMissing, Snapshot, fingerprint

__all__ = ["Requests", "SimulatorChannel"]


class Reply(Protocol):
    """A successful answer."""

    json: Any


class Requests(Protocol):
    """What is needed of an HTTP client; errors are raised."""

    def request(self, method: str, path: str, *, doing: str, body: Literal["json"] = "json", json: Any = None) -> Reply:
        """Send one request and return its successful answer."""


class SimulatorChannel:
    """The file of one simulated node."""

    def __init__(self, node: SimulatedNode, requests: Requests, *, address: str) -> None:
        self._node = node
        self._requests = requests
        self._address = address
        deployment, name = (urllib.parse.quote(part, safe="") for part in (node.deployment, node.node))
        self._base = f"/_sim/deployments/{deployment}/nodes/{name}"

    @property
    def address(self) -> str:
        """Deployment and node, as a URL."""
        return self._address

    def describe(self) -> str:
        """Deployment and node, for people."""
        return f"system.yaml of node '{self._node.node}' of simulated deployment '{self._node.deployment}'"

    def read(self) -> Snapshot:
        """The file's content now."""
        answer = self._call("GET", f"read {self.describe()}", None)
        content = str(answer.json["text"]).encode()
        return Snapshot(decode(content), fingerprint(content))

    def write(self, text: str, *, expecting: str) -> Snapshot:
        """Replace the file's content; the simulator compares the fingerprint and answers 409."""
        self._call("PUT", f"write {self.describe()}", {"text": text, "expecting": expecting})
        return Snapshot(text, fingerprint(text.encode()))

    def restart(self) -> None:
        """Restart the node: what is stored becomes effective."""
        self._requests.request("POST", f"{self._base}/restart", doing=f"restart node '{self._node.node}'", body="json")

    def _call(self, method: str, doing: str, content: Mapping[str, str] | None) -> Reply:
        try:
            return self._requests.request(method, f"{self._base}/system.yaml", doing=doing, body="json", json=content)
        except NotFound:
            raise FileMissing(self.describe()) from None
        except Conflict:
            raise ChangedMeanwhile(self.describe()) from None
