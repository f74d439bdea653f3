"""The nodes of one JPD behind its load balancer, and which services run on them (contract: router 2.4, 2.5, 7).

A request reaches one node that is up, in turn. That node's router takes it to the service: to its own, or to that of
another node where its own is down. Only when no node has the service does the router answer 502.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

from jpd_sim.state.errors import Missing, Refused
from jpd_sim.state.kept import Kept
from jpd_sim.state.table import Table

SERVICES = {
    "artifactory": "jfrt",
    "access": "jfac",
    "mc": "jfmc",
    "metadata": "jfmd",
    "event": "jfevt",
    "frontend": "jffe",
    "observability": "jfob",
    "jfconnect": "jfcon",
}
"""What each node runs: name of the service -> type in its service id."""

MAX_NODES = 16
"""Our choice."""


@dataclass(frozen=True)
class Node:
    """One node."""

    name: str
    up: bool = True
    down: frozenset[str] = frozenset()
    """Services that are down on it."""

    def runs(self, service: str) -> bool:
        """Whether a service can be reached on it."""
        return self.up and service not in self.down


class Nodes(Kept):
    """All nodes of one JPD; there is at least one."""

    def __init__(self, deployment: str) -> None:
        self._deployment = deployment
        self._turns = itertools.count()
        self._nodes: Table[str, Node] = Table()
        self.resize(1)

    def resize(self, count: int) -> None:
        """Have so many nodes, all up, named `<deployment>-node-<number>`."""
        if not 1 <= count <= MAX_NODES:
            raise Refused(f"a JPD has between 1 and {MAX_NODES} nodes, not {count}")
        self._nodes.clear()
        for number in range(1, count + 1):
            node = Node(f"{self._deployment}-node-{number}")
            self._nodes.put(node.name, node)

    def reset(self) -> None:
        """One node, up, with all services."""
        self.resize(1)

    def listing(self) -> list[dict[str, Any]]:
        """The nodes as JSON objects."""
        return [{"name": node.name, "up": node.up, "servicesDown": sorted(node.down)} for node in self._nodes]

    def all(self) -> list[Node]:
        """The nodes."""
        return list(self._nodes)

    def next(self) -> Node | None:
        """The node that the load balancer gives the next request to; None when all are down."""
        up = [node for node in self._nodes if node.up]
        if len(up) <= 1:
            return up[0] if up else None
        return up[next(self._turns) % len(up)]

    def run(self, service: str) -> bool:
        """Whether any node has the service."""
        return any(node.runs(service) for node in self._nodes)

    def switch_node(self, name: str, *, up: bool) -> None:
        """Take a node down or bring it up, with all services that it had."""
        self._nodes.put(name, replace(self._require(name), up=up))

    def switch_service(self, service: str, *, up: bool, node: str = "") -> None:
        """Take a service down or bring it up, on one node or on all."""
        if service not in SERVICES:
            raise Refused(f"there is no service {service!r}; known are {', '.join(SERVICES)}")
        for each in [self._require(node)] if node else self._nodes:
            down = each.down - {service} if up else each.down | {service}
            self._nodes.put(each.name, replace(each, down=down))

    def _require(self, name: str) -> Node:
        node = self._nodes.get(name)
        if node is None:
            known = ", ".join(each.name for each in self._nodes)
            raise Missing(f"there is no node {name!r} on {self._deployment}; known are {known}")
        return node
