"""Files and folders of repositories, their properties, and the memory of what was deleted.

Rule 1: a write carries a stamp, the writing JPD's own time and id. Of two writes to a path the later wins, everywhere.
Rule 2: a deletion leaves a stamp behind too, so that an older write that arrives late does not bring the file back.
Rule 3: the folders above an item exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from jpd_sim.state.errors import Refused
from jpd_sim.state.kept import Kept
from jpd_sim.state.table import Table

_MAX_PATH = 4096
_MAX_SEGMENTS = 256
"""Our choice: trees are walked recursively, and no layout of artifacts comes near."""


class Stamp(NamedTuple):
    """When, by the clock of the JPD that wrote, and which JPD that was."""

    milliseconds: int
    writer: str


NEVER = Stamp(0, "")
"""Earlier than every write."""


@dataclass(frozen=True)
class Checksums:
    """The three checksums of a content."""

    md5: str
    sha1: str
    sha256: str


@dataclass(frozen=True)
class Properties:
    """Properties that outlived their file, and when they were set."""

    values: Mapping[str, tuple[str, ...]]
    stamp: Stamp


@dataclass(frozen=True)
class Item:
    """A file, or (without checksums) a folder."""

    path: str
    created_ms: int
    created_by: str
    modified_ms: int
    modified_by: str
    updated_ms: int
    stamp: Stamp
    checksums: Checksums | None = None
    size: int = 0
    mime: str = ""
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    properties_stamp: Stamp = NEVER
    source: str = ""
    """Member URL that announced the file and has its content; empty when it was written here."""

    @property
    def folder(self) -> bool:
        """Whether it is a folder."""
        return self.checksums is None

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.rpartition("/")[2]


class ItemTree(Kept):
    """The items of one repository by path; the root is the empty path and always there."""

    def __init__(self) -> None:
        self._items: Table[str, Item] = Table()
        self._children: dict[str, set[str]] = {"": set()}
        self._deleted: Table[str, Stamp] = Table()
        self._orphans: Table[str, Properties] = Table()

    def __len__(self) -> int:
        return len(self._items)

    def get(self, path: str) -> Item | None:
        """The item at a path."""
        return self._items.get(path)

    def children(self, path: str) -> list[str]:
        """Names directly below a folder, sorted."""
        return sorted(self._children.get(path, ()))

    def below(self, path: str) -> Iterator[Item]:
        """Everything under a folder, parents first."""
        for name in self.children(path):
            child = f"{path}/{name}" if path else name
            item = self._items.get(child)
            if item is None:
                continue  # removed since the names were listed
            yield item
            if item.folder:
                yield from self.below(child)

    def files(self) -> Iterator[Item]:
        """Every file."""
        return (item for item in self._items if not item.folder)

    def put(self, item: Item) -> None:
        """Insert or replace, with the folders above."""
        current = self._items.get(item.path)
        if current is not None and current.folder != item.folder:
            raise Refused(f"'{item.path}' is already there as a {'folder' if current.folder else 'file'}")
        self._ensure_parents(item)
        self._items.put(item.path, item)
        self._deleted.drop(item.path)
        self._orphans.drop(item.path)
        if item.folder:
            self._children.setdefault(item.path, set())

    def remove(self, path: str, stamp: Stamp) -> list[Item]:
        """Delete an item and all that is under it; answers what went, children first."""
        item = self._items.get(path)
        if item is None and path:
            return []
        gone = [*reversed(list(self.below(path))), *([item] if item else [])]
        for each in gone:
            self._forget(each.path, stamp)
        return gone

    def remove_one(self, path: str, stamp: Stamp) -> None:
        """Delete one item unless, being a folder, it still holds something."""
        if not self._children.get(path):
            self._forget(path, stamp)

    def deleted_at(self, path: str) -> Stamp | None:
        """The stamp of the deletion of a path that is not there any more."""
        return self._deleted.get(path)

    def orphan(self, path: str) -> Properties | None:
        """Properties that were set later than the file at a path was deleted; a file put there after that has them."""
        return self._orphans.get(path)

    def keep_orphan(self, path: str, properties: Properties) -> None:
        """Remember properties of a file that is deleted, if they are the latest."""
        known = self._orphans.get(path)
        if known is None or known.stamp <= properties.stamp:
            self._orphans.put(path, properties)

    def revived(self) -> None:
        """Find the children of each folder again."""
        self._children = {"": set()}
        for item in self._items:
            if item.folder:
                self._children.setdefault(item.path, set())
        for item in self._items:
            parent, _, name = item.path.rpartition("/")
            self._children[parent].add(name)

    def _forget(self, path: str, stamp: Stamp) -> None:
        self._deleted.put(path, stamp)
        gone = self._items.drop(path)
        if gone is not None:
            if gone.properties_stamp > stamp:
                self.keep_orphan(path, Properties(gone.properties, gone.properties_stamp))
            parent, _, name = path.rpartition("/")
            self._children[parent].discard(name)
            self._children.pop(path, None)

    def _ensure_parents(self, item: Item) -> None:
        parent, _, name = item.path.rpartition("/")
        above = self._items.get(parent)
        if parent and above is None:
            self.put(
                Item(
                    path=parent,
                    created_ms=item.updated_ms,
                    created_by=item.created_by,
                    modified_ms=item.updated_ms,
                    modified_by=item.modified_by,
                    updated_ms=item.updated_ms,
                    stamp=item.stamp,
                )
            )
        elif above is not None and not above.folder:
            raise Refused(f"'{parent}' is a file, nothing can be put under it")
        self._children[parent].add(name)


def check_path(path: str) -> str:
    """The path without slashes around it; refuses what could name something outside of a repository."""
    trimmed = path.strip("/")
    segments = trimmed.split("/") if trimmed else []
    if any(segment in {"", ".", ".."} for segment in segments) or any(ord(char) < 32 for char in trimmed):
        raise Refused(f"Invalid path: {trimmed!r}")
    if len(segments) > _MAX_SEGMENTS:
        raise Refused(f"A path has at most {_MAX_SEGMENTS} segments")
    if len(trimmed) > _MAX_PATH:
        raise Refused(f"A path has at most {_MAX_PATH} characters")
    return trimmed
