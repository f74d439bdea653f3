"""What survives a restart, and how a database learns of it.

Rule 1: a `Table` or a `Kept` reports each change to its journal in the step that makes it.
Rule 2: records are immutable. What changes is either an entry of a table or an attribute of a `Kept`. Plain
        dicts, lists and sets are caches and indexes: they are not kept, `revived` makes them again.
Rule 3: places are paths: the attribute names and keys that lead from the root to the thing. A new table or attribute is
        therefore kept without a line about it elsewhere.
Without a journal, the usual case, nothing of this costs more than a comparison.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from jpd_sim.state import codec

Rows = Mapping[str, Mapping[str, object]]
"""What was kept: place -> key -> record, in the order of first insertion."""

OWN = ""
"""The key under which a `Kept` keeps its own attributes at its place."""

_PART = frozenset({"_journal", "_place"})


class Journal(Protocol):
    """Where changes go."""

    def put(self, place: str, key: str, record: object) -> None:
        """A record was inserted or replaced."""

    def drop(self, place: str, key: str) -> None:
        """A record was removed."""

    def clear(self, place: str) -> None:
        """Everything at a place and below it was removed."""

    def changed(self, kept: Kept) -> None:
        """An attribute was assigned."""


class Part:
    """Base of all that can be attached to a journal."""

    _journal: Journal | None = None
    _place: str = ""

    def attach(self, journal: Journal, place: str) -> None:
        """Report every change from now on."""
        object.__setattr__(self, "_journal", journal)
        object.__setattr__(self, "_place", place)
        for name, part in self.kept_parts():
            part.attach(journal, below(place, name))

    def detach(self) -> None:
        """Report no further changes; for what was removed while somebody still holds it."""
        object.__setattr__(self, "_journal", None)
        for _, part in self.kept_parts():
            part.detach()

    def kept_parts(self) -> list[tuple[str, Part]]:
        """The attachable things directly inside, by name."""
        raise NotImplementedError

    def report(self) -> None:
        """Report everything as it is now; for what was filled before it was attached."""
        raise NotImplementedError

    def revive(self, rows: Rows, place: str) -> None:
        """Become what was kept at a place."""
        raise NotImplementedError


class Kept(Part):
    """An object whose attributes survive a restart, together with the parts among them.

    In a table, it is made again by calling its class with the kept attributes.
    """

    def __setattr__(self, name: str, value: object) -> None:
        """Assign, and report it."""
        object.__setattr__(self, name, value)
        if self._journal is None:
            return
        self._journal.changed(self)
        if isinstance(value, Part):
            self._journal.clear(below(self._place, name))
            value.attach(self._journal, below(self._place, name))
            value.report()

    @property
    def place(self) -> str:
        """Where it is attached."""
        return self._place

    def kept_fields(self) -> dict[str, object]:
        """The attributes that are kept as records."""
        return {name: value for name, value in vars(self).items() if name not in _PART and codec.can_encode(value)}

    def kept_parts(self) -> list[tuple[str, Part]]:
        """The tables and kept objects among the attributes."""
        return [(name, value) for name, value in vars(self).items() if isinstance(value, Part)]

    def report(self) -> None:
        """Report everything."""
        if self._journal is not None:
            self._journal.changed(self)
        for _, part in self.kept_parts():
            part.report()

    def revive(self, rows: Rows, place: str) -> None:
        """Take over the kept attributes, then those of the parts."""
        own = rows.get(place, {}).get(OWN)
        for name, value in (own if isinstance(own, Mapping) else {}).items():
            object.__setattr__(self, name, value)
        for name, part in self.kept_parts():
            part.revive(rows, below(place, name))
        self.revived()

    def revived(self) -> None:
        """Called when everything is back; for indexes that are not kept themselves."""


@dataclass(frozen=True)
class Remake:
    """The record that stands for a `Kept` in a table."""

    kind: str
    """Name of its class, as in codec.py."""

    def made(self, rows: Rows, place: str) -> Part:
        """The object that was kept at a place."""
        make = codec.class_of(self.kind)
        own = rows.get(place, {}).get(OWN, {})
        wanted = inspect.signature(make).parameters
        fields = {name: value for name, value in (own if isinstance(own, Mapping) else {}).items() if name in wanted}
        part = make(**fields)
        if not isinstance(part, Kept):
            raise codec.Unreadable(f"it holds a {self.kind}, which is not kept in this version")
        part.revive(rows, place)
        return part


def below(place: str, key: str) -> str:
    """The place of what is inside another place."""
    return f"{place}/{quote(key, safe='')}"


def key_text(key: object) -> str:
    """A table's key as text: words as they are, tuples as JSON, numbers as digits."""
    return json.dumps(key) if isinstance(key, tuple) else str(key)
