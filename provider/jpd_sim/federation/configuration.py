"""Saving a federated repository: preconditions, the own URL, and telling the other members (1.5).

Who is told what:
  a changed configuration or member list   goes to every enabled remote member, which creates a missing repository
  a changed `enabled` flag                 goes to every remote member, paused or not
  a member that was taken off the list     is told that it stands alone now; it stays federated and keeps its content
A JPD whose own member is paused pushes nothing but flags. Members are asked for their version before they are added,
because before 7.49.6 all have to run the same (7.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from jpd_sim.federation.engine import Engine
from jpd_sim.federation.peers import Incompatible, PeerError, Untrusted
from jpd_sim.state import repositories
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.errors import Refused
from jpd_sim.state.repositories import Member, Repository

NOT_TRUSTED = (
    "Failed to add federated repository. Make sure that cross-instance authentication is established "
    "between this instance and the remote JFrog Platform Deployments."
)
"""Text T-2."""


async def save(engine: Engine, repository: Repository) -> None:
    """Save a federated repository here and tell the other members; Refused with T-1, T-2 or T-3."""
    deployment = engine.deployment
    before = deployment.repositories.get(repository.key)
    repository = with_own_member(deployment, repository)
    repositories.check_members(repository.key, repository.members)
    await _check_new_members(engine, before, repository)
    deployment.save_repository(repository)
    try:
        failed = await _tell(engine, before, repository)
    finally:
        # Not before the others know of each other, else the first deliveries would come from strangers.
        engine.fit_workers(repository.key)
    if failed:
        _undo_if_asked(engine, before, repository)
        raise Refused(repositories.update_failed(repository.key, failed))


async def push(engine: Engine, key: str) -> None:
    """Push the configuration again (F5)."""
    deployment = engine.deployment
    repository = deployment.require_repository(key)
    if repository.rclass != "federated":
        raise Refused(f"Repository '{key}' is not a federated repository")
    if deployment.is_paused(repository):
        return
    targets = [member for member in deployment.remote_members(repository) if member.enabled]
    failed = await _push_configuration(engine, repository, targets)
    if failed:
        raise Refused(repositories.update_failed(key, failed))


def with_own_member(deployment: Deployment, repository: Repository) -> Repository:
    """The repository with its own URL in its list, added when the request left it out."""
    own = deployment.member_url(repository.key)
    listed = tuple(member for member in repository.members if member.url)
    if any(member.url == own for member in listed):
        return repository.with_members(listed)
    return repository.with_members((Member(own), *listed))


def accept(engine: Engine, key: str, body: dict[str, Any]) -> None:
    """Take over the configuration that another member pushed; creates the repository when there is none."""
    deployment = engine.deployment
    pushed = body["repository"]
    members = repositories.parse_members(pushed["members"]) or ()
    current = deployment.repositories.get(key)
    if current is None:
        if deployment.has_key(key):
            raise Refused("error when validating repository name: Case insensitive repository key already exists")
        fresh = repositories.create(key, {**pushed, "proxy": None, "members": pushed["members"]})
        deployment.save_repository(with_own_member(deployment, fresh))
    else:
        _check_same_kind(current, pushed)
        shared = {name: value for name, value in pushed.items() if name not in repositories.LOCAL_SETTINGS}
        updated = repositories.update(current, {**shared, "members": None}).with_members(members)
        deployment.save_repository(with_own_member(deployment, updated))
    engine.fit_workers(key)


def accept_flags(engine: Engine, key: str, flags: dict[str, bool]) -> None:
    """Take over which members are paused; flags of unknown members are ignored."""
    current = engine.deployment.require_repository(key)
    members = [replace(member, enabled=flags.get(member.url, member.enabled)) for member in current.members]
    engine.deployment.save_repository(current.with_members(members))
    engine.fit_workers(key)


def accept_detachment(engine: Engine, key: str) -> None:
    """Stand alone: the repository stays federated, with itself as its only member."""
    deployment = engine.deployment
    current = deployment.require_repository(key)
    if current.rclass == "federated":
        own = deployment.member_url(key)
        deployment.save_repository(current.with_members([current.member(own) or Member(own)]))
        engine.fit_workers(key)


def _check_same_kind(current: Repository, pushed: dict[str, Any]) -> None:
    if current.rclass != "federated":
        raise Refused(f"Repository '{current.key}' exists and is not a federated repository")
    if current.package_type != pushed["packageType"]:
        raise Refused(f"Repository '{current.key}' is of package type {current.package_type}")


async def _check_new_members(engine: Engine, before: Repository | None, after: Repository) -> None:
    known = {member.url for member in before.members} if before is not None else set()
    fresh = [member for member in engine.deployment.remote_members(after) if member.url not in known]
    if not all(engine.peers.trusts(member) for member in fresh):
        raise Refused(NOT_TRUSTED)
    for member in fresh:
        try:
            await engine.peers.ask("GET", member, "capabilities")
        except Incompatible as error:
            raise Refused(str(error)) from error
        except PeerError:
            # Whether it can be told is found out when it is told (T-1).
            continue


async def _tell(engine: Engine, before: Repository | None, after: Repository) -> list[str]:
    deployment = engine.deployment
    remote = deployment.remote_members(after)
    changed_flags = _changed_flags(before, after)
    failed: list[str] = []
    if changed_flags:
        known = {member.url for member in before.members} if before is not None else set()
        failed += await _push_flags(engine, [m for m in remote if m.url in known], changed_flags)
    if _needs_push(before, after) and not deployment.is_paused(after):
        targets = [member for member in remote if member.enabled and member.url not in failed]
        failed += await _push_configuration(engine, after, targets)
    if before is not None and not deployment.is_paused(after):
        listed = {member.url for member in after.members}
        await _detach(engine, [m for m in deployment.remote_members(before) if m.url not in listed])
    return failed


def _changed_flags(before: Repository | None, after: Repository) -> dict[str, bool]:
    if before is None:
        return {}
    old = {member.url: member.enabled for member in before.members}
    return {m.url: m.enabled for m in after.members if m.url in old and old[m.url] != m.enabled}


def _needs_push(before: Repository | None, after: Repository) -> bool:
    if before is None:
        return True
    same_members = {member.url for member in before.members} == {member.url for member in after.members}
    return not same_members or before.federated_settings() != after.federated_settings()


async def _push_configuration(engine: Engine, repository: Repository, targets: Iterable[Member]) -> list[str]:
    failed = []
    body = {"source": engine.deployment.member_url(repository.key), "repository": repository.wire()}
    for member in targets:
        try:
            await engine.peers.call("PUT", member, "repository", body)
        except Untrusted as error:
            raise Refused(NOT_TRUSTED) from error
        except Incompatible as error:
            raise Refused(str(error)) from error
        except PeerError:
            failed.append(member.url)
    return failed


async def _push_flags(engine: Engine, targets: Iterable[Member], flags: dict[str, bool]) -> list[str]:
    failed = []
    for member in targets:
        try:
            await engine.peers.call("PUT", member, "flags", {"flags": flags})
        except PeerError:
            failed.append(member.url)
    return failed


async def _detach(engine: Engine, gone: Iterable[Member]) -> None:
    for member in gone:
        try:
            await engine.peers.call("DELETE", member, "membership")
        except PeerError:
            # A member that cannot be told keeps its list; the product leaves such a drift too (1.5, inferred).
            continue


def _undo_if_asked(engine: Engine, before: Repository | None, after: Repository) -> None:
    if engine.deployment.profile.keep_local_change_when_peer_is_down:
        return
    if before is None:
        engine.deployment.delete_repository(after.key)
    else:
        engine.deployment.save_repository(before)
    engine.fit_workers(after.key)
