"""The worker of one mirror: brings events and full syncs to one remote member, one thing at a time.

Rule 1: one delivery at a time, so the remote sees changes in the order in which they happened.
Rule 2: after a failure it waits, longer each time. New events do not shorten it; a healed link or a recovery does.
Rule 3: after too many failures in a row the queue is exhausted and stays so until a recovery, auto-healing or a full
        sync (7.2).
Waiting takes real time, unlike the retries of binaries: no number is documented for event queues, and a link that was
healed should be noticed soon, whatever the virtual clock says.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from jpd_sim.federation import full_sync
from jpd_sim.federation.peers import PeerError, Peers, Unreachable
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.mirrors import Mirror
from jpd_sim.state.repositories import Member

_BATCH = 200
_FIRST_RETRY_SECONDS = 0.05
_LONGEST_RETRY_SECONDS = 1.0


class Courier:
    """Delivers for one mirror. What it has learned about the remote is lost when it stops."""

    def __init__(self, deployment: Deployment, peers: Peers, key: str, url: str) -> None:
        self._deployment = deployment
        self._peers = peers
        self._key, self._url = key, url
        self._work = asyncio.Event()
        self._nudge = asyncio.Event()
        self._failures = 0
        self._task: asyncio.Task[None] | None = None
        self.last_error = ""
        """Why the last try failed; empty after a success."""
        self.reachable = True
        """Whether the last try got an answer."""

    def start(self) -> None:
        """Begin to work."""
        self._work.set()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """Stop at once; what was under way counts as not delivered."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def restart(self) -> None:
        """Break off what is under way and begin anew."""
        if self._task is not None:
            self.stop()
            self.start()

    def wake(self) -> None:
        """There may be something to deliver."""
        self._work.set()

    def nudge(self) -> None:
        """What made the last try fail may be over: try again at once."""
        self._failures = 0
        self._nudge.set()
        self._work.set()

    def mirror(self) -> Mirror | None:
        """The record of the mirror; None when its member is gone."""
        return self._deployment.federation.mirror(self._key, self._url)

    def target(self) -> Member | None:
        """The remote member if anything may go to it now: a paused member exchanges nothing (5)."""
        repository = self._deployment.repositories.get(self._key)
        if repository is None or self._deployment.base_url is None or self._deployment.is_paused(repository):
            return None
        member = repository.member(self._url)
        return member if member is not None and member.enabled else None

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while (mirror := self._due()) is not None and (target := self.target()) is not None:
                if not await self._step(mirror, target):
                    await self._back_off()

    def _due(self) -> Mirror | None:
        """The mirror if there is something to do for it."""
        deployment = self._deployment
        deployment.federation.purge(self._key, deployment.now_ms() - deployment.profile.event_retention_ms)
        mirror = self.mirror()
        if mirror is None or mirror.exhausted:
            return None
        if mirror.full_sync or deployment.federation.waiting(mirror):
            return mirror
        # Perhaps what could not be sent was purged: then nothing is wrong any more that this JPD could know of.
        self._succeeded()
        return None

    def _succeeded(self) -> None:
        self._failures, self.last_error, self.reachable = 0, "", True

    async def _step(self, mirror: Mirror, target: Member) -> bool:
        try:
            await (self._sync(target) if mirror.full_sync else self._deliver(mirror, target))
        except PeerError as error:
            self.last_error, self.reachable = str(error), not isinstance(error, Unreachable)
            return False
        self._succeeded()
        return True

    async def _sync(self, target: Member) -> None:
        refused = await full_sync.run(self._deployment, self._peers, self._key, target)
        mirror = self.mirror()
        if mirror is not None:
            errors = mirror.errors + refused
            self._deployment.federation.put(replace(mirror, full_sync=False, unsynchronised=False, errors=errors))

    async def _deliver(self, mirror: Mirror, target: Member) -> None:
        events = self._deployment.federation.log.after(self._key, mirror.position, _BATCH)
        body = {"source": self._deployment.member_url(self._key), "events": [event.wire() for event in events]}
        answer = await self._peers.ask("POST", target, "events", body)
        self._deployment.federation.taken(mirror, len(events), refused=len(answer.get("refused", ())))

    async def _back_off(self) -> None:
        self._failures += 1
        mirror = self.mirror()
        if mirror is not None:
            exhausted = self._failures >= self._deployment.profile.event_max_retry
            self._deployment.federation.put(replace(mirror, errors=mirror.errors + 1, exhausted=exhausted))
        delay = min(_FIRST_RETRY_SECONDS * 2 ** min(self._failures - 1, 10), _LONGEST_RETRY_SECONDS)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._nudge.wait(), delay)
        self._nudge.clear()
