"""The one form in which a JPD keeps keyed records.

Everything that must survive a restart changes through `put`, `drop` and `clear`, and records are immutable: a record is
replaced, never edited. A database can therefore stand behind this class without a change elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Table(Generic[K, V]):
    """Records by key, in the order of their first insertion."""

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

    def put(self, key: K, record: V) -> None:
        """Insert or replace."""
        self._rows[key] = record

    def drop(self, key: K) -> V | None:
        """Remove and hand back; None when there was none."""
        return self._rows.pop(key, None)

    def clear(self) -> None:
        """Remove everything."""
        self._rows.clear()
