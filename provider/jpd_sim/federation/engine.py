"""The replication engine of one JPD.

Rule 1: a change is recorded in the step that makes it; from then on it is in a queue until the remote has taken it.
Rule 2: a paused member exchanges nothing, in neither direction; its queues keep what happens meanwhile (5).
Rule 3: events that came from a peer are not passed on; the members form a full mesh.
"""

from __future__ import annotations

import asyncio
from itertools import islice

from jpd_sim.federation.importer import Importer
from jpd_sim.federation.peers import PeerError, Peers, Unreachable
from jpd_sim.links import Links
from jpd_sim.state.clock import Clock
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.mirrors import Event, Mirror
from jpd_sim.state.repositories import Member, Repository

_BATCH = 200
_FIRST_RETRY_SECONDS = 0.05
_LONGEST_RETRY_SECONDS = 1.0
"""Retry times of the event queues are not documented; ours are short, so that a healed link is noticed soon."""


class Engine:
    """Queues out, binaries in."""

    def __init__(self, deployment: Deployment, links: Links, clock: Clock) -> None:
        self.deployment = deployment
        self.peers = Peers(deployment, links)
        self.importer = Importer(deployment, self.peers, clock)
        self._workers: dict[tuple[str, str], tuple[Mirror, asyncio.Task[None]]] = {}
        self._running = False

    def start(self) -> None:
        """Begin to work."""
        self._running = True
        self.fit_workers()
        self.importer.restart()

    async def stop(self) -> None:
        """Stop all work; what is queued stays queued."""
        self._running = False
        for _, worker in self._workers.values():
            worker.cancel()
        self._workers.clear()
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
        now = self.deployment.now_ms()
        for member in self.deployment.remote_members(repository):
            mirror = self.deployment.mirrors.get((repository.key, member.url))
            if mirror is not None:
                mirror.append(event, now)

    def fit_workers(self) -> None:
        """One worker per mirror; called after every change of a member list."""
        if not self._running:
            return
        current = {(mirror.local_key, mirror.remote_url): mirror for mirror in self.deployment.mirrors}
        for key, (mirror, worker) in list(self._workers.items()):
            if current.get(key) is not mirror:
                worker.cancel()
                del self._workers[key]
        for key, mirror in current.items():
            if key not in self._workers:
                self._workers[key] = (mirror, asyncio.get_running_loop().create_task(self._drain(mirror)))
            mirror.wakeup.set()

    def pending(self) -> list[str]:
        """What is not settled, in words; paused mirrors do not count, they are not supposed to settle."""
        name = self.deployment.name
        waiting = [
            f"{name}: {len(mirror.queue)} events of {mirror.local_key} for {mirror.remote_url}"
            + (f" ({mirror.last_error})" if mirror.last_error else "")
            for mirror in self.deployment.mirrors
            if mirror.queue and self._target(mirror) is not None
        ]
        syncing = [f"{name}: full sync of {m.local_key}" for m in self.deployment.mirrors if m.full_sync_running]
        if self.importer.held:
            return waiting + syncing
        missing = [f"{name}: binary {task.sha256}" for task in self.importer.tasks() if not task.exhausted]
        return waiting + syncing + missing

    async def _drain(self, mirror: Mirror) -> None:
        delay = _FIRST_RETRY_SECONDS
        while True:
            await mirror.wakeup.wait()
            mirror.wakeup.clear()
            while mirror.queue and (target := self._target(mirror)) is not None:
                if await self._deliver(mirror, target):
                    delay = _FIRST_RETRY_SECONDS
                    continue
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LONGEST_RETRY_SECONDS)

    async def _deliver(self, mirror: Mirror, target: Member) -> bool:
        batch = list(islice(mirror.queue, _BATCH))
        body = {
            "source": self.deployment.member_url(mirror.local_key),
            "events": [event.wire() for event in batch],
        }
        try:
            await self.peers.call("POST", target, "events", body)
        except PeerError as error:
            mirror.failed(str(error), reachable=not isinstance(error, Unreachable))
            return False
        mirror.delivered(len(batch), self.deployment.now_ms())
        return True

    def _target(self, mirror: Mirror) -> Member | None:
        """The remote member if events may go to it now."""
        repository = self.deployment.repositories.get(mirror.local_key)
        if repository is None or self.deployment.is_paused(repository):
            return None
        member = repository.member(mirror.remote_url)
        return member if member is not None and member.enabled else None
