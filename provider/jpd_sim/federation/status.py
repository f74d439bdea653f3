"""How the ways between members are doing, in the words of the Federation Service (contract, section 6).

Rule 1: one connection is one direction. A JPD knows its own side; for the other side it asks the other JPD.
Rule 2: who cannot be asked, or has no Federation Service, is not available.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from jpd_sim.federation.engine import Engine
from jpd_sim.federation.peers import PeerError
from jpd_sim.state.repositories import Member, Repository

STATES = ("HEALTHY", "NOT_AVAILABLE", "DELAYED", "PENDING_FS", "FULL_SYNC_RUNNING", "ERROR", "DISABLED")
"""In the order of M1."""
_SEVERITY = ("HEALTHY", "DISABLED", "DELAYED", "FULL_SYNC_RUNNING", "PENDING_FS", "NOT_AVAILABLE", "ERROR")
"""Mildest first. That the most severe counts is documented, the order is inferred."""

_AT_ONCE = 16
"""Repositories that are surveyed at the same time; our choice."""


@dataclass(frozen=True)
class Connection:
    """One direction between two members."""

    source: Member
    target: Member
    state: str
    lag_ms: int = 0
    queued: int = 0
    disabled: bool = False
    supported: bool = True
    in_lag: bool = False


def worst(states: Iterable[str]) -> str:
    """The most severe of several states; HEALTHY when there are none."""
    return max(states, key=_SEVERITY.index, default="HEALTHY")


def outgoing(engine: Engine, repository: Repository, member: Member) -> Connection:
    """The direction from here to a member, as this JPD sees it."""
    deployment = engine.deployment
    own = Member(deployment.member_url(repository.key))
    disabled = not member.enabled or deployment.is_paused(repository)
    mirror = deployment.federation.mirror(repository.key, member.url)
    if mirror is None:
        return Connection(own, member, "DISABLED" if disabled else "PENDING_FS", disabled=disabled)
    lag_ms = deployment.federation.lag_ms(mirror, deployment.now_ms())
    in_lag = lag_ms > deployment.profile.lag_threshold_ms
    courier = engine.courier(mirror)
    if disabled:
        state = "DISABLED"
    elif mirror.exhausted:
        state = "ERROR"
    elif courier is not None and courier.last_error:
        state = "ERROR" if courier.reachable else "NOT_AVAILABLE"
    elif mirror.full_sync:
        state = "FULL_SYNC_RUNNING"
    elif mirror.unsynchronised:
        state = "PENDING_FS"
    else:
        state = "DELAYED" if in_lag else "HEALTHY"
    queued = deployment.federation.waiting(mirror)
    return Connection(own, member, state, lag_ms, queued, disabled=disabled, in_lag=in_lag)


async def connections(engine: Engine, repository: Repository) -> list[Connection]:
    """Both directions to each remote member."""
    engine.purge(repository.key)
    members = engine.deployment.remote_members(repository)
    pairs = await asyncio.gather(*(_both(engine, repository, member) for member in members))
    return [connection for pair in pairs for connection in pair]


async def survey(engine: Engine) -> list[tuple[Repository, list[Connection]]]:
    """The connections of every federated repository."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(repository: Repository) -> tuple[Repository, list[Connection]]:
        async with gate:
            return repository, await connections(engine, repository)

    federated = [repository for repository in engine.deployment.repositories if repository.rclass == "federated"]
    return list(await asyncio.gather(*(one(repository) for repository in federated)))


def report(engine: Engine, repository: Repository, source_url: str) -> dict[str, Any]:
    """What this JPD answers to a member that asks about the direction to it."""
    member = repository.member(source_url)
    if not engine.deployment.profile.rtfs or member is None:
        return {"supported": False}
    own = outgoing(engine, repository, member)
    return {
        "supported": True,
        "state": own.state,
        "lagInMs": own.lag_ms,
        "queuedEvents": own.queued,
        "disabled": own.disabled,
        "inLag": own.in_lag,
    }


async def _both(engine: Engine, repository: Repository, member: Member) -> tuple[Connection, Connection]:
    there = outgoing(engine, repository, member)
    body = {"source": there.source.url}
    try:
        answer = await engine.peers.ask("POST", member, "connection", body)
    except PeerError:
        answer = {"supported": False}
        reached = False
    else:
        reached = True
    if not answer.get("supported"):
        state = "DISABLED" if there.disabled else "NOT_AVAILABLE"
        back = Connection(member, there.source, state, disabled=there.disabled, supported=False)
        return replace(there, state=state, supported=False) if reached else there, back
    back = Connection(
        source=member,
        target=there.source,
        state=answer["state"],
        lag_ms=answer["lagInMs"],
        queued=answer["queuedEvents"],
        disabled=answer["disabled"],
        in_lag=answer["inLag"],
    )
    return there, back
