"""What all JPDs of a simulator share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jpd_sim.faults import Faults
from jpd_sim.links import Links
from jpd_sim.request_log import RequestLog
from jpd_sim.state.clock import Clock
from jpd_sim.state.profile import Profile

if TYPE_CHECKING:
    from jpd_sim.state.kept import Part, Rows
    from jpd_sim.storage import Storage


class World:
    """The clock, the network, the faults, the request log, and (with a data folder) the storage."""

    def __init__(self, profile: Profile | None = None) -> None:
        self.profile = profile or Profile()
        self.clock = Clock()
        self.links = Links(self.clock.now_ms)
        self.faults = Faults()
        self.log = RequestLog()
        self.storage: Storage | None = None

    async def durable(self) -> None:
        """Wait until what was changed so far survives a crash; returns at once without a data folder."""
        if self.storage is not None:
            await self.storage.durable()

    def parts(self) -> list[tuple[str, Part]]:
        """What is kept, with its place."""
        return [("world/clock", self.clock), ("world/links", self.links), ("world/faults", self.faults)]

    def revive(self, rows: Rows) -> None:
        """Become what was kept."""
        for place, part in self.parts():
            part.revive(rows, place)
