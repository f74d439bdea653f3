"""The rows that a query is about: every file and folder of the repositories, and each repository's root."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from jpd_sim.state.clock import iso
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.items import Item, Stamp

_ROOT = Item("", 0, "", 0, "", 0, Stamp(0, ""))


@dataclass(frozen=True)
class Row:
    """An item in a repository, under the name by which a query knows the repository."""

    repo: str
    item: Item

    @property
    def type(self) -> str:
        """`file` or `folder`."""
        return "folder" if self.item.folder else "file"

    @property
    def properties(self) -> list[tuple[str, str]]:
        """The properties, one pair a value."""
        return [(name, value) for name, values in self.item.properties.items() for value in values or ("",)]


FIELDS: Mapping[str, Callable[[Row], str]] = {
    "repo": lambda row: row.repo,
    "path": lambda row: row.item.path.rpartition("/")[0] or ".",
    "name": lambda row: row.item.name or ".",
    "type": lambda row: row.type,
    "size": lambda row: str(row.item.size),
    "depth": lambda row: str(row.item.path.count("/") + 1 if row.item.path else 0),
    "created": lambda row: iso(row.item.created_ms),
    "created_by": lambda row: row.item.created_by,
    "modified": lambda row: iso(row.item.modified_ms),
    "modified_by": lambda row: row.item.modified_by,
    "updated": lambda row: iso(row.item.updated_ms),
    "original_md5": lambda row: row.item.checksums.md5 if row.item.checksums else "",
    "actual_md5": lambda row: row.item.checksums.md5 if row.item.checksums else "",
    "original_sha1": lambda row: row.item.checksums.sha1 if row.item.checksums else "",
    "actual_sha1": lambda row: row.item.checksums.sha1 if row.item.checksums else "",
    "sha256": lambda row: row.item.checksums.sha256 if row.item.checksums else "",
}
"""The fields of an item, as text."""

DEFAULT_FIELDS = (
    "repo",
    "path",
    "name",
    "type",
    "size",
    "created",
    "created_by",
    "modified",
    "modified_by",
    "updated",
)
"""What a result shows when `include` names no field of the item."""

NUMBERS = frozenset({"size", "depth"})
TIMES: Mapping[str, Callable[[Row], int]] = {
    "created": lambda row: row.item.created_ms,
    "modified": lambda row: row.item.modified_ms,
    "updated": lambda row: row.item.updated_ms,
}


def rows(deployment: Deployment) -> Iterator[Row]:
    """Everything that is stored here; what a remote repository has cached is under `<key>-cache`."""
    for repository in deployment.repositories:
        if repository.rclass == "virtual":
            continue
        name = f"{repository.key}-cache" if repository.rclass == "remote" else repository.key
        yield Row(name, _ROOT)
        for item in deployment.items(repository.key).below(""):
            yield Row(name, item)
