"""The one form in which a JPD keeps records: by key.

Records are immutable: a record is replaced, never edited. Everything that must survive a restart is in a table or in an
attribute of a `Kept` (see kept.py), so a database can stand behind all of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Generic, TypeVar, cast

from jpd_sim.state.kept import Part, Remake, Rows, below, key_text

K = TypeVar("K")
V = TypeVar("V")


class Table(Part, Generic[K, V]):
    """Records by key, in the order of their first insertion. Keys are words, numbers or tuples of words."""

    def __init__(self) -> None:
        self._rows: dict[K, V] = {}

    def __contains__(self, key: K) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[V]:
        """The records as they are now; changing the table while iterating is allowed."""
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: K) -> V | None:
        """The record, or None."""
        return self._rows.get(key)

    def items(self) -> list[tuple[K, V]]:
        """Keys and records as they are now."""
        return list(self._rows.items())

    def put(self, key: K, record: V) -> None:
        """Insert or replace."""
        before = self._rows.get(key)
        self._rows[key] = record
        if self._journal is None:
            return
        if isinstance(before, Part) and before is not record:
            self._forget(key, before)
        if isinstance(record, Part):
            record.attach(self._journal, below(self._place, key_text(key)))
            record.report()
        self._journal.put(self._place, _typed(key), record)

    def drop(self, key: K) -> V | None:
        """Remove and hand back; None when there was none."""
        record = self._rows.pop(key, None)
        if record is not None and self._journal is not None:
            self._journal.drop(self._place, _typed(key))
            if isinstance(record, Part):
                self._forget(key, record)
        return record

    def clear(self) -> None:
        """Remove everything."""
        for record in self._rows.values():
            if isinstance(record, Part):
                record.detach()
        self._rows.clear()
        if self._journal is not None:
            self._journal.clear(self._place)

    def kept_parts(self) -> list[tuple[str, Part]]:
        """The records that can be attached themselves."""
        return [(key_text(key), record) for key, record in self._rows.items() if isinstance(record, Part)]

    def report(self) -> None:
        """Report every record."""
        for key, record in self._rows.items():
            if self._journal is not None:
                self._journal.put(self._place, _typed(key), record)
            if isinstance(record, Part):
                record.report()

    def revive(self, rows: Rows, place: str) -> None:
        """Hold what was kept, and nothing else."""
        self._rows.clear()
        for text, record in rows.get(place, {}).items():
            key = _untyped(text)
            made = record.made(rows, below(place, key_text(key))) if isinstance(record, Remake) else record
            self._rows[cast("K", key)] = cast("V", made)

    def _forget(self, key: K, record: Part) -> None:
        record.detach()
        if self._journal is not None:
            self._journal.clear(below(self._place, key_text(key)))


def _typed(key: object) -> str:
    """A key as JSON, so that it comes back as the same type."""
    return json.dumps(key)


def _untyped(text: str) -> object:
    key = json.loads(text)
    return tuple(key) if isinstance(key, list) else key
