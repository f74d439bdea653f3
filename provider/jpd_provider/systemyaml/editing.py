"""Read, merge, write: one change of one node's file.

Two resources may manage two subtrees of one file, and Pulumi runs them beside each other. Inside this process they wait
for each other; against others the channel compares fingerprints.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Mapping

from .channels.contract import ChangedMeanwhile, Channel, FileMissing
from .document import Document, RefusedFile, parse
from .merge import Path, Value, merge

__all__ = ["Edit", "edit", "load", "remove"]

ATTEMPTS = 3
"""How often a change is prepared anew when another process was faster. Ours; the merge makes that safe."""

_locks: dict[str, threading.Lock] = {}
_guard = threading.Lock()


@dataclasses.dataclass(frozen=True)
class Edit:
    """A file before and after a change. `written` is false when it already said what was wanted."""

    before: Document
    after: Document
    written: bool


def load(channel: Channel) -> Document:
    """The file as it is.

    Raises:
        FileMissing: There is none.
        RefusedFile: It cannot be understood.
        Unreachable: The node does not answer.
    """
    return _parsed(channel, channel.read().text)


def edit(channel: Channel, change: Callable[[Document], Mapping[Path, Value]]) -> Edit:
    """Make the file say what `change` asks for, and leave the rest of it alone.

    Raises:
        ChangedMeanwhile: Others were faster, again and again.
        RefusedFile: The file cannot be changed safely; it is as it was.
    """
    with _lock(channel.address):
        for _ in range(ATTEMPTS - 1):
            try:
                return _edit_once(channel, change)
            except ChangedMeanwhile:
                continue
        return _edit_once(channel, change)


def remove(channel: Channel, change: Callable[[Document], Mapping[Path, Value]]) -> bool:
    """Take keys out of the file, and say whether there were any. A file that is gone has none."""
    try:
        return edit(channel, change).written
    except FileMissing:
        return False


def _edit_once(channel: Channel, change: Callable[[Document], Mapping[Path, Value]]) -> Edit:
    found = channel.read()
    before = _parsed(channel, found.text)
    try:
        text = merge(found.text, change(before))
    except RefusedFile as error:
        raise _located(channel, error) from None
    if text == found.text:
        return Edit(before, before, written=False)
    after = parse(text)
    channel.write(text, expecting=found.fingerprint)
    return Edit(before, after, written=True)


def _parsed(channel: Channel, text: str) -> Document:
    try:
        return parse(text)
    except RefusedFile as error:
        raise _located(channel, error) from None


def _located(channel: Channel, error: RefusedFile) -> RefusedFile:
    return RefusedFile(f"{channel.describe()}, {error.message.rstrip('.')}", hint=error.hint)


def _lock(address: str) -> threading.Lock:
    with _guard:
        return _locks.setdefault(address, threading.Lock())
