"""What every call that changes files has in common: who may, what a change looks like, and who else hears of it."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import replace

from jpd_sim.federation.engine import Engine
from jpd_sim.services.authentication import Principal
from jpd_sim.services.replies import ProductError
from jpd_sim.state import patterns
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.items import Checksums, Item
from jpd_sim.state.mirrors import Event
from jpd_sim.state.repositories import Repository

_CACHE = "-cache"


class Writing:
    """Changes to the files of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def target(self, key: str, caller: Principal) -> Repository:
        """The repository that a deploy into a key goes to: 404 unknown, 405 remote or virtual, 403 no right.

        A virtual repository passes a deploy on to its default deployment repository.
        """
        repository = self._deployment.repositories.get(key)
        if repository is not None and repository.rclass == "virtual":
            repository = self._deployment.repositories.get(repository.settings["defaultDeploymentRepo"])
            if repository is None:
                raise ProductError(405, f"Virtual repository '{key}' has no default deployment repository")
        return self._checked(key, repository, caller)

    def source(self, key: str, caller: Principal) -> Repository:
        """The repository that a delete or a change of properties goes to; also the cache of a remote one."""
        cached = self._deployment.repositories.get(key.removesuffix(_CACHE)) if key.endswith(_CACHE) else None
        if cached is not None and cached.rclass == "remote" and caller.admin:
            return cached
        return self._checked(key, self._deployment.repositories.get(key), caller)

    def new_item(
        self, path: str, checksums: Checksums | None, size: int, properties: Mapping[str, tuple[str, ...]], user: str
    ) -> Item:
        """A file, or without checksums a folder, that is written here and now."""
        stamp = self._deployment.stamp()
        now = stamp.milliseconds
        return Item(
            path=path,
            created_ms=now,
            created_by=user,
            modified_ms=now,
            modified_by=user,
            updated_ms=now,
            stamp=stamp,
            checksums=checksums,
            size=size,
            mime=mimetypes.guess_type(path)[0] or "application/octet-stream",
            properties=properties,
            properties_stamp=stamp,
        )

    def store(self, repository: Repository, item: Item) -> Item:
        """Write an item; the members of a federation hear of it. 403 outside of the repository's patterns."""
        if not item.folder and not patterns.accepts(repository.settings, item.path):
            raise ProductError(
                403,
                f"The repository '{repository.key}' rejected the deployment of an artifact "
                f"'{repository.key}:{item.path}' due to its includes/excludes patterns",
            )
        tree = self._deployment.items(repository.key)
        before = tree.get(item.path)
        if before is not None:
            item = replace(item, created_ms=before.created_ms, created_by=before.created_by)
        tree.put(item)
        self._engine.record(repository, Event("create" if before is None else "update", item.path, item.stamp, item))
        return item

    def remove(self, repository: Repository, path: str) -> list[Item]:
        """Delete an item with all that is under it."""
        stamp = self._deployment.stamp()
        gone = self._deployment.items(repository.key).remove(path, stamp)
        for item in gone:
            self._engine.record(repository, Event("delete", item.path, stamp))
        return gone

    def set_properties(self, repository: Repository, item: Item, properties: Mapping[str, tuple[str, ...]]) -> None:
        """Replace the properties of an item."""
        stamp = self._deployment.stamp()
        changed = replace(item, properties=properties, properties_stamp=stamp, updated_ms=stamp.milliseconds)
        self._deployment.items(repository.key).put(changed)
        self._engine.record(repository, Event("props", item.path, stamp, changed))

    def _checked(self, key: str, repository: Repository | None, caller: Principal) -> Repository:
        if repository is None:
            raise ProductError(404, f"Could not find repository '{key}'")
        if repository.rclass in {"remote", "virtual"}:
            raise ProductError(405, f"'{key}' is a {repository.rclass} repository, nothing can be written to it")
        if not caller.admin:
            raise ProductError(403, f"Not enough permissions to change '{key}'")
        if repository.settings.get("blackedOut"):
            raise ProductError(403, f"The repository '{key}' is blacked out")
        return repository
