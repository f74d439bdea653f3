"""What one repository tells one remote member: events, and how far the member has come in taking them.

Rule 1: a mirror's position moves only after the remote accepted the events up to it.
Rule 2: events keep their order; the remote decides by their stamps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from jpd_sim.state.items import Checksums, Item, Stamp

Kind = Literal["create", "update", "delete", "props"]


@dataclass(frozen=True)
class Event:
    """One change of one item, in the words of the JPD where it happened."""

    kind: Kind
    path: str
    stamp: Stamp
    item: Item | None = None
    """The whole item after the change; None for a deletion."""
    only_if_missing: bool = False
    """Part of a full sync: copy what is missing, change nothing that is there."""
    keep_created: bool = False
    """Part of a full sync that propagates creation times (F8)."""
    recorded_ms: int = 0
    """When it entered the log, by the clock of the JPD that keeps the log."""

    def wire(self) -> dict[str, Any]:
        """The event as it travels between JPDs."""
        body: dict[str, Any] = {"kind": self.kind, "path": self.path, "stamp": list(self.stamp)}
        if self.only_if_missing:
            body["onlyIfMissing"] = True
        if self.keep_created:
            body["keepCreated"] = True
        if self.item is not None:
            body["item"] = _item_to_wire(self.item)
        return body


@dataclass(frozen=True)
class Mirror:
    """The way from one local repository to one remote member."""

    local_key: str
    remote_url: str
    position: int = 0
    """Number of the last event that the remote took."""
    unsynchronised: bool = False
    """Out of step in a way that only a full sync repairs: content from before it was added, or purged events."""
    full_sync: bool = False
    """A full sync is wanted or running."""
    exhausted: bool = False
    """Too many tries in a row failed; nothing is sent until a recovery, auto-healing or a full sync."""
    errors: int = 0
    """Tries that failed and events that the remote refused, since the mirror exists."""


def event_from_wire(body: dict[str, Any]) -> Event:
    """The event that another JPD sent."""
    item = body.get("item")
    return Event(
        kind=body["kind"],
        path=body["path"],
        stamp=Stamp(*body["stamp"]),
        item=None if item is None else _item_from_wire(item),
        only_if_missing=bool(body.get("onlyIfMissing")),
        keep_created=bool(body.get("keepCreated")),
    )


def _item_to_wire(item: Item) -> dict[str, Any]:
    checksums = item.checksums
    return {
        "path": item.path,
        "created": item.created_ms,
        "createdBy": item.created_by,
        "modified": item.modified_ms,
        "modifiedBy": item.modified_by,
        "stamp": list(item.stamp),
        "checksums": None if checksums is None else [checksums.md5, checksums.sha1, checksums.sha256],
        "size": item.size,
        "mime": item.mime,
        "properties": {name: list(values) for name, values in item.properties.items()},
        "propertiesStamp": list(item.properties_stamp),
    }


def _item_from_wire(body: dict[str, Any]) -> Item:
    checksums = body["checksums"]
    return Item(
        path=body["path"],
        created_ms=body["created"],
        created_by=body["createdBy"],
        modified_ms=body["modified"],
        modified_by=body["modifiedBy"],
        updated_ms=body["modified"],
        stamp=Stamp(*body["stamp"]),
        checksums=None if checksums is None else Checksums(*checksums),
        size=body["size"],
        mime=body["mime"],
        properties={name: tuple(values) for name, values in body["properties"].items()},
        properties_stamp=Stamp(*body["propertiesStamp"]),
    )
