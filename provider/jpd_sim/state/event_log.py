"""The events of each federated repository that some member has not taken yet.

Rule 1: there is one log per repository; each mirror remembers how far it has come in it.
Rule 2: numbers of events only grow, and those in the log have no gaps.
Rule 3: an event that all mirrors have taken leaves the log, and so does one that is older than the retention (7.2).
"""

from __future__ import annotations

from dataclasses import dataclass

from jpd_sim.state.kept import Kept
from jpd_sim.state.mirrors import Event
from jpd_sim.state.table import Table


@dataclass(frozen=True)
class Span:
    """Numbers of the events that a log holds: from `first` up to and including `last`; none when `last < first`."""

    first: int = 1
    last: int = 0


class EventLog(Kept):
    """The logs of all repositories of one JPD."""

    def __init__(self) -> None:
        self.events: Table[tuple[str, int], Event] = Table()
        self.spans: Table[str, Span] = Table()

    def append(self, key: str, event: Event) -> None:
        """Add an event to the log of a repository."""
        span = self._span(key)
        self.events.put((key, span.last + 1), event)
        self.spans.put(key, Span(span.first, span.last + 1))

    def last(self, key: str) -> int:
        """Number of the newest event, whether it is still in the log or not; 0 when there never was one."""
        return self._span(key).last

    def first(self, key: str) -> int:
        """Number of the oldest event in the log; one more than the newest when the log is empty."""
        return self._span(key).first

    def after(self, key: str, position: int, limit: int | None = None) -> list[Event]:
        """The events that follow a position, oldest first."""
        span = self._span(key)
        start = max(position + 1, span.first)
        end = span.last if limit is None else min(span.last, start + limit - 1)
        found = (self.events.get((key, number)) for number in range(start, end + 1))
        return [event for event in found if event is not None]

    def discard_through(self, key: str, number: int) -> None:
        """Drop the events up to and including a number."""
        span = self._span(key)
        number = min(number, span.last)
        if number < span.first:
            return
        for each in range(span.first, number + 1):
            self.events.drop((key, each))
        self.spans.put(key, Span(number + 1, span.last))

    def discard_older(self, key: str, than_ms: int) -> None:
        """Drop the events that were recorded before a time."""
        span, number = self._span(key), self.first(key) - 1
        while number < span.last:
            event = self.events.get((key, number + 1))
            if event is not None and event.recorded_ms >= than_ms:
                break
            number += 1
        self.discard_through(key, number)

    def drop(self, key: str) -> None:
        """Forget the log of a repository that is gone."""
        self.discard_through(key, self.last(key))
        self.spans.drop(key)

    def clear(self) -> None:
        """Forget everything."""
        self.events.clear()
        self.spans.clear()

    def _span(self, key: str) -> Span:
        return self.spans.get(key) or Span()
