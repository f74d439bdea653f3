"""Real simulated JPDs in this process, and an engine whose provider host runs in this process too."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from harness import program
from harness.engine import Engine
from harness.transport import InProcessTransport
from jpd_provider.hosts import session
from jpd_sim import Simulator

REPOSITORIES = "/artifactory/api/repositories"


class FreshTransport(InProcessTransport):
    """Each start is a new process to the provider too: no session of an earlier one is remembered."""

    def start(self) -> None:
        session.open_session.cache_clear()
        super().start()


class World:
    """The simulated JPDs as an administrator sees them who does not use Pulumi."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.control = simulator.control
        self._clients = {
            name: httpx.Client(
                base_url=jpd.url,
                headers={"Authorization": f"Bearer {jpd.access_token}"},
                trust_env=False,
                timeout=20,
            )
            for name, jpd in simulator.deployments.items()
        }

    def __getitem__(self, name: str) -> httpx.Client:
        return self._clients[name]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def configuration(self) -> dict[str, Any]:
        """`jpd:deployments` of a stack that manages all of them."""
        return {
            name: {"url": jpd.url, "accessToken": jpd.access_token} for name, jpd in self.simulator.deployments.items()
        }

    def engine(self, deployments: dict[str, Any] | None = None, *, preflight: str = "off") -> Engine:
        """An empty stack. The preflight asks in the background, so what counts or spoils calls does without it."""
        config = {"jpd:deployments": json.dumps(deployments or self.configuration()), "jpd:preflight": preflight}
        return Engine(FreshTransport(), config)

    def read(self, name: str, key: str) -> dict[str, Any]:
        answer = self[name].get(f"{REPOSITORIES}/{key}").raise_for_status()
        configuration: dict[str, Any] = answer.json()
        return configuration

    def exists(self, name: str, key: str) -> bool:
        return self[name].get(f"{REPOSITORIES}/{key}").status_code == 200

    def create(self, name: str, key: str, **fields: Any) -> None:
        body = {"rclass": "federated", "packageType": "generic", **fields}
        self[name].put(f"{REPOSITORIES}/{key}", json=body).raise_for_status()

    def edit(self, name: str, key: str, **fields: Any) -> None:
        self[name].post(f"{REPOSITORIES}/{key}", json=fields).raise_for_status()

    def remove(self, name: str, key: str) -> None:
        self[name].delete(f"{REPOSITORIES}/{key}").raise_for_status()

    def url(self, name: str, key: str) -> str:
        return f"{self.simulator.deployments[name].url}/artifactory/{key}"

    def members(self, name: str, key: str) -> dict[str, bool]:
        """Member URLs and whether they are enabled, as one JPD lists them."""
        return {member["url"]: member["enabled"] for member in self.read(name, key)["members"]}

    def pause(self, name: str, key: str, *, enabled: bool = False) -> None:
        listed = self.members(name, key)
        listed[self.url(name, key)] = enabled
        self.edit(name, key, members=[{"url": url, "enabled": flag} for url, flag in listed.items()])

    def deploy(self, name: str, path: str, content: bytes = b"content") -> None:
        self[name].put(f"/artifactory/{path}", content=content).raise_for_status()

    def pairings(self) -> list[str]:
        """Who holds a master token for whom, for example `eu->http://...`."""
        return [
            f"{name}->{line.strip()}"
            for name in self._clients
            for line in self[name].get("/artifactory/api/system/configuration").raise_for_status().text.splitlines()
            if "<baseUrl>" in line
        ]

    def repositories(self) -> list[str]:
        return [
            f"{name}/{repository['key']}"
            for name in self._clients
            for repository in self[name].get(REPOSITORIES).json()
        ]

    def leftovers(self) -> list[str]:
        """What a destroy should have removed."""
        return self.repositories() + self.pairings()

    def calls(self) -> int:
        """Requests that the provider made; what the JPDs ask each other does not count."""
        return len(self.control.requests(peers=False))


TRUST = program.resource("BindingToken", "trust", {"source": "eu", "target": "us"})
"""What federations stand on."""


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(["eu", "us", "ap"]) as running:
        yield running


@pytest.fixture
def world(simulator: Simulator) -> Iterator[World]:
    simulator.control.reset()
    world = World(simulator)
    yield world
    world.close()


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    """What the provider says on stderr, line by line. Pulumi shows it as messages."""
    lines: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    listener = Listener(logging.WARNING)
    logging.getLogger("jpd_provider").addHandler(listener)
    yield lines
    logging.getLogger("jpd_provider").removeHandler(listener)


@pytest.fixture
def trust() -> program.Resource:
    return TRUST
