"""Places where a system.yaml can be, each with its channel and a way in that does not use the channel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jpd_provider.errors import Conflict, NotFound
from jpd_provider.systemyaml.channels.contract import Channel
from jpd_provider.systemyaml.channels.opening import open_channel
from jpd_provider.systemyaml.nodes import Node

from .fake_cluster import FakeCluster


@dataclass
class Place:
    """One system.yaml and the channel to it."""

    kind: str
    name: str
    channel: Channel
    put: Callable[[bytes], object]
    get: Callable[[], bytes]
    remove: Callable[[], object]
    path: Path | None = None
    size_limit: int = 1 << 30
    holds_bytes: bool = True


def on_disk(kind: str, path: Path, channel: Channel) -> Place:
    """A place that this machine sees as a file."""
    return Place(kind, str(path), channel, path.write_bytes, path.read_bytes, path.unlink, path)


def in_a_secret(cluster: FakeCluster, folder: Path) -> Place:
    """A Secret of a cluster; etcd takes no more than 1 MB."""
    cluster.put("system.yaml", b"{}\n")
    secret = {"namespace": "jfrog", "secret": "system-yaml", "kubeconfig": cluster.kubeconfig(folder)}

    def remove() -> None:
        cluster.secret = None

    return Place(
        "kubernetes",
        "Secret jfrog/system-yaml",
        channel({"kubernetes_secret": secret}),
        lambda content: cluster.put("system.yaml", content),
        lambda: cluster.get("system.yaml"),
        remove,
        size_limit=1 << 20,
    )


def in_a_simulator() -> Place:
    """A node of a simulated JPD; the control routes are played by `SimulatedNodes`."""
    nodes = SimulatedNodes({"/_sim/deployments/eu/nodes/eu-1/system.yaml": b"{}\n"})
    route = "/_sim/deployments/eu/nodes/eu-1/system.yaml"
    return Place(
        "simulator",
        "node 'eu-1'",
        open_channel(Node.model_validate({"simulator": {"deployment": "eu", "node": "eu-1"}}), lambda _: nodes),
        lambda content: nodes.files.update({route: content}),
        lambda: nodes.files[route],
        nodes.files.clear,
        size_limit=1 << 20,
        holds_bytes=False,
    )


def channel(node: Mapping[str, Any]) -> Channel:
    """The channel of a node that needs no simulator."""

    def requests(deployment: str) -> Any:
        raise AssertionError(f"asks for deployment {deployment}")

    return open_channel(Node.model_validate(node), requests)


class SimulatedNodes:
    """The simulator's control routes for files, in the place of an HTTP client."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.restarts: list[str] = []

    def request(self, method: str, path: str, *, doing: str, body: str = "json", json: Any = None) -> Any:
        """Answer like an HTTP client of this provider: errors are raised."""
        assert body == "json"
        if method == "POST":
            self.restarts.append(path)
            return SimpleNamespace(json={})
        if path not in self.files:
            raise NotFound(f"{doing}: 404.", deployment="eu", status=404)
        if method == "PUT":
            if sha256(self.files[path]).hexdigest() != json["expecting"]:
                raise Conflict(f"{doing}: 409.", deployment="eu", status=409)
            self.files[path] = json["text"].encode()
        return SimpleNamespace(json={"text": self.files[path].decode()})
