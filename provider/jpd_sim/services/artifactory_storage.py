"""Artifactory: item information, properties and listings, rows A6 to A12 of the contract (section 8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.services import item_documents
from jpd_sim.services.property_query import (
    check_name,
    properties_to_delete,
    properties_to_set,
    properties_to_show,
)
from jpd_sim.services.reading import Found, Reading
from jpd_sim.services.replies import ProductError, empty_reply, json_reply, read_object
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.services.writing import Writing
from jpd_sim.state.clock import iso
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.items import Item, Stamp, check_path
from jpd_sim.state.repositories import Repository

_INFO = "application/vnd.org.jfrog.artifactory.storage."
_ROOT_USER = "_system_"


class Storage:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._reading = Reading(deployment, engine)
        self._writing = Writing(deployment, engine)

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
            Route("PATCH", "/api/metadata/{key}/{path:path}", self.patch_properties, Right.ADMIN, "A10"),
        ]

    async def read(self, call: Call) -> Response:
        """A6, A7, A11 or A12, by the query (OAS models)."""
        key, found = call.parameters["key"], self._find(call)
        query = call.request.query_params
        if "properties" in query:
            return self._properties(key, found.item, properties_to_show(call))
        if "list" in query:
            return self._listing(key, found.item, query)
        if "lastModified" in query:
            return self._last_modified(key, found)
        media_type = f"{_INFO}{'Folder' if found.item.folder else 'File'}Info+json"
        children = self._children(key, found.item.path) if found.item.folder else ()
        return json_reply(item_documents.info(self._deployment, key, found.item, children), media_type=media_type)

    async def set_properties(self, call: Call) -> Response:
        """A8 (CG:props.go): `properties=k=v1,v2;k2=v3`, `recursive` 1 by default; 204."""
        repository, item = self._to_change(call)
        given = properties_to_set(call)
        for each in self._reached(repository.key, item, recursive=call.query("recursive") != "0"):
            self._writing.set_properties(repository, each, {**each.properties, **given})
        return empty_reply()

    async def delete_properties(self, call: Call) -> Response:
        """A9 (CG:props.go): `properties=k1,k2`; 204."""
        repository, item = self._to_change(call)
        names = properties_to_delete(call)
        for each in self._reached(repository.key, item, recursive=call.query("recursive") != "0"):
            kept = {name: values for name, values in each.properties.items() if name not in names}
            if len(kept) != len(each.properties):
                self._writing.set_properties(repository, each, kept)
        return empty_reply()

    async def patch_properties(self, call: Call) -> Response:
        """A10 (OAS): `{"props": {"k": "v" | ["v"] | null}}`, null removes; `recursiveProperties` 1 by default; 204."""
        repository, item = self._to_change(call)
        changes = _changes((await read_object(call.request)).get("props"))
        for each in self._reached(repository.key, item, recursive=call.query("recursiveProperties") != "0"):
            merged = {**each.properties, **changes}
            kept = {name: values for name, values in merged.items() if values is not None}
            if kept != each.properties:
                self._writing.set_properties(repository, each, kept)
        return empty_reply()

    def _find(self, call: Call) -> Found:
        key, path = call.parameters["key"], check_path(call.parameters.get("path", ""))
        known = self._deployment.repositories.get(key)
        missing = "Not Found" if known is not None and known.rclass == "virtual" else "Unable to find item"
        try:
            repository = self._reading.repository(key)
        except ProductError as error:
            raise ProductError(404, missing) from error
        found = self._reading.look(key, path) if path else Found(repository, _root(self._deployment.now_ms()))
        if found is None:
            raise ProductError(404, missing)
        return found

    def _to_change(self, call: Call) -> tuple[Repository, Item]:
        found = self._find(call)
        return self._writing.source(call.parameters["key"], call.principal), found.item

    def _reached(self, key: str, item: Item, *, recursive: bool) -> list[Item]:
        """The items that a change of properties concerns; the root itself carries none here."""
        below = self._deployment.items(key).below(item.path) if item.folder and recursive else ()
        return [*([item] if item.path else []), *below]

    def _children(self, key: str, path: str) -> list[Item]:
        """What is directly in a folder; behind a virtual repository, in all folders of that path together."""
        found: dict[str, Item] = {}
        for repository in self._reading.holders(key):
            tree = self._deployment.items(repository.key)
            for name in tree.children(path):
                item = tree.get(f"{path}/{name}" if path else name)
                if item is not None:
                    found.setdefault(name, item)
        return [found[name] for name in sorted(found)]

    def _properties(self, key: str, item: Item, names: set[str]) -> Response:
        """A7: 404 when there are none (inferred)."""
        found = {name: list(values) for name, values in item.properties.items() if not names or name in names}
        if not found:
            raise ProductError(404, "No properties could be found.")
        body = {"properties": found, "uri": item_documents.storage_uri(self._deployment, key, item.path)}
        return json_reply(body, media_type=f"{_INFO}ItemProperties+json")

    def _last_modified(self, key: str, found: Found) -> Response:
        """A12: of a folder, the item in it that was modified last (JFrog, "Item Last Modified")."""
        below = self._deployment.items(found.repository.key).below(found.item.path) if found.item.folder else ()
        latest = max(below, default=found.item, key=lambda item: (item.modified_ms, not item.folder))
        uri = item_documents.storage_uri(self._deployment, key, latest.path)
        return json_reply({"uri": uri, "lastModified": iso(latest.modified_ms)})

    def _listing(self, key: str, root: Item, query: Mapping[str, str]) -> Response:
        """A11: files below a folder; `deep`, `depth`, `listFolders`, `mdTimestamps`, `includeRootPath`."""
        if not root.folder:
            raise ProductError(400, "Expected a folder but found a file")
        deepest = _depth(query.get("depth")) if query.get("deep") == "1" else 1
        timestamps, folders = query.get("mdTimestamps") == "1", query.get("listFolders") == "1"
        shown = [root] if query.get("includeRootPath") == "1" else []
        shown += [item for item in self._walk(key, root.path, 1, deepest) if folders or not item.folder]
        body = {
            "uri": item_documents.storage_uri(self._deployment, key, root.path),
            "created": iso(self._deployment.now_ms()),
            "files": [item_documents.row(root, item, timestamps=timestamps) for item in shown],
        }
        return json_reply(body, media_type=f"{_INFO}FileList+json")

    def _walk(self, key: str, path: str, depth: int, deepest: int) -> Iterator[Item]:
        for item in self._children(key, path):
            yield item
            if item.folder and (deepest == 0 or depth < deepest):
                yield from self._walk(key, item.path, depth + 1, deepest)


def _depth(raw: str | None) -> int:
    if not raw:
        return 0
    if not raw.isascii() or not raw.isdigit():
        raise ProductError(400, "depth must be a number")
    return int(raw)


def _root(now_ms: int) -> Item:
    return Item("", now_ms, _ROOT_USER, now_ms, _ROOT_USER, now_ms, Stamp(0, ""))


def _changes(props: object) -> dict[str, tuple[str, ...] | None]:
    if not isinstance(props, dict) or not props:
        raise ProductError(400, "props must be an object with at least one property")
    return {check_name(name): _values(name, value) for name, value in props.items()}


def _values(name: str, value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in values):
        raise ProductError(400, f"The property '{name}' must be a string, a list of strings or null")
    return tuple(values)
