"""The replication engine of one JPD.

Rule 1: a change is recorded in the step that makes it; from then on it is in the log until every remote has taken it.
Rule 2: a paused member exchanges nothing, in neither direction; its queues keep what happens meanwhile (5).
Rule 3: events that came from a peer are not passed on; the members form a full mesh.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from jpd_sim.federation.courier import Courier
from jpd_sim.federation.importer import Importer
from jpd_sim.federation.peers import Peers
from jpd_sim.links import Links
from jpd_sim.state.clock import Clock
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.mirrors import Event, Mirror
from jpd_sim.state.repositories import Member, Repository


class Engine:
    """Queues out, binaries in."""

    def __init__(self, deployment: Deployment, links: Links, clock: Clock) -> None:
        self.deployment = deployment
        self.links = links
        self.peers = Peers(deployment, links)
        self.importer = Importer(deployment, self.peers, clock)
        self._clock = clock
        self._couriers: dict[tuple[str, str], Courier] = {}
        self._housekeeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work."""
        if self.deployment.published_url is not None:
            # Cut links are meant to cut whatever the others know this JPD as.
            self.links.register(self.deployment.name, self.deployment.published_url)
        if self._housekeeper is None:
            self._housekeeper = asyncio.get_running_loop().create_task(self._keep_house())
            self.importer.start()
        self.fit_workers()

    async def stop(self) -> None:
        """Stop all work; what is queued stays queued."""
        if self._housekeeper is not None:
            self._housekeeper.cancel()
            self._housekeeper = None
        for courier in self._couriers.values():
            courier.stop()
        self._couriers.clear()
        self.importer.stop()

    async def reset(self) -> None:
        """Forget everything, as the deployment does."""
        await self.stop()
        self.importer.clear()

    async def close(self) -> None:
        """Stop for good."""
        await self.stop()
        await self.peers.close()

    def record(self, repository: Repository, event: Event) -> None:
        """Queue a change for every remote member."""
        state, key = self.deployment.federation, repository.key
        state.record(key, replace(event, recorded_ms=self.deployment.now_ms()))
        for mirror in state.mirrors_of(key):
            courier = self._couriers.get((key, mirror.remote_url))
            if courier is not None:
                courier.wake()

    def fit_workers(self, key: str | None = None) -> None:
        """One courier per mirror, of one repository or of all; called when members, flags or trust have changed."""
        if self._housekeeper is None:
            return
        state = self.deployment.federation
        mirrors = state.mirrors() if key is None else state.mirrors_of(key)
        current = {(mirror.local_key, mirror.remote_url) for mirror in mirrors}
        for identity in [each for each in self._couriers if key in (None, each[0]) and each not in current]:
            self._couriers.pop(identity).stop()
        for identity in current:
            if identity in self._couriers:
                self._couriers[identity].nudge()
            else:
                self._couriers[identity] = Courier(self.deployment, self.peers, *identity)
                self._couriers[identity].start()

    def courier(self, mirror: Mirror) -> Courier | None:
        """Who delivers for a mirror; None while the JPD is down."""
        return self._couriers.get((mirror.local_key, mirror.remote_url))

    def retry_now(self) -> None:
        """Try at once what is waiting after a failure; for changes outside of the JPD, such as a healed link."""
        for courier in self._couriers.values():
            courier.nudge()

    def full_sync(self, repository: Repository, members: Iterable[Member], *, force: bool = False) -> None:
        """Start full syncs; one that is running is left alone, unless forced to begin anew."""
        for member in members:
            mirror = self.deployment.federation.mirror(repository.key, member.url)
            if mirror is None:
                continue
            courier = self.courier(mirror)
            self.deployment.federation.put(replace(mirror, full_sync=True, exhausted=False))
            if courier is not None and force and mirror.full_sync:
                courier.restart()
            elif courier is not None:
                courier.nudge()

    def recover(self, key: str | None = None, *, force: bool = False) -> None:
        """Take up exhausted queues again (F7); `force` also cuts short the waits of the others."""
        state = self.deployment.federation
        for mirror in list(state.mirrors() if key is None else state.mirrors_of(key)):
            if mirror.exhausted or force:
                state.put(replace(mirror, exhausted=False))
                courier = self.courier(mirror)
                if courier is not None:
                    courier.nudge()

    def purge(self, key: str | None = None) -> None:
        """Drop the events of one repository, or of all, that have outlived the retention."""
        oldest = self.deployment.now_ms() - self.deployment.profile.event_retention_ms
        mirrors = self.deployment.federation.mirrors()
        for each in [key] if key is not None else {mirror.local_key for mirror in mirrors}:
            self.deployment.federation.purge(each, oldest)

    def pending(self) -> list[str]:
        """What is not settled, in words; paused mirrors do not count, they are not supposed to settle."""
        lines = [line for courier in self._couriers.values() if (line := self._line(courier))]
        missing = 0 if self.importer.held else self.importer.open_tasks
        return lines + ([f"{self.deployment.name}: {missing} binaries to import"] if missing else [])

    def _line(self, courier: Courier) -> str:
        mirror = courier.mirror()
        if mirror is None or courier.target() is None:
            return ""
        waiting = self.deployment.federation.waiting(mirror)
        if not waiting and not mirror.full_sync:
            return ""
        what = f"full sync of {mirror.local_key}" if mirror.full_sync else f"{waiting} events of {mirror.local_key}"
        why = f" ({courier.last_error})" if courier.last_error else ""
        given_up = ", exhausted until recovery, auto-healing or a full sync" if mirror.exhausted else ""
        return f"{self.deployment.name}: {what} for {mirror.remote_url}{why}{given_up}"

    async def _keep_house(self) -> None:
        """Purge old events, and heal exhausted queues where the version does that."""
        while True:
            await self._clock.sleep(self.deployment.profile.auto_healing_interval_ms)
            self.purge()
            if self.deployment.profile.heals_itself:
                self.recover()
