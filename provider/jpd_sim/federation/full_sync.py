"""Full sync: one direction, from the JPD where it is called; copies what is missing, never deletes (7.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from jpd_sim.federation.engine import Engine
from jpd_sim.federation.peers import PeerError
from jpd_sim.state.errors import Refused
from jpd_sim.state.mirrors import Event, Mirror
from jpd_sim.state.repositories import Member, Repository


def targets(engine: Engine, repository: Repository, mirror_url: str | None) -> list[Member]:
    """The members that a full sync goes to: one, or all remote ones."""
    if repository.rclass != "federated":
        raise Refused(f"Repository '{repository.key}' is not a federated repository")
    remote = list(engine.deployment.remote_members(repository))
    if mirror_url is None:
        return remote
    chosen = [member for member in remote if member.url == mirror_url]
    if not chosen:
        raise Refused(f"'{mirror_url}' is not a remote member of repository '{repository.key}'")
    return chosen


def start(engine: Engine, repository: Repository, members: Iterable[Member], running: set[asyncio.Task[None]]) -> None:
    """Run full syncs in the background; a mirror that is already being synchronised is left to it."""
    for member in members:
        mirror = engine.deployment.mirrors.get((repository.key, member.url))
        if mirror is None or mirror.full_sync_running:
            continue
        mirror.full_sync_running = True
        task = asyncio.get_running_loop().create_task(_run(engine, repository, member, mirror))
        running.add(task)
        task.add_done_callback(running.discard)


async def missing_at(engine: Engine, repository: Repository, member: Member) -> list[str]:
    """Paths that are here and not at a member."""
    response = await engine.peers.call("GET", member, "inventory")
    there = set(response.json()["paths"])
    return [item.path for item in engine.deployment.items(repository.key).below("") if item.path not in there]


async def _run(engine: Engine, repository: Repository, member: Member, mirror: Mirror) -> None:
    try:
        paths = await missing_at(engine, repository, member)
    except PeerError as error:
        mirror.failed(str(error), reachable=False)
        mirror.full_sync_running = False
        return
    tree = engine.deployment.items(repository.key)
    now = engine.deployment.now_ms()
    for path in paths:
        item = tree.get(path)
        if item is not None:
            mirror.append(Event("create", path, item.stamp, item, only_if_missing=True), now)
    mirror.unsynchronised = False
    mirror.full_sync_running = False
