"""Snapshots: everything that the JPDs know at one moment, under a name, in memory. Records are shared, not copied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from jpd_sim.state import codec
from jpd_sim.state.kept import OWN, Journal, Kept, Part, Remake, Rows


class _Recording:
    """A journal that only listens."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, object]] = defaultdict(dict)

    def put(self, place: str, key: str, record: object) -> None:
        self.rows[place][key] = Remake(codec.name_of(type(record))) if isinstance(record, Part) else record

    def drop(self, place: str, key: str) -> None:
        self.rows[place].pop(key, None)

    def clear(self, place: str) -> None:
        self.rows.pop(place, None)

    def changed(self, kept: Kept) -> None:
        self.rows[kept.place][OWN] = kept.kept_fields()


def record(parts: Iterable[tuple[str, Part]], journal: Journal | None) -> Rows:
    """What the parts hold now; afterwards they report to the journal again that they had before."""
    recording = _Recording()
    for place, part in parts:
        part.attach(recording, place)
        part.report()
        if journal is None:
            part.detach()
        else:
            part.attach(journal, place)
    return recording.rows
