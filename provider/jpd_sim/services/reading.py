"""Finding a file by the key and path of a request, whatever class the repository has."""

from __future__ import annotations

from typing import NamedTuple

from jpd_sim.federation.engine import Engine
from jpd_sim.services.remotes import Remotes
from jpd_sim.services.replies import ProductError
from jpd_sim.state import virtuals
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.items import Item
from jpd_sim.state.repositories import Repository

_CACHE = "-cache"


class Found(NamedTuple):
    """A file or folder, and the repository that holds it."""

    repository: Repository
    item: Item


class Reading:
    """The files of one JPD as a reader finds them."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine
        self._remotes = Remotes(deployment, engine)

    def repository(self, key: str) -> Repository:
        """The repository of a key, or the remote one whose cache it names; 404 without one."""
        found = self._deployment.repositories.get(key)
        if found is None and key.endswith(_CACHE):
            found = self._deployment.repositories.get(key.removesuffix(_CACHE))
            found = found if found is not None and found.rclass == "remote" else None
        if found is None:
            raise ProductError(404, f"Could not find repository '{key}'")
        return found

    def holders(self, key: str) -> list[Repository]:
        """The repositories that a key stands for, first the one that is asked first."""
        repository = self.repository(key)
        if repository.rclass != "virtual":
            return [repository]
        return virtuals.resolution_order(self._deployment.repositories, repository)

    def look(self, key: str, path: str) -> Found | None:
        """What is here, without asking another server."""
        for repository in self.holders(key):
            item = self._deployment.items(repository.key).get(path)
            if item is not None:
                return Found(repository, item)
        return None

    async def find(self, key: str, path: str, origins: str) -> Found | None:
        """What is here, or what a remote repository behind the key can fetch (remote caches come before remotes).

        `origins` names the JPDs that are asking already, each in the name of the one before it.
        """
        here = self.look(key, path)
        if here is not None and here.repository.rclass != "remote":
            return here
        if key not in self._deployment.repositories:
            return here  # the cache itself was asked
        for repository in self.holders(key):
            item = await self._remotes.find(repository, path, origins) if repository.rclass == "remote" else None
            if item is not None:
                return Found(repository, item)
        return here

    async def content(self, found: Found) -> bytes | None:
        """The bytes of a file; of a federated one, on demand from another member (7.2)."""
        return await self._engine.importer.fetch(found.repository.key, found.item)
