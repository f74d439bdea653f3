"""Files and folders as the JSON of Artifactory shows them (rows A1, A6, A11)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jpd_sim.state.clock import iso
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.items import Item


def storage_uri(deployment: Deployment, key: str, path: str) -> str:
    """The address of an item's information."""
    return f"{_base(deployment)}/api/storage/{key}" + (f"/{path}" if path else "")


def created(deployment: Deployment, key: str, item: Item) -> dict[str, Any]:
    """What a deploy answers (A1)."""
    body: dict[str, Any] = {
        "repo": key,
        "path": f"/{item.path}",
        "created": iso(item.created_ms),
        "createdBy": item.created_by,
        "uri": f"{_base(deployment)}/{key}/{item.path}",
    }
    return {**body, **_file_fields(deployment, key, item)}


def info(deployment: Deployment, key: str, item: Item, children: Iterable[Item]) -> dict[str, Any]:
    """A file, or a folder with what is directly in it (A6)."""
    body: dict[str, Any] = {
        "repo": key,
        "path": f"/{item.path}",
        "created": iso(item.created_ms),
        "createdBy": item.created_by,
        "lastModified": iso(item.modified_ms),
        "modifiedBy": item.modified_by,
        "lastUpdated": iso(item.updated_ms),
        "uri": storage_uri(deployment, key, item.path),
    }
    if item.folder:
        body["children"] = [{"uri": f"/{child.name}", "folder": child.folder} for child in children]
    return {**body, **_file_fields(deployment, key, item)}


def row(root: Item, item: Item, *, timestamps: bool) -> dict[str, Any]:
    """One line of a listing (A11)."""
    body: dict[str, Any] = {
        "uri": "/" + item.path[len(root.path) :].lstrip("/"),
        "size": -1 if item.folder else item.size,
        "lastModified": iso(item.modified_ms),
        "folder": item.folder,
    }
    if item.checksums is not None:
        body.update(sha1=item.checksums.sha1, sha2=item.checksums.sha256)
    if timestamps and item.properties:
        body["mdTimestamps"] = {"properties": iso(item.properties_stamp.milliseconds)}
    return body


def _file_fields(deployment: Deployment, key: str, item: Item) -> dict[str, Any]:
    if item.checksums is None:
        return {}
    checksums = {name: getattr(item.checksums, name) for name in ("sha1", "md5", "sha256")}
    return {
        "downloadUri": f"{_base(deployment)}/{key}/{item.path}",
        "mimeType": item.mime,
        "size": str(item.size),
        "checksums": checksums,
        "originalChecksums": checksums,
    }


def _base(deployment: Deployment) -> str:
    return f"{deployment.base_url or deployment.url}/artifactory"
