"""Artifactory: deploying, reading and deleting files, rows A1 to A5 of the contract (section 8)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.services import archives, downloads
from jpd_sim.services.addresses import Properties, split_matrix
from jpd_sim.services.item_documents import created
from jpd_sim.services.reading import Reading
from jpd_sim.services.remotes import ORIGINS
from jpd_sim.services.replies import ProductError, empty_reply, json_reply, read_limited, text_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.services.writing import Writing
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.items import Checksums
from jpd_sim.state.repositories import Repository

MAX_ARTIFACT_BYTES = 512 * 1024 * 1024
"""Our choice: contents are held in memory."""

_CREATED = "application/vnd.org.jfrog.artifactory.storage.ItemCreated+json"
_CHECKSUM_HEADERS = {"md5": "x-checksum-md5", "sha1": "x-checksum-sha1", "sha256": "x-checksum-sha256"}
_KIND_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256"}


class Artifacts:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._reading = Reading(deployment, engine)
        self._writing = Writing(deployment, engine)

    def routes(self) -> list[Route]:
        """The table; it comes last, because its paths begin with any name."""
        path = "/{key:repository}/{path:path}"
        return [
            Route("PUT", path, self.deploy, Right.USER, "A1"),
            Route("GET", path, self.download, Right.USER, "A4"),
            Route("DELETE", path, self.delete, Right.USER, "A5"),
        ]

    async def deploy(self, call: Call) -> Response:
        """A1, A2, A3 (H/deploy-artifact): 201; 409 checksum mismatch; 404 unknown repository; 405 virtual."""
        path, properties = split_matrix(call)
        repository = self._writing.target(call.parameters["key"], call.principal)
        if not path:
            raise ProductError(409, "A path below the repository is needed")
        announced = _announced_checksums(call.request)
        checksums: Checksums | None = None
        if _is_set(call.request, "x-checksum-deploy"):
            checksums = self._by_checksum(announced)
        elif not call.request.url.path.endswith("/"):
            content = await read_limited(call.request, MAX_ARTIFACT_BYTES)
            if _is_set(call.request, "x-explode-archive"):
                return await self._explode(call, repository, path, content, properties)
            checksums = self._deployment.blobs.put(content)
            _compare(announced, checksums)
        size = 0 if checksums is None else len(self._deployment.blobs.get(checksums.sha256) or b"")
        item = self._writing.new_item(path, checksums, size, properties, call.principal.name)
        item = self._writing.store(repository, item)
        return json_reply(created(self._deployment, repository.key, item), status=201, media_type=_CREATED)

    async def download(self, call: Call) -> Response:
        """A4 (OAS/ArtifactRetrievalApi): bytes with checksums; fetched on demand when only metadata came (7.2).

        A remote repository fetches from its server, a virtual one asks those behind it in their order.
        """
        path, _ = split_matrix(call)
        found = await self._reading.find(call.parameters["key"], path, call.request.headers.get(ORIGINS, ""))
        if found is None:
            raise ProductError(404, "File not found.")
        if found.item.folder:
            raise ProductError(404, f"'{path}' is a folder")
        if downloads.is_unchanged(call.request, found.item):
            return downloads.unchanged(found.item)
        if call.request.method == "HEAD":
            return downloads.head(found.item)
        content = await self._reading.content(found)
        if content is None:
            raise ProductError(404, f"The binary of '{path}' is not available from any member")
        return downloads.whole_or_part(call.request, found.item, content)

    async def delete(self, call: Call) -> Response:
        """A5 (OAS/ArtifactManagementApi): 204; folders go with what is in them; 405 on a virtual or remote one."""
        path, _ = split_matrix(call)
        repository = self._writing.source(call.parameters["key"], call.principal)
        if path and self._deployment.items(repository.key).get(path) is None:
            raise ProductError(404, "File not found.")
        self._writing.remove(repository, path)
        return empty_reply()

    async def _explode(
        self, call: Call, repository: Repository, path: str, content: bytes, properties: Properties
    ) -> Response:
        """9.1: the archive's files come to be where the archive would be; 200."""
        folder = path.rpartition("/")[0]
        # In a thread, because unpacking a large archive would keep everybody else waiting.
        entries = await asyncio.to_thread(archives.files_in, path, content)
        for inner, data in entries:
            checksums = self._deployment.blobs.put(data)
            place = f"{folder}/{inner}" if folder else inner
            item = self._writing.new_item(place, checksums, len(data), properties, call.principal.name)
            self._writing.store(repository, item)
        return text_reply(f"{len(entries)} files of {path} were deployed")

    def _by_checksum(self, announced: Mapping[str, str]) -> Checksums:
        if not announced:
            raise ProductError(400, "Checksum deploy needs a checksum header")
        for value in announced.values():
            found = self._deployment.blobs.find(value)
            if found is not None:
                _compare(announced, found)
                return found
        raise ProductError(404, "Checksum deploy failed. No existing file with the given checksum")


def _is_set(request: Request, header: str) -> bool:
    return request.headers.get(header, "").lower() == "true"


def _announced_checksums(request: Request) -> dict[str, str]:
    announced = {
        kind: value.lower() for kind, name in _CHECKSUM_HEADERS.items() if (value := request.headers.get(name))
    }
    plain = request.headers.get("x-checksum", "").lower()
    if plain:
        kind = _KIND_BY_LENGTH.get(len(plain))
        if kind is None:
            raise ProductError(400, "X-Checksum must have 32, 40 or 64 characters")
        announced[kind] = plain
    return announced


def _compare(announced: Mapping[str, str], actual: Checksums) -> None:
    for kind, value in announced.items():
        if getattr(actual, kind) != value:
            raise ProductError(
                409, f"Checksum error: the {kind} that was sent is {value}, the content has {getattr(actual, kind)}"
            )
