"""Remote repositories: files of another server, fetched when somebody asks for them and kept in a cache.

Rule 1: a cached file is served without asking again, unless it is metadata older than `retrievalCachePeriodSecs`.
Rule 2: what the server did not have is not asked for again during `missedRetrievalCachePeriodSecs`.
Rule 3: a server that did not answer is left alone during `assumedOfflinePeriodSecs`; what is cached is served on.
Times are those of the JPD's own clock. (JFrog, "Cache Settings for Remote Repositories".)
"""

from __future__ import annotations

import mimetypes
import re
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import httpx

from jpd_sim.federation.engine import Engine
from jpd_sim.federation.peers import PeerError
from jpd_sim.services.replies import ProductError
from jpd_sim.state import patterns
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.items import Item
from jpd_sim.state.repositories import Repository

_METADATA = re.compile(
    r"(^|/)(maven-metadata\.xml|index\.(yaml|json)|Packages(\.\w+)?|Release(\.gpg)?|InRelease|repomd\.xml|PACKAGES)$"
    r"|(^|/)\.(npm|pypi|conda)/|-SNAPSHOT\."
)
"""Files that change where they are; all others are taken to be what they were (the pages name examples only)."""


ORIGINS = "X-Artifactory-Origin"
"""Header with the service ids of the JPDs that a request for a file has come through. Ours: without it, remote
repositories that point at each other would ask in a circle until every connection is used up."""


class Remotes:
    """The remote repositories of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    async def find(self, repository: Repository, path: str, origins: str) -> Item | None:
        """The file, from the cache or from the server; None when neither has it."""
        cached = self._deployment.items(repository.key).get(path)
        if cached is not None and not (_METADATA.search(path) and self._is_old(repository, cached)):
            return cached
        if self._deployment.identity.artifactory_id in origins.split() or not self._may_ask(repository, path):
            return cached
        try:
            response = await self._ask(repository, path, origins)
        except PeerError as error:
            self._leave_alone(repository, "", "assumedOfflinePeriodSecs")
            return self._failed(repository, cached, str(error))
        if response.status_code == 404:
            self._leave_alone(repository, path, "missedRetrievalCachePeriodSecs")
            return cached
        if response.status_code != 200:
            return self._failed(repository, cached, f"{response.url} answered {response.status_code}")
        return self._keep(repository, path, response)

    def _is_old(self, repository: Repository, cached: Item) -> bool:
        age_ms = self._deployment.now_ms() - cached.updated_ms
        return age_ms >= int(repository.settings["retrievalCachePeriodSecs"]) * 1000

    def _may_ask(self, repository: Repository, path: str) -> bool:
        now = self._deployment.now_ms()
        return not (
            repository.settings["offline"]
            or any(now < (self._deployment.left_alone.get((repository.key, each)) or 0) for each in ("", path))
            or not patterns.accepts(repository.settings, path)
        )

    async def _ask(self, repository: Repository, path: str, origins: str) -> httpx.Response:
        settings = repository.settings
        user = settings["username"]
        return await self._engine.peers.fetch(
            f"{settings['url'].rstrip('/')}/{quote(path)}",
            credentials=(user, settings.get("password", "")) if user else None,
            timeout_seconds=settings["socketTimeoutMillis"] / 1000,
            headers={ORIGINS: f"{origins} {self._deployment.identity.artifactory_id}".strip()},
        )

    def _failed(self, repository: Repository, cached: Item | None, reason: str) -> Item | None:
        if cached is None and repository.settings["hardFail"]:
            raise ProductError(503, f"The remote repository '{repository.key}' failed: {reason}")
        return cached

    def _keep(self, repository: Repository, path: str, response: httpx.Response) -> Item:
        checksums = self._deployment.blobs.put(response.content)
        stamp = self._deployment.stamp()
        item = Item(
            path=path,
            created_ms=stamp.milliseconds,
            created_by="_system_",
            modified_ms=_modified(response) or stamp.milliseconds,
            modified_by="_system_",
            updated_ms=stamp.milliseconds,
            stamp=stamp,
            checksums=checksums,
            size=len(response.content),
            mime=mimetypes.guess_type(path)[0] or "application/octet-stream",
        )
        if repository.settings["storeArtifactsLocally"]:
            self._deployment.items(repository.key).put(item)
        return item

    def _leave_alone(self, repository: Repository, path: str, setting: str) -> None:
        until = self._deployment.now_ms() + int(repository.settings[setting]) * 1000
        self._deployment.left_alone.put((repository.key, path), until)


def _modified(response: httpx.Response) -> int | None:
    try:
        return int(parsedate_to_datetime(response.headers.get("last-modified", "")).timestamp() * 1000)
    except ValueError:
        return None
