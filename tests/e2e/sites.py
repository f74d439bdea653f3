"""Simulated JPDs in a process of their own, as their administrators see them who do not use Pulumi."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from e2e.project import PulumiProject
from harness.child import Child
from harness.transport import scrubbed_environment
from jpd_sim.client import ControlClient

_REPOSITORIES = "/artifactory/api/repositories"


@contextmanager
def running(names: Sequence[str], folder: Path) -> Iterator[Sites]:
    """`jpd sim` with these deployments; ended with SIGTERM."""
    command = str(Path(sys.executable).parent / "jpd")
    argv = [command, "sim", "--deployments", ",".join(names), "--port", "0"]
    with Child(argv, cwd=folder, env=scrubbed_environment()) as child:
        sites = Sites(json.loads(child.first_line()))
        try:
            yield sites
        finally:
            sites.close()
        child.terminate()


class Sites:
    """The running deployments by name."""

    def __init__(self, announced: dict[str, Any]) -> None:
        self._deployments = announced["deployments"]
        self.control = ControlClient(announced["control"], announced["controlToken"])
        self._clients = {
            name: httpx.Client(
                base_url=entry["url"],
                headers={"Authorization": f"Bearer {entry['accessToken']}"},
                trust_env=False,
                timeout=20,
            )
            for name, entry in self._deployments.items()
        }

    def __getitem__(self, name: str) -> httpx.Client:
        return self._clients[name]

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()

    @property
    def tokens(self) -> list[str]:
        """The administrators' tokens: none of them may be seen anywhere."""
        return [entry["accessToken"] for entry in self._deployments.values()]

    def configure(self, project: PulumiProject) -> None:
        """Register every deployment in the project's stack, tokens as secrets, with one run of the CLI."""
        value = {
            name: {"url": entry["url"], "accessToken": entry["accessToken"]}
            for name, entry in self._deployments.items()
        }
        project.run("config", "set", "--secret", "jpd:deployments", stdin=json.dumps(value))

    def read(self, name: str, key: str) -> dict[str, Any]:
        """A repository's configuration."""
        configuration: dict[str, Any] = self[name].get(f"{_REPOSITORIES}/{key}").raise_for_status().json()
        return configuration

    def create(self, name: str, key: str, **fields: Any) -> None:
        """Create a generic repository; federated unless `rclass` says otherwise."""
        body = {"rclass": "federated", "packageType": "generic", **fields}
        self[name].put(f"{_REPOSITORIES}/{key}", json=body).raise_for_status()

    def edit(self, name: str, key: str, **fields: Any) -> None:
        """Change fields of a repository."""
        self[name].post(f"{_REPOSITORIES}/{key}", json=fields).raise_for_status()

    def remove(self, name: str, key: str) -> None:
        """Delete a repository with all its content."""
        self[name].delete(f"{_REPOSITORIES}/{key}").raise_for_status()

    def url(self, name: str, key: str) -> str:
        """The URL of a repository in member lists."""
        return f"{self._deployments[name]['url']}/artifactory/{key}"

    def members(self, name: str, key: str) -> dict[str, bool]:
        """Member URLs and whether they are enabled, as one JPD lists them."""
        return {member["url"]: member["enabled"] for member in self.read(name, key)["members"]}

    def pause(self, name: str, key: str) -> None:
        """Pause a member through its own JPD."""
        listed = self.members(name, key) | {self.url(name, key): False}
        self.edit(name, key, members=[{"url": url, "enabled": flag} for url, flag in listed.items()])

    def deploy(self, name: str, path: str, content: str = "content") -> None:
        """Put an artifact, and wait until replication has settled."""
        self[name].put(f"/artifactory/{path}", content=content.encode()).raise_for_status()
        self.settle()

    def delete(self, name: str, path: str) -> None:
        """Delete an artifact, and wait until replication has settled."""
        self[name].delete(f"/artifactory/{path}").raise_for_status()
        self.settle()

    def holds(self, name: str, path: str) -> bool:
        """Whether an artifact is there."""
        return self[name].get(f"/artifactory/{path}").status_code == 200

    def settle(self) -> None:
        """Wait until nothing is under way between the JPDs any more."""
        self.control.wait_until_idle()

    def repositories(self) -> list[str]:
        """Every repository, for example `eu/docker-local`."""
        return sorted(
            f"{name}/{repository['key']}"
            for name, client in self._clients.items()
            for repository in client.get(_REPOSITORIES).raise_for_status().json()
        )

    def pairings(self) -> list[str]:
        """Who holds a master token for whom."""
        return [
            f"{name}->{line.strip()}"
            for name, client in self._clients.items()
            for line in client.get("/artifactory/api/system/configuration").raise_for_status().text.splitlines()
            if "<baseUrl>" in line
        ]
