"""Building a topology: through the JPDs' own REST interface, so that it is a world that clients could have made.

Users and what the product offers no call for (versions, nodes) are set directly. What a JPD refuses is reported with
the line of the entry; the rest is built all the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from jpd_sim.state.deployment import User
from jpd_sim.topology import ArtifactEntry, BadTopology, JpdEntry, Mistake, RepositoryEntry, Topology, TrustEntry

if TYPE_CHECKING:
    from jpd_sim.jpd import Jpd

_TRUST = "/artifactory/api/v1/service_trust/pairing/federated-repo/*"
_EXCERPT = 300


class Seeding:
    """Builds one topology on JPDs that are up."""

    def __init__(self, jpds: dict[str, Jpd]) -> None:
        self._jpds = jpds
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._mistakes: list[Mistake] = []

    async def build(self, topology: Topology) -> None:
        """Build everything; BadTopology with what the JPDs refused."""
        for jpd in topology.jpds:
            self._prepare(jpd)
        async with self._connected():
            for trust in topology.trust:
                await self._pair(trust)
            for repository in topology.repositories:
                await self._create(repository)
            for artifact in topology.artifacts:
                await self._deploy(artifact)
        if self._mistakes:
            raise BadTopology(self._mistakes)

    def _prepare(self, entry: JpdEntry) -> None:
        jpd = self._jpds[entry.name]
        jpd.state.change_profile(replace(jpd.state.profile, **entry.profile))
        if entry.nodes != len(jpd.nodes.all()):
            jpd.nodes.resize(entry.nodes)
        for user in entry.users:
            jpd.state.users.put(user.name, User(user.name, user.password, admin=user.admin))

    async def _pair(self, entry: TrustEntry) -> None:
        answer = await self._call(entry.target, entry.line, "POST", _TRUST)
        if answer is not None:
            token = answer.json()["pairing_token"]
            await self._call(entry.source, entry.line, "PUT", _TRUST, json={"pairing_token": token})

    async def _create(self, entry: RepositoryEntry) -> None:
        body = dict(entry.body)
        if entry.members:
            body["members"] = [
                {"url": self._member_url(member.deployment, member.key), "enabled": member.enabled}
                for member in entry.members
            ]
        path = f"/artifactory/api/repositories/{quote(entry.key, safe='')}"
        await self._call(entry.deployment, entry.line, "PUT", path, json=body)

    async def _deploy(self, entry: ArtifactEntry) -> None:
        matrix = "".join(
            f";{quote(name, safe='')}={quote(value, safe='')}"
            for name, values in entry.properties.items()
            for value in values
        )
        path = f"/artifactory/{quote(entry.path.lstrip('/'))}{matrix}"
        await self._call(entry.deployment, entry.line, "PUT", path, content=entry.content)

    async def _call(self, name: str, line: int, method: str, path: str, **body: Any) -> httpx.Response | None:
        answer = await self._clients[name].request(method, path, **body)
        if answer.is_success:
            return answer
        self._mistakes.append(Mistake(line, f"{name} refuses {method} {path}: {answer.status_code} {_reason(answer)}"))
        return None

    def _member_url(self, name: str, key: str) -> str:
        state = self._jpds[name].state
        return f"{state.base_url or state.url}/artifactory/{key}"

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[None]:
        for name, jpd in self._jpds.items():
            self._clients[name] = httpx.AsyncClient(
                transport=httpx.ASGITransport(jpd.front, raise_app_exceptions=False),
                base_url=jpd.port.url,
                headers={"Authorization": f"Bearer {jpd.state.admin_token}"},
                timeout=60,
            )
        try:
            yield
        finally:
            for client in self._clients.values():
                await client.aclose()


def _reason(answer: httpx.Response) -> str:
    try:
        return "; ".join(str(error["message"]) for error in answer.json()["errors"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:_EXCERPT]
