"""The addresses under which a JPD takes part in federations, and what happens when they change (7.1).

The own entries of its repositories follow at once. The other members keep the old address until `replaceUrl` (F12) is
called on each of them, after pairing again; meanwhile they refuse what comes from the new one.
"""

from __future__ import annotations

from collections.abc import Callable

from jpd_sim.federation.configuration import NOT_TRUSTED
from jpd_sim.federation.engine import Engine
from jpd_sim.state.errors import Refused
from jpd_sim.state.repositories import Member, Repository

CHANGE_SINCE = "7.55.1"
"""Before, the base URL of a JPD with remote members could not change."""
FEDERATED_BASE_URL_SINCE = "7.21.13"


def change_base_url(engine: Engine, url: str) -> None:
    """Set the base URL; Refused while there are remote members and the version is too old for that."""
    _rename_own(engine, lambda: setattr(engine.deployment, "base_url", url))


def change_federated_base_url(engine: Engine, url: str | None) -> None:
    """Set the URL that is published to the other members instead of the base URL; None to publish that again."""
    if not engine.deployment.profile.at_least(FEDERATED_BASE_URL_SINCE):
        raise Refused(f"The federated base URL needs version {FEDERATED_BASE_URL_SINCE}")
    _rename_own(engine, lambda: setattr(engine.deployment, "federated_base_url", url))


def replace_base_url(engine: Engine, old: str, new: str) -> int:
    """Exchange the base URL of a remote JPD in all member lists (F12); answers in how many repositories."""
    changes = [(repository, _renamed(repository, old, new)) for repository in _with_member_at(engine, old)]
    for _, after in changes:
        moved = [member for member in after.members if member.base_url == new]
        if not all(engine.peers.trusts(member) for member in moved):
            raise Refused(NOT_TRUSTED)
    for before, after in changes:
        for member, renamed in zip(before.members, after.members, strict=True):
            engine.deployment.federation.rename(before.key, member.url, renamed.url)
        engine.deployment.save_repository(after)
    engine.fit_workers()
    return len(changes)


def _rename_own(engine: Engine, change: Callable[[], None]) -> None:
    deployment = engine.deployment
    old = deployment.published_url
    federated = [repository for repository in deployment.repositories if repository.rclass == "federated"]
    if old is not None and not deployment.profile.at_least(CHANGE_SINCE):
        remote = [repository.key for repository in federated if deployment.remote_members(repository)]
        if remote:
            raise Refused(f"The base URL cannot change while repositories have remote members: {', '.join(remote)}")
    change()
    new = deployment.published_url
    if new is None or new == old:
        return
    engine.links.register(deployment.name, new)
    for repository in federated:
        deployment.save_repository(_renamed(repository, old or "", new))
    engine.fit_workers()


def _with_member_at(engine: Engine, base_url: str) -> list[Repository]:
    deployment = engine.deployment
    return [
        repository
        for repository in deployment.repositories
        if any(member.base_url == base_url for member in deployment.remote_members(repository))
    ]


def _renamed(repository: Repository, old: str, new: str) -> Repository:
    members = [
        Member(f"{new}/artifactory/{member.key}", member.enabled) if member.base_url == old else member
        for member in repository.members
    ]
    return repository.with_members(members)
