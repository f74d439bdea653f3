"""Restarting nodes, one after the other, each until its router is healthy again (contract/router-jfconnect 7).

A router's health is asked at the node's own address, without credentials: a load balancer in front of the JPD would
answer for any node. It is no call to a deployment of the registry, so it does not pass the deployments' HTTP client.
"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any

from jpd_provider import redaction
from jpd_provider.errors import JpdError, UserError

from .channels.contract import Channel
from .channels.simulator import SimulatorChannel
from .nodes import Node

__all__ = ["HEALTH_SECONDS", "Restarts"]

HEALTH_SECONDS = 300.0
"""How long a node may take to come back: a start takes a minute and more. Our choice."""

COMMAND_SECONDS = 180.0
_PAUSE_SECONDS = 2.0
_ANSWER_SECONDS = 10.0


class Restarts:
    """Restarts nodes in turn. `sleep` and `clock` are seams for tests."""

    def __init__(
        self,
        *,
        seconds: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = HEALTH_SECONDS if seconds is None else seconds
        self._sleep = sleep
        self._clock = clock

    def run(self, nodes: Sequence[tuple[Node, Channel]]) -> None:
        """Restart each node and wait for it.

        Raises:
            JpdError: One did not come back; those behind it were not touched.
        """
        for place, (node, channel) in enumerate(nodes):
            try:
                _restart(node, channel)
                self._wait(node)
            except JpdError as error:
                waiting = ", ".join(other.label for other, _ in nodes[place + 1 :])
                left = f" Not restarted yet: {waiting}." if waiting else ""
                raise JpdError(
                    f"restart of node '{node.label}': {error.message}{left}",
                    hint="All files are written. Look into the node's router-service.log; when it is healthy, run "
                    "`pulumi up` again: it writes nothing more and restarts the nodes in the same order.",
                ) from error

    def _wait(self, node: Node) -> None:
        if node.router_url is None:
            return
        deadline = self._clock() + self._seconds
        while (state := _health(node.router_url)) != "HEALTHY":
            if self._clock() >= deadline:
                raise JpdError(f"its router is not healthy after {self._seconds:.0f} seconds ({state}).")
            self._sleep(_PAUSE_SECONDS)


def _restart(node: Node, channel: Channel) -> None:
    if isinstance(channel, SimulatorChannel):
        channel.restart()
    elif node.ssh is not None:
        from .channels.ssh import SshChannel  # noqa: PLC0415 - needs an extra that others do without

        SshChannel(node.ssh, address=node.address, name=node.label).command(
            node.restart_command, seconds=COMMAND_SECONDS
        )
    else:
        _run_here(node.restart_command)


def _run_here(command: list[str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - the program's own words, and no shell
            command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"'{command[0]}' could not be run: {redaction.redact(str(error))}.") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise UserError(f"'{command[0]}' ended with {done.returncode}: {redaction.redact(last)}.")


def _health(router_url: str) -> str:
    """HEALTHY, or what is in the way, in words."""
    url = f"{router_url.rstrip('/')}/router/api/v1/system/health"
    try:
        with _direct.open(url, timeout=_ANSWER_SECONDS) as answer:
            return _state(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return _state(error.read()) if error.code == 503 else f"status {error.code}"
    except OSError as error:
        return redaction.redact(str(getattr(error, "reason", error)))


def _state(body: bytes) -> str:
    try:
        content: Any = json.loads(body)
        sick = [
            redaction.redact(f"{service['service_id']} is {service['state']}: {service.get('message', '')}")
            for service in [{**content["router"], "service_id": "router"}, *content.get("services", [])]
            if service["state"] != "HEALTHY"
        ]
    except (ValueError, LookupError, TypeError):
        return "something else than a router answers"
    return ", ".join(sick) or "HEALTHY"


_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# Proxies of our own environment lead elsewhere: a node's address is reached directly.
