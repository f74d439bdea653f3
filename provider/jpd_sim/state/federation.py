"""What one JPD keeps for its federations: mirrors, the event log, binary tasks, priorities.

Rule 1: everything here is in tables of immutable records, so that it survives a restart.
Rule 2: a mirror exists exactly as long as its member is in the list of its repository.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from jpd_sim.state.binary_tasks import BinaryTask
from jpd_sim.state.event_log import EventLog
from jpd_sim.state.kept import Kept
from jpd_sim.state.mirrors import Event, Mirror
from jpd_sim.state.table import Table


class FederationState(Kept):
    """The records of one JPD."""

    def __init__(self) -> None:
        self.log = EventLog()
        self.binary_tasks: Table[tuple[str, str], BinaryTask] = Table()
        self.prioritised: Table[str, str] = Table()
        """Keys of the repositories with priority HIGH (F11)."""
        self.switches: Table[str, bool] = Table()
        """`propagateCreatedTime` (F8)."""
        self._mirrors: Table[str, tuple[Mirror, ...]] = Table()

    def clear(self) -> None:
        """Forget everything."""
        self.log.clear()
        for table in (self.binary_tasks, self.prioritised, self.switches, self._mirrors):
            table.clear()

    def mirrors(self) -> Iterator[Mirror]:
        """Every mirror of the JPD."""
        return (mirror for group in self._mirrors for mirror in group)

    def mirrors_of(self, key: str) -> tuple[Mirror, ...]:
        """The mirrors of one repository."""
        return self._mirrors.get(key) or ()

    def mirror(self, key: str, url: str) -> Mirror | None:
        """The mirror of a repository to one member."""
        return next((mirror for mirror in self.mirrors_of(key) if mirror.remote_url == url), None)

    def put(self, mirror: Mirror) -> None:
        """Replace a mirror; one whose member has been removed meanwhile stays removed."""
        group = self.mirrors_of(mirror.local_key)
        self._store(mirror.local_key, [mirror if each.remote_url == mirror.remote_url else each for each in group])

    def rename(self, key: str, old_url: str, new_url: str) -> None:
        """Let a mirror go on under the member's new URL."""
        group = [replace(m, remote_url=new_url) if m.remote_url == old_url else m for m in self.mirrors_of(key)]
        self._store(key, group)

    def fit(self, key: str, urls: Collection[str], *, unsynchronised: bool, full_sync: bool) -> None:
        """Make the mirrors of a repository those of its remote members. New ones start at the end of the log."""
        kept = [mirror for mirror in self.mirrors_of(key) if mirror.remote_url in urls]
        known = {mirror.remote_url for mirror in kept}
        last = self.log.last(key)
        fresh = [
            Mirror(key, url, position=last, unsynchronised=unsynchronised, full_sync=full_sync)
            for url in urls
            if url not in known
        ]
        self._store(key, [*kept, *fresh])
        self._trim(key)

    def drop(self, key: str) -> None:
        """Forget a repository that is gone."""
        self._mirrors.drop(key)
        self.log.drop(key)
        self.prioritised.drop(key)

    def record(self, key: str, event: Event) -> None:
        """Note a change for the members, if there are any."""
        if self.mirrors_of(key):
            self.log.append(key, event)

    def taken(self, mirror: Mirror, count: int, refused: int = 0) -> None:
        """The remote took the next events after this position, some of them perhaps only to refuse them."""
        current = self.mirror(mirror.local_key, mirror.remote_url)
        if current is None:
            return
        # While they were on their way, a purge may have gone further.
        position = max(current.position, mirror.position + count)
        self.put(replace(current, position=position, errors=current.errors + refused))
        self._trim(mirror.local_key)

    def purge(self, key: str, older_than_ms: int) -> None:
        """Drop events that have outlived the retention. A mirror that had not sent them yet is out of step (7.2)."""
        self.log.discard_older(key, older_than_ms)
        gone = self.log.first(key) - 1
        for mirror in self.mirrors_of(key):
            if mirror.position < gone:
                self.put(replace(mirror, position=gone, unsynchronised=True))

    def waiting(self, mirror: Mirror) -> int:
        """Number of events that the remote has not taken."""
        return self.log.last(mirror.local_key) - mirror.position

    def lag_ms(self, mirror: Mirror, now_ms: int) -> int:
        """How long the oldest event has been waiting."""
        oldest = self.oldest_ms(mirror)
        return max(0, now_ms - oldest) if oldest else 0

    def oldest_ms(self, mirror: Mirror) -> int:
        """When the oldest waiting event was registered; 0 when none waits."""
        oldest = self.log.after(mirror.local_key, mirror.position, 1)
        return oldest[0].recorded_ms if oldest else 0

    def _store(self, key: str, group: Collection[Mirror]) -> None:
        if group:
            self._mirrors.put(key, tuple(group))
        else:
            self._mirrors.drop(key)

    def _trim(self, key: str) -> None:
        group = self.mirrors_of(key)
        taken_by_all = min((mirror.position for mirror in group), default=self.log.last(key))
        self.log.discard_through(key, taken_by_all)
