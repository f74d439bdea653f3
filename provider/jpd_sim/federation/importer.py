"""Binaries are pulled by the JPD that learned of them: in the background, or when somebody downloads first (7.2).

Rule 1: a task stays in the table until its content is here. After the documented number of tries it has failed for
        good, and only a replay (B2) takes it up again.
Rule 2: retries wait for virtual time, so that advancing the clock lets them run.
Rule 3: as many workers as the product has importers; more files wait their turn.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from jpd_sim.federation.peers import PeerError, Peers
from jpd_sim.state.binary_tasks import BinaryTask
from jpd_sim.state.clock import Clock
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.items import Item
from jpd_sim.state.repositories import Member

Identity = tuple[str, str]


class Importer:
    """The importers of one JPD."""

    def __init__(self, deployment: Deployment, peers: Peers, clock: Clock) -> None:
        self._deployment = deployment
        self._peers = peers
        self._clock = clock
        self._ready: asyncio.Queue[Identity] = asyncio.Queue()
        self._later: deque[tuple[int, Identity]] = deque()
        """Tasks that wait for their next try, with its time; all wait equally long, so the first is due first."""
        self._retry = asyncio.Event()
        self._gate = asyncio.Event()
        self._gate.set()
        self._workers: list[asyncio.Task[None]] = []
        self._given_up: set[Identity] = set()
        self._downloads = asyncio.Semaphore(deployment.profile.binary_local_importers)

    @property
    def held(self) -> bool:
        """Whether background imports wait; downloads still fetch on demand."""
        return not self._gate.is_set()

    @property
    def open_tasks(self) -> int:
        """Number of contents that are still going to be tried."""
        return len(self._deployment.federation.binary_tasks) - len(self._given_up)

    def hold(self) -> None:
        """Stop importing in the background."""
        self._gate.clear()

    def release(self) -> None:
        """Go on importing."""
        self._gate.set()

    def tasks(self, repository_key: str | None = None) -> list[BinaryTask]:
        """The contents that are still missing."""
        table = self._deployment.federation.binary_tasks
        return [task for task in table if repository_key in (None, task.repository_key)]

    def want(self, repository_key: str, item: Item) -> None:
        """Import the content of a file in the background, unless it is here."""
        checksums, table = item.checksums, self._deployment.federation.binary_tasks
        if checksums is None or checksums.sha256 in self._deployment.blobs:
            return
        if (repository_key, checksums.sha256) in table:
            return
        now = self._deployment.now_ms()
        task = BinaryTask(repository_key, checksums.sha256, checksums.sha1, item.source, now)
        table.put(task.identity, task)
        self._ready.put_nowait(task.identity)

    def replay(self, tasks: Iterable[BinaryTask]) -> None:
        """Take up failed tasks again, with all their tries (B2)."""
        for task in tasks:
            self._deployment.federation.binary_tasks.put(task.identity, replace(task, failures=0, exhausted=False))
            self._given_up.discard(task.identity)
            self._ready.put_nowait(task.identity)

    def delete(self, identity: Identity) -> None:
        """Give a content up without having it (B3); a download still fetches it on demand."""
        self._deployment.federation.binary_tasks.drop(identity)
        self._given_up.discard(identity)

    async def fetch(self, repository_key: str, item: Item) -> bytes | None:
        """The content of a file now: from here, or on demand from a member that has it."""
        if item.checksums is None:
            return None
        content = self._deployment.blobs.get(item.checksums.sha256)
        if content is not None:
            return content
        async with self._downloads:
            return await self._pull(repository_key, item.checksums.sha256, item.source)

    def start(self) -> None:
        """Begin to work, with what was left when the JPD went down."""
        self._ready, self._later, self._given_up = asyncio.Queue(), deque(), set()
        for task in self.tasks():
            if task.exhausted:
                self._given_up.add(task.identity)
            else:
                self._ready.put_nowait(task.identity)
        loop = asyncio.get_running_loop()
        workers = (self._work() for _ in range(self._deployment.profile.binary_importers))
        self._workers = [loop.create_task(each) for each in (*workers, self._wake_retries())]

    def stop(self) -> None:
        """Stop all work; the task table stays."""
        for worker in self._workers:
            worker.cancel()
        self._workers = []

    def clear(self) -> None:
        """Be as new; the table is the deployment's to clear."""
        self.stop()
        self._given_up = set()
        self.release()

    async def _work(self) -> None:
        while True:
            identity = await self._ready.get()
            await self._gate.wait()
            await self._try(identity)

    async def _try(self, identity: Identity) -> None:
        table = self._deployment.federation.binary_tasks
        task = table.get(identity)
        if task is None or task.exhausted:
            return
        if task.sha256 in self._deployment.blobs or task.repository_key not in self._deployment.repositories:
            self.delete(identity)
            return
        if await self._pull(task.repository_key, task.sha256, task.source) is not None:
            return
        # Looked up again: meanwhile somebody may have downloaded it, or deleted the task.
        task = table.get(identity)
        if task is not None:
            self._failed(task)

    def _failed(self, task: BinaryTask) -> None:
        profile = self._deployment.profile
        failures = task.failures + 1
        exhausted = failures >= profile.binary_max_retry
        failed = replace(task, failures=failures, exhausted=exhausted)
        self._deployment.federation.binary_tasks.put(task.identity, failed)
        if exhausted:
            self._given_up.add(task.identity)
        else:
            self._later.append((self._clock.now_ms() + profile.binary_first_retry_ms, task.identity))
            self._retry.set()

    async def _wake_retries(self) -> None:
        while True:
            await self._retry.wait()
            self._retry.clear()
            while self._later:
                due, identity = self._later[0]
                await self._clock.sleep(due - self._clock.now_ms())
                self._later.popleft()
                self._ready.put_nowait(identity)

    async def _pull(self, repository_key: str, sha256: str, source: str) -> bytes | None:
        """The content from the member that announced it, or else from any that has it."""
        for member in self._candidates(repository_key, source):
            try:
                content = (await self._peers.call("GET", member, f"binaries/{sha256}")).content
            except PeerError:
                continue
            if hashlib.sha256(content).hexdigest() == sha256:
                self._deployment.blobs.put(content)
                self.delete((repository_key, sha256))
                return content
        return None

    def _candidates(self, repository_key: str, source: str) -> list[Member]:
        repository = self._deployment.repositories.get(repository_key)
        if repository is None or repository.rclass != "federated" or self._deployment.base_url is None:
            return []
        if self._deployment.is_paused(repository):
            return []
        members = [member for member in self._deployment.remote_members(repository) if member.enabled]
        return sorted(members, key=lambda member: member.url != source)
