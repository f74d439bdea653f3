"""One simulator per module, reset before each test, and short ways to what most tests need."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from jpd_sim import ControlClient, Simulator

USE_CASE = "/artifactory/api/v1/service_trust/pairing/federated-repo/*"


class World:
    """Clients of all JPDs, and the steps that come before most tests."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.deployments = simulator.deployments
        self.control: ControlClient = simulator.control
        self.clients = {name: self.client(name, jpd.access_token) for name, jpd in simulator.deployments.items()}

    def client(self, name: str, token: str = "") -> httpx.Client:
        """A client of one JPD, without a token an anonymous one."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = self.deployments[name].url
        return httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=20, verify=False)

    def close(self) -> None:
        for client in self.clients.values():
            client.close()

    def __getitem__(self, name: str) -> httpx.Client:
        return self.clients[name]

    def member(self, name: str, key: str, *, enabled: bool = True) -> dict[str, object]:
        return {"url": f"{self.deployments[name].url}/artifactory/{key}", "enabled": enabled}

    def pair(self, issuer: str, initiator: str) -> None:
        """Give the initiator rights on the issuer."""
        token = self[issuer].post(USE_CASE).raise_for_status().json()["pairing_token"]
        self[initiator].put(USE_CASE, json={"pairing_token": token}).raise_for_status()

    def trust(self, *names: str) -> None:
        """Pair everybody with everybody, both ways."""
        for issuer in names:
            for initiator in names:
                if issuer != initiator:
                    self.pair(issuer, initiator)

    def create(self, name: str, key: str, **fields: object) -> None:
        body = {"rclass": "federated", "packageType": "generic", **fields}
        self[name].put(f"/artifactory/api/repositories/{key}", json=body).raise_for_status()

    def federate(self, key: str, *names: str) -> None:
        """A federation with the same key everywhere, created on the first JPD; trust included."""
        self.trust(*names)
        self.create(names[0], key, members=[self.member(name, key) for name in names])

    def config(self, name: str, key: str) -> dict[str, object]:
        return self[name].get(f"/artifactory/api/repositories/{key}").raise_for_status().json()

    def edit(self, name: str, key: str, **fields: object) -> httpx.Response:
        return self[name].post(f"/artifactory/api/repositories/{key}", json=fields)

    def deploy(self, name: str, path: str, content: bytes = b"content") -> None:
        self[name].put(f"/artifactory/{path}", content=content).raise_for_status()

    def status(self, name: str, path: str) -> int:
        return self[name].get(f"/artifactory/{path}").status_code

    def settle(self) -> None:
        assert self.control.wait_until_idle() == []


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
def error_text():
    """The message of Artifactory's error envelope."""

    def read(response: httpx.Response) -> str:
        return response.json()["errors"][0]["message"]

    return read
