"""The care for a federation's member list: read, change, write and verify under one lock.

Rule 1: the list is replaced as a whole by a write (contract: federation 1.5), so it is always the list that was just
        read plus or minus one member; a member that somebody else added survives.
Rule 2: the order of members means nothing.
Rule 3: a write counts when a read shows it.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Sequence

from jpd_provider.client.jpd import Jpd
from jpd_provider.client.repositories import Member, RepositoryConfiguration
from jpd_provider.errors import JpdError, UserError

__all__ = [
    "LIMIT",
    "add",
    "delete_repository",
    "federated",
    "find",
    "leave",
    "refuse_if_it_holds_artifacts",
    "remove",
    "same_url",
    "set_enabled",
]

LIMIT = 10
"""Repositories in one federation, the first included (contract: federation 1.5)."""

SETTLE_SECONDS = 20.0
"""How long a read may lag behind a write before we call it lost. Our choice: clients of the product poll up to 50 s."""


def add(hub: Jpd, key: str, url: str) -> None:
    """Let the repository at `url` join the federation of `key` on `hub`; nothing to do when it is a member."""
    with hub.member_list_lock(key):
        members = federated(hub, key).members
        if find(members, url) is not None:
            return
        if len(members) >= LIMIT:
            raise UserError(
                f"add {url} to the federation of '{key}' on deployment '{hub.name}': it has {len(members)} members "
                f"already, and JFrog allows {LIMIT}.",
                hint="Detach one member first, or start a second federation.",
            )
        _write(hub, key, [*members, Member(url=url)])
        _settle(hub, key, url, present=True)


def remove(hub: Jpd, key: str, url: str) -> None:
    """Take the repository at `url` out of the federation of `key` on `hub`; its content stays on both sides."""
    with hub.member_list_lock(key):
        configuration = hub.repositories.get(key)
        if configuration is None or find(configuration.members, url) is None:
            return
        _write(hub, key, [member for member in configuration.members if not same_url(member.url, url)])
        _settle(hub, key, url, present=False)


def set_enabled(jpd: Jpd, key: str, *, enabled: bool) -> None:
    """Pause or resume a member through its own JPD: the flag of one's own entry (contract: federation 5)."""
    url = jpd.repository_url(key)
    with jpd.member_list_lock(key):
        members = federated(jpd, key).members
        own = find(members, url)
        if own is not None and own.enabled == enabled:
            return
        others = [member for member in members if not same_url(member.url, url)]
        _write(jpd, key, [Member(url=url, enabled=enabled), *others])


def delete_repository(jpd: Jpd, key: str, *, force: bool) -> None:
    """Delete a repository; without `force` only an empty one. Other members keep theirs."""
    if not force:
        refuse_if_it_holds_artifacts(jpd, key)
    with jpd.configuration_lock:
        jpd.repositories.delete(key)


def leave(jpd: Jpd, key: str) -> None:
    """Let a repository forget every other member; it stays federated and keeps its content."""
    url = jpd.repository_url(key)
    with jpd.member_list_lock(key):
        if any(not same_url(member.url, url) for member in federated(jpd, key).members):
            _write(jpd, key, [Member(url=url)])


def refuse_if_it_holds_artifacts(jpd: Jpd, key: str) -> None:
    """Raise UserError when a repository is not empty."""
    held = jpd.repositories.storage(key)
    if held.artifacts:
        raise UserError(
            f"delete repository '{key}' on deployment '{jpd.name}': it holds {held.artifacts} artifacts "
            f"({held.size_bytes} bytes).",
            hint="Set force_destroy=True and run `pulumi up`, then delete; or keep it with another deletion_policy.",
        )


def federated(jpd: Jpd, key: str) -> RepositoryConfiguration:
    """The configuration of a repository that must be a federated one."""
    configuration = jpd.repositories.get(key)
    if configuration is None:
        raise UserError(
            f"read the members of '{key}' on deployment '{jpd.name}': there is no such repository.",
            hint="Declare it as a FederatedRepository and let this resource depend on it.",
        )
    if configuration.repository_class != "federated":
        raise UserError(
            f"read the members of '{key}' on deployment '{jpd.name}': it is a {configuration.repository_class} "
            "repository.",
            hint='Only federated ones have members; a FederatedRepository with adopt="local" converts a local one.',
        )
    return configuration


def find(members: Sequence[Member], url: str) -> Member | None:
    """The member at a URL."""
    return next((member for member in members if same_url(member.url, url)), None)


def same_url(one: str, other: str) -> bool:
    """Whether two member URLs name one repository; host names and schemes have no case, default ports no number."""
    return _normal(one) == _normal(other)


def _normal(url: str) -> tuple[str, str, int | None, str]:
    parts = urllib.parse.urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme.lower(), (parts.hostname or "").lower(), port, parts.path.rstrip("/")


def _write(jpd: Jpd, key: str, members: Sequence[Member]) -> None:
    body = {"rclass": "federated", "members": [{"url": member.url, "enabled": member.enabled} for member in members]}
    with jpd.configuration_lock:
        jpd.repositories.update(key, body)


def _settle(hub: Jpd, key: str, url: str, *, present: bool) -> None:
    def shown() -> bool:
        configuration = hub.repositories.get(key)
        return configuration is not None and find(configuration.members, url) is not None

    if hub.http.wait_until(shown, lambda now: now is present, seconds=SETTLE_SECONDS) is not present:
        raise JpdError(
            f"change the members of '{key}' on deployment '{hub.name}': the JPD accepted the change, but "
            f"{SETTLE_SECONDS:.0f} seconds later {url} is {'still missing' if present else 'still a member'}.",
            hint="Somebody may be changing the same federation; run `pulumi up` again.",
        )
