"""Artifactory: item information, properties and listings, rows A6 to A9, A11 and A12 of the contract (section 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.services.replies import ProductError, empty_reply, json_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.clock import iso
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.items import Item, Stamp, check_path
from jpd_sim.state.mirrors import Event
from jpd_sim.state.repositories import Repository

_INFO = "application/vnd.org.jfrog.artifactory.storage."
_ROOT_USER = "_system_"


class Storage:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table."""
        item, root = "/api/storage/{key}/{path:path}", "/api/storage/{key}"
        return [
            Route("GET", item, self.read, Right.USER, "A6"),
            Route("GET", root, self.read, Right.USER, "A6"),
            Route("PUT", item, self.set_properties, Right.ADMIN, "A8"),
            Route("PUT", root, self.set_properties, Right.ADMIN, "A8"),
            Route("DELETE", item, self.delete_properties, Right.ADMIN, "A9"),
            Route("DELETE", root, self.delete_properties, Right.ADMIN, "A9"),
        ]

    async def read(self, call: Call) -> Response:
        """A6, A7, A11 or A12, by the query (OAS models)."""
        repository, item = self._find(call)
        query = call.request.query_params
        if "properties" in query:
            return self._properties(repository.key, item, query["properties"])
        if "list" in query:
            return self._listing(repository.key, item, query)
        if "lastModified" in query:
            return json_reply({"uri": self._uri(repository.key, item.path), "lastModified": iso(item.modified_ms)})
        return self._info(repository.key, item)

    async def set_properties(self, call: Call) -> Response:
        """A8 (CG:props.go): `properties=k=v1,v2;k2=v3`, `recursive` 1 by default; 204."""
        repository, item = self._find(call)
        given = _parse_properties(_raw_query(call, "properties"))
        if not given:
            raise ProductError(400, "The query parameter properties is missing or empty")
        for each in self._reached(repository.key, item, call):
            self._write(repository, each, {**each.properties, **given})
        return empty_reply()

    async def delete_properties(self, call: Call) -> Response:
        """A9 (CG:props.go): `properties=k1,k2`; 204."""
        repository, item = self._find(call)
        names = {unquote(name) for name in _split(_raw_query(call, "properties"), ",")}
        if not names:
            raise ProductError(400, "The query parameter properties is missing or empty")
        for each in self._reached(repository.key, item, call):
            kept = {name: values for name, values in each.properties.items() if name not in names}
            if len(kept) != len(each.properties):
                self._write(repository, each, kept)
        return empty_reply()

    def _find(self, call: Call) -> tuple[Repository, Item]:
        key, path = call.parameters["key"], check_path(call.parameters.get("path", ""))
        repository = self._deployment.repositories.get(key)
        if repository is None:
            raise ProductError(404, "Unable to find item")
        item = self._deployment.items(key).get(path) if path else _root(self._deployment.now_ms())
        if item is None:
            raise ProductError(404, "Unable to find item")
        return repository, item

    def _reached(self, key: str, item: Item, call: Call) -> list[Item]:
        """The items that a change of properties concerns; the root itself carries none here."""
        below = self._deployment.items(key).below(item.path) if item.folder and call.query("recursive") != "0" else ()
        return [*([item] if item.path else []), *below]

    def _write(self, repository: Repository, item: Item, properties: Mapping[str, tuple[str, ...]]) -> None:
        stamp = self._deployment.stamp()
        changed = replace(item, properties=properties, properties_stamp=stamp, updated_ms=stamp.milliseconds)
        self._deployment.items(repository.key).put(changed)
        self._engine.record(repository, Event("props", item.path, stamp, changed))

    def _properties(self, key: str, item: Item, wanted: str) -> Response:
        """A7: 404 when there are none (inferred)."""
        names = set(_split(wanted, ","))
        found = {name: list(values) for name, values in item.properties.items() if not names or name in names}
        if not found:
            raise ProductError(404, "No properties could be found.")
        body = {"properties": found, "uri": self._uri(key, item.path)}
        return json_reply(body, media_type=f"{_INFO}ItemProperties+json")

    def _listing(self, key: str, root: Item, query: Mapping[str, str]) -> Response:
        """A11: files below a folder; `deep`, `depth`, `listFolders`, `mdTimestamps`, `includeRootPath`."""
        if not root.folder:
            raise ProductError(400, "Expected a folder but found a file")
        deepest = _depth(query.get("depth")) if query.get("deep") == "1" else 1
        rows = [self._row(root, root, query)] if query.get("includeRootPath") == "1" else []
        for item in self._walk(key, root.path, 1, deepest):
            if not item.folder or query.get("listFolders") == "1":
                rows.append(self._row(root, item, query))
        body = {"uri": self._uri(key, root.path), "created": iso(self._deployment.now_ms()), "files": rows}
        return json_reply(body, media_type=f"{_INFO}FileList+json")

    def _walk(self, key: str, path: str, depth: int, deepest: int) -> Iterator[Item]:
        tree = self._deployment.items(key)
        for name in tree.children(path):
            item = tree.get(f"{path}/{name}" if path else name)
            if item is not None:
                yield item
                if item.folder and (deepest == 0 or depth < deepest):
                    yield from self._walk(key, item.path, depth + 1, deepest)

    def _row(self, root: Item, item: Item, query: Mapping[str, str]) -> dict[str, Any]:
        row: dict[str, Any] = {
            "uri": "/" + item.path[len(root.path) :].lstrip("/"),
            "size": item.size if not item.folder else -1,
            "lastModified": iso(item.modified_ms),
            "folder": item.folder,
        }
        if item.checksums is not None:
            row.update(sha1=item.checksums.sha1, sha2=item.checksums.sha256)
        if query.get("mdTimestamps") == "1" and item.properties:
            row["mdTimestamps"] = {"properties": iso(item.properties_stamp.milliseconds)}
        return row

    def _info(self, key: str, item: Item) -> Response:
        body: dict[str, Any] = {
            "repo": key,
            "path": f"/{item.path}",
            "created": iso(item.created_ms),
            "createdBy": item.created_by,
            "lastModified": iso(item.modified_ms),
            "modifiedBy": item.modified_by,
            "lastUpdated": iso(item.updated_ms),
            "uri": self._uri(key, item.path),
        }
        if item.checksums is None:
            tree = self._deployment.items(key)
            names = tree.children(item.path)
            children = [(name, tree.get(f"{item.path}/{name}" if item.path else name)) for name in names]
            body["children"] = [
                {"uri": f"/{name}", "folder": child is not None and child.folder} for name, child in children
            ]
            return json_reply(body, media_type=f"{_INFO}FolderInfo+json")
        checksums = {name: getattr(item.checksums, name) for name in ("sha1", "md5", "sha256")}
        base = self._deployment.base_url or self._deployment.url
        file_fields = {
            "downloadUri": f"{base}/artifactory/{key}/{item.path}",
            "mimeType": item.mime,
            "size": str(item.size),
            "checksums": checksums,
            "originalChecksums": checksums,
        }
        return json_reply({**body, **file_fields}, media_type=f"{_INFO}FileInfo+json")

    def _uri(self, key: str, path: str) -> str:
        base = self._deployment.base_url or self._deployment.url
        return f"{base}/artifactory/api/storage/{key}" + (f"/{path}" if path else "")


def _depth(raw: str | None) -> int:
    if not raw:
        return 0
    if not raw.isascii() or not raw.isdigit():
        raise ProductError(400, "depth must be a number")
    return int(raw)


def _root(now_ms: int) -> Item:
    return Item("", now_ms, _ROOT_USER, now_ms, _ROOT_USER, now_ms, Stamp(0, ""))


def _raw_query(call: Call, name: str) -> str:
    """One query parameter as it was sent: in properties, only separators that are not escaped separate (9.1)."""
    raw = call.request.scope["query_string"].decode("latin-1")
    found = re.search(rf"(?:^|&){name}=([^&]*)", raw)
    # Clients escape the separators of the whole value once; `=` in escaped form is one of these, a comma is not.
    return found.group(1).replace("+", " ").replace("%3D", "=").replace("%3B", ";").replace("%7C", "|") if found else ""


def _parse_properties(raw: str) -> dict[str, tuple[str, ...]]:
    properties = {}
    for pair in _split(raw, ";|"):
        name, equals, values = pair.partition("=")
        if not equals or not name:
            raise ProductError(400, f"Invalid property: {unquote(pair)}")
        properties[unquote(name)] = tuple(_unescape(unquote(value)) for value in _split(values, ",")) or ("",)
    return properties


def _split(text: str, separators: str) -> list[str]:
    """Split at any of the separators that no backslash (plain or as %5C) escapes."""
    parts = re.split(rf"(?<!\\)(?<!%5C)(?<!%5c)[{re.escape(separators)}]", text)
    return [part for part in parts if part]


def _unescape(text: str) -> str:
    return re.sub(r"\\([,;|=\\])", r"\1", text)
