"""Makes the channel that a node names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jpd_provider.client.jpd import Jpds
from jpd_provider.systemyaml.nodes import Node

from .contract import Channel
from .simulator import Requests

__all__ = ["channel_of", "open_channel"]


def channel_of(node: Node, jpds: Jpds) -> Channel:
    """The channel to a node's system.yaml; a simulated one is reached by the HTTP client of its control plane."""
    return open_channel(node, lambda deployment: jpds[deployment].http)


def open_channel(node: Node, requests: Callable[[str], Requests]) -> Channel:
    """The channel to a node's system.yaml. Nothing is connected yet.

    Args:
        node: The node, as the program names it.
        requests: The HTTP client of an entry of `jpd:deployments`, for simulated nodes.

    Raises:
        MissingExtra: The channel needs an extra that is not installed.
    """
    if node.ssh is not None:
        from .ssh import SshChannel  # noqa: PLC0415 - what one channel needs, others do without

        return SshChannel(node.ssh, address=node.address, name=node.label)
    if node.kubernetes_secret is not None:
        from .kubernetes_secret import KubernetesSecretChannel  # noqa: PLC0415 - as above

        return KubernetesSecretChannel(node.kubernetes_secret, address=node.address, name=node.label)
    if node.simulator is not None:
        from .simulator import SimulatorChannel  # noqa: PLC0415 - as above

        return SimulatorChannel(
            node.simulator, requests(node.simulator.control or node.simulator.deployment), address=node.address
        )
    from .file import FileChannel  # noqa: PLC0415 - as above

    return FileChannel(Path(node.file or ""))
