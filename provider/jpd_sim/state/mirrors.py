"""What one repository still has to tell one remote member.

Rule 1: events leave a queue only after the remote accepted them.
Rule 2: a queue keeps the order of its events; the remote decides by their stamps.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
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
    only_if_missing: bool = False
    """Part of a full sync: copy what is missing, change nothing that is there."""

    def wire(self) -> dict[str, Any]:
        """The event as it travels between JPDs."""
        body: dict[str, Any] = {"kind": self.kind, "path": self.path, "stamp": list(self.stamp)}
        if self.only_if_missing:
            body["onlyIfMissing"] = True
        if self.item is not None:
            body["item"] = _item_to_wire(self.item)
        return body


@dataclass
class Mirror:
    """The queue from one local repository to one remote member."""

    local_key: str
    remote_url: str
    unsynchronised: bool
    queue: deque[Event] = field(default_factory=deque)
    full_sync_running: bool = False
    reachable: bool = True
    errors: int = 0
    last_error: str = ""
    oldest_ms: int = 0
    wakeup: asyncio.Event = field(default_factory=asyncio.Event)

    def append(self, event: Event, now_ms: int) -> None:
        """Queue an event and wake the worker."""
        if not self.queue:
            self.oldest_ms = now_ms
        self.queue.append(event)
        self.wakeup.set()

    def delivered(self, count: int, now_ms: int) -> None:
        """The remote took the first events."""
        for _ in range(count):
            self.queue.popleft()
        self.reachable, self.last_error, self.oldest_ms = True, "", now_ms

    def failed(self, reason: str, *, reachable: bool) -> None:
        """A delivery did not arrive; everything stays in the queue."""
        self.errors += 1
        self.last_error, self.reachable = reason, reachable

    def counts(self) -> Counter[str]:
        """Queued events by kind."""
        return Counter(event.kind for event in self.queue)

    def lag_ms(self, now_ms: int) -> int:
        """How long the oldest queued event has been waiting."""
        return max(0, now_ms - self.oldest_ms) if self.queue else 0


def event_from_wire(body: dict[str, Any]) -> Event:
    """The event that another JPD sent."""
    item = body.get("item")
    return Event(
        kind=body["kind"],
        path=body["path"],
        stamp=Stamp(*body["stamp"]),
        item=None if item is None else _item_from_wire(item),
        only_if_missing=bool(body.get("onlyIfMissing")),
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
