"""Artifactory: deploying, reading and deleting files, rows A1 to A5 of the contract (section 8)."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import replace
from email.utils import formatdate
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.services.replies import ProductError, empty_reply, json_reply, read_limited
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.clock import iso
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.items import Checksums, Item, check_path
from jpd_sim.state.mirrors import Event
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
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table; it comes last, because its paths begin with any name."""
        path = "/{key:repository}/{path:path}"
        return [
            Route("PUT", path, self.deploy, Right.USER, "A1"),
            Route("GET", path, self.download, Right.USER, "A4"),
            Route("DELETE", path, self.delete, Right.USER, "A5"),
        ]

    async def deploy(self, call: Call) -> Response:
        """A1, A2, A3 (H/deploy-artifact): 201; 409 checksum mismatch; 404 unknown repository."""
        path, properties = split_matrix(call)
        repository = self._writable(call)
        if not path:
            raise ProductError(409, "A path below the repository is needed")
        announced = _announced_checksums(call.request)
        if call.request.url.path.endswith("/"):
            item = self._new_item(call, path, None, properties)
        elif call.request.headers.get("x-checksum-deploy", "").lower() == "true":
            item = self._new_item(call, path, self._by_checksum(announced), properties)
        else:
            content = await read_limited(call.request, MAX_ARTIFACT_BYTES)
            checksums = self._deployment.blobs.put(content)
            _compare(announced, checksums)
            item = self._new_item(call, path, checksums, properties)
        self._store(repository, item)
        return json_reply(self._created(repository.key, item), status=201, media_type=_CREATED)

    async def download(self, call: Call) -> Response:
        """A4 (OAS/ArtifactRetrievalApi): bytes with checksums; fetched on demand when only metadata came (7.2)."""
        path, _ = split_matrix(call)
        key = call.parameters["key"]
        item = self._find(key, path)
        if item.checksums is None:
            raise ProductError(404, f"'{path}' is a folder")
        headers = _headers(item)
        if call.request.method == "HEAD":
            return Response(headers={**headers, "content-length": str(item.size)}, media_type=item.mime)
        content = await self._engine.importer.fetch(key, item)
        if content is None:
            raise ProductError(404, f"The binary of '{path}' is not available from any member")
        return Response(content, headers=headers, media_type=item.mime)

    async def delete(self, call: Call) -> Response:
        """A5 (OAS/ArtifactManagementApi): 204; folders go with what is in them."""
        path, _ = split_matrix(call)
        repository = self._writable(call)
        self._find(repository.key, path)
        stamp = self._deployment.stamp()
        for gone in self._deployment.items(repository.key).remove(path, stamp):
            self._engine.record(repository, Event("delete", gone.path, stamp))
        return empty_reply()

    def _writable(self, call: Call) -> Repository:
        key = call.parameters["key"]
        repository = self._deployment.repositories.get(key)
        if repository is None:
            raise ProductError(404, f"Could not find repository '{key}'")
        if not call.principal.admin:
            raise ProductError(403, f"Not enough permissions to change '{key}'")
        if repository.settings.get("blackedOut"):
            raise ProductError(403, f"The repository '{key}' is blacked out")
        return repository

    def _find(self, key: str, path: str) -> Item:
        item = self._deployment.items(key).get(path)
        if item is None:
            raise ProductError(404, "File not found.")
        return item

    def _by_checksum(self, announced: Mapping[str, str]) -> Checksums:
        if not announced:
            raise ProductError(400, "Checksum deploy needs a checksum header")
        for value in announced.values():
            found = self._deployment.blobs.find(value)
            if found is not None:
                _compare(announced, found)
                return found
        raise ProductError(404, "Checksum deploy failed. No existing file with the given checksum")

    def _new_item(
        self, call: Call, path: str, checksums: Checksums | None, properties: Mapping[str, tuple[str, ...]]
    ) -> Item:
        stamp, user = self._deployment.stamp(), call.principal.name
        now = stamp.milliseconds
        content = None if checksums is None else self._deployment.blobs.get(checksums.sha256)
        return Item(
            path=path,
            created_ms=now,
            created_by=user,
            modified_ms=now,
            modified_by=user,
            updated_ms=now,
            stamp=stamp,
            checksums=checksums,
            size=len(content or b""),
            mime=mimetypes.guess_type(path)[0] or "application/octet-stream",
            properties=properties,
            properties_stamp=stamp,
        )

    def _store(self, repository: Repository, item: Item) -> None:
        tree = self._deployment.items(repository.key)
        before = tree.get(item.path)
        if before is not None:
            item = replace(item, created_ms=before.created_ms, created_by=before.created_by)
        tree.put(item)
        self._engine.record(repository, Event("create" if before is None else "update", item.path, item.stamp, item))

    def _created(self, key: str, item: Item) -> dict[str, object]:
        base = f"{self._deployment.base_url or self._deployment.url}/artifactory"
        body: dict[str, object] = {
            "repo": key,
            "path": f"/{item.path}",
            "created": iso(item.created_ms),
            "createdBy": item.created_by,
            "uri": f"{base}/{key}/{item.path}",
        }
        if item.checksums is None:
            return body
        checksums = {name: getattr(item.checksums, name) for name in ("sha1", "md5", "sha256")}
        file_fields = {
            "downloadUri": f"{base}/{key}/{item.path}",
            "mimeType": item.mime,
            "size": str(item.size),
            "checksums": checksums,
            "originalChecksums": checksums,
        }
        return {**body, **file_fields}


def split_matrix(call: Call) -> tuple[str, dict[str, tuple[str, ...]]]:
    """Path and matrix parameters (`;k=v`) of an artifact's address; only a `;` that was sent as such separates."""
    raw = bytes(call.request.scope.get("raw_path") or b"").partition(b"?")[0].decode("latin-1")
    # What follows `/artifactory/`; its first segment is the repository.
    address, *pairs = raw.lstrip("/").partition("/")[2].split(";")
    properties: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name:
            properties.setdefault(unquote(name), []).append(unquote(value))
    return check_path(unquote(address).partition("/")[2]), {name: tuple(values) for name, values in properties.items()}


def _headers(item: Item) -> dict[str, str]:
    checksums = item.checksums
    if checksums is None:
        return {}
    return {
        "X-Checksum-Md5": checksums.md5,
        "X-Checksum-Sha1": checksums.sha1,
        "X-Checksum-Sha256": checksums.sha256,
        "ETag": checksums.sha1,
        "Last-Modified": formatdate(item.modified_ms / 1000, usegmt=True),
    }


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
