"""Binaries are pulled by the JPD that learned of them: in the background, or when somebody downloads first (7.2)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from jpd_sim.federation.peers import PeerError, Peers
from jpd_sim.state.clock import Clock
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.items import Item
from jpd_sim.state.repositories import Member


@dataclass
class BinaryTask:
    """A content that a repository has the metadata of, and not the bytes."""

    repository_key: str
    sha256: str
    sha1: str
    source: str
    created_ms: int
    failures: int = 0
    exhausted: bool = False


class Importer:
    """The background importer of one JPD. Retries follow the documented numbers, on the virtual clock."""

    def __init__(self, deployment: Deployment, peers: Peers, clock: Clock) -> None:
        self._deployment = deployment
        self._peers = peers
        self._clock = clock
        self._tasks: dict[tuple[str, str], BinaryTask] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Event()
        self._gate.set()

    @property
    def held(self) -> bool:
        """Whether background imports wait; downloads still fetch on demand."""
        return not self._gate.is_set()

    def hold(self) -> None:
        """Stop importing in the background."""
        self._gate.clear()

    def release(self) -> None:
        """Go on importing."""
        self._gate.set()

    def tasks(self, repository_key: str | None = None) -> list[BinaryTask]:
        """The contents that are still missing."""
        return [task for task in self._tasks.values() if repository_key in (None, task.repository_key)]

    def want(self, repository_key: str, item: Item) -> None:
        """Import the content of a file in the background, unless it is here."""
        checksums = item.checksums
        if checksums is None or checksums.sha256 in self._deployment.blobs:
            return
        identity = (repository_key, checksums.sha256)
        if identity in self._tasks:
            return
        now = self._deployment.now_ms()
        task = BinaryTask(repository_key, checksums.sha256, checksums.sha1, item.source, now)
        self._tasks[identity] = task
        self._start(task)

    async def fetch(self, repository_key: str, item: Item) -> bytes | None:
        """The content of a file now: from here, or on demand from a member that has it."""
        if item.checksums is None:
            return None
        content = self._deployment.blobs.get(item.checksums.sha256)
        if content is not None:
            return content
        for member in self._candidates(repository_key, item.source):
            try:
                return await self._pull(repository_key, item.checksums.sha256, member)
            except PeerError:
                continue
        return None

    def restart(self) -> None:
        """Take up what was left when the JPD went down."""
        for task in self._tasks.values():
            if not task.exhausted:
                self._start(task)

    def stop(self) -> None:
        """Stop all work; the task table stays."""
        for running in self._running:
            running.cancel()

    def clear(self) -> None:
        """Forget all tasks."""
        self.stop()
        self._tasks.clear()
        self.release()

    def _start(self, task: BinaryTask) -> None:
        running = asyncio.get_running_loop().create_task(self._import(task))
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    async def _import(self, task: BinaryTask) -> None:
        profile = self._deployment.profile
        while task.failures < profile.binary_max_retry:
            await self._gate.wait()
            if task.sha256 in self._deployment.blobs or task.repository_key not in self._deployment.repositories:
                self._tasks.pop((task.repository_key, task.sha256), None)
                return
            for member in self._candidates(task.repository_key, task.source):
                try:
                    await self._pull(task.repository_key, task.sha256, member)
                except PeerError:
                    continue
                return
            task.failures += 1
            await self._clock.sleep(profile.binary_first_retry_ms)
        task.exhausted = True

    async def _pull(self, repository_key: str, sha256: str, member: Member) -> bytes:
        content = (await self._peers.call("GET", member, f"binaries/{sha256}")).content
        self._deployment.blobs.put(content)
        self._tasks.pop((repository_key, sha256), None)
        return content

    def _candidates(self, repository_key: str, source: str) -> list[Member]:
        repository = self._deployment.repositories.get(repository_key)
        if repository is None or repository.rclass != "federated" or self._deployment.is_paused(repository):
            return []
        members = [member for member in self._deployment.remote_members(repository) if member.enabled]
        return sorted(members, key=lambda member: member.url != source)
