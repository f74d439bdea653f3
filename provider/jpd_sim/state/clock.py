"""One virtual clock for the whole simulator, with an offset per JPD.

Rule 1: nothing else in the simulator reads the wall clock for a time that a client can see.
Rule 2: whoever waits for virtual time waits here, so that freezing and advancing reach every waiter.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timezone

from jpd_sim.state.kept import Kept
from jpd_sim.state.table import Table


class Clock(Kept):
    """Virtual time in milliseconds since the epoch."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._shift_ms = 0
        self._frozen_ms: int | None = None
        self._offsets: Table[str, int] = Table()
        self._changed = asyncio.Event()

    @property
    def frozen(self) -> bool:
        """Whether time stands still until somebody advances it."""
        return self._frozen_ms is not None

    @property
    def offsets_ms(self) -> dict[str, int]:
        """How far each JPD's clock is off, by name; absent means zero."""
        return dict(self._offsets.items())

    def now_ms(self, deployment: str = "") -> int:
        """The time on the wall of one JPD, or the true virtual time without a name."""
        true_ms = self._frozen_ms if self._frozen_ms is not None else int(self._wall() * 1000) + self._shift_ms
        return true_ms + (self._offsets.get(deployment) or 0)

    def freeze(self) -> None:
        """Stop time where it is."""
        self._frozen_ms = self.now_ms()
        self._announce()

    def resume(self) -> None:
        """Let time run on from where it stands, without a jump."""
        if self._frozen_ms is not None:
            self._shift_ms = self._frozen_ms - int(self._wall() * 1000)
            self._frozen_ms = None
        self._announce()

    def advance(self, milliseconds: int) -> None:
        """Jump, forward or (negative) back."""
        if self._frozen_ms is not None:
            self._frozen_ms += milliseconds
        else:
            self._shift_ms += milliseconds
        self._announce()

    def set_offset(self, deployment: str, milliseconds: int) -> None:
        """Put one JPD's clock ahead (or, negative, behind)."""
        self._offsets.put(deployment, milliseconds)
        self._announce()

    def reset(self) -> None:
        """Back to wall time, nobody off."""
        self._shift_ms, self._frozen_ms = 0, None
        self._offsets.clear()
        self._announce()

    async def sleep(self, milliseconds: int) -> None:
        """Wait for virtual time to pass; an advance cuts the wait short, a freeze stretches it."""
        due = self.now_ms() + milliseconds
        while (left := due - self.now_ms()) > 0:
            changed = self._changed
            try:
                await asyncio.wait_for(changed.wait(), None if self.frozen else left / 1000)
            except asyncio.TimeoutError:
                continue

    def revived(self) -> None:
        """Tell whoever waits that the time is another."""
        self._announce()

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def iso(milliseconds: int) -> str:
    """ISO-8601 with milliseconds, as the product prints times: `2026-01-02T03:04:05.678Z`."""
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"
