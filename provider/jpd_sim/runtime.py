"""The running simulator: its JPDs, its control server, and what the JPDs share."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any

from jpd_sim.control import Control
from jpd_sim.jpd import Jpd, World
from jpd_sim.server import Port
from jpd_sim.state.profile import Profile


class Runtime:
    """N JPDs and a control server in one event loop. With a first port, control takes it and the JPDs the next ones."""

    def __init__(
        self, names: Sequence[str], *, host: str = "127.0.0.1", port: int = 0, profile: Profile | None = None
    ) -> None:
        self.control_token = secrets.token_urlsafe(24)
        self.world = World(profile or Profile())
        numbers = [port + index if port else 0 for index in range(len(names) + 1)]
        self._control_port = Port(host, numbers[0])
        self.jpds = {
            name: Jpd(name, Port(host, number), self.world) for name, number in zip(names, numbers[1:], strict=True)
        }

    async def start(self) -> None:
        """Open all ports."""
        await self._control_port.start(Control(self).app())
        for jpd in self.jpds.values():
            await jpd.start()

    async def stop(self) -> None:
        """Close all ports."""
        # First everybody falls silent, else one JPD's retries would keep another's port busy.
        await asyncio.gather(*(jpd.engine.close() for jpd in self.jpds.values()))
        await asyncio.gather(self._control_port.stop(), *(jpd.port.stop() for jpd in self.jpds.values()))

    async def reset(self) -> None:
        """As freshly started: no data, no faults, links whole, clock right, all up. Addresses and credentials stay."""
        self.world.clock.reset()
        self.world.links.clear()
        self.world.faults.clear()
        for jpd in self.jpds.values():
            await jpd.reset()
        self.world.log.clear()

    def pending(self) -> list[str]:
        """What replication still has to do on the JPDs that are up."""
        return [line for jpd in self.jpds.values() if jpd.port.open for line in jpd.engine.pending()]

    async def settle(self, timeout_seconds: float) -> list[str]:
        """Wait until replication has nothing left to do; answers what is left when the time is over."""
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        while (left := self.pending()) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - many conditions
            await asyncio.sleep(0.005)
        return left

    def start_line(self) -> dict[str, Any]:
        """What is printed when ready. Fields are added to it, never changed."""
        return {
            "control": f"{self._control_port.url}/_sim",
            "controlToken": self.control_token,
            "deployments": {
                name: {
                    "url": jpd.port.url,
                    "accessToken": jpd.state.admin_token,
                    "username": "admin",
                    "password": jpd.state.identity.admin_password,
                    "readerToken": jpd.state.reader_token,
                    "serviceId": jpd.state.identity.artifactory_id,
                }
                for name, jpd in self.jpds.items()
            },
        }
