"""The member list that one FederatedRepository owns: every site declared in one place.

Rule 1: a member that nobody declared is detached, never deleted.
Rule 2: a failure at one site does not keep the others from being done; the error says which are done and which are not,
        and the next `up` goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from jpd_provider.client.jpd import Jpd, Jpds
from jpd_provider.client.repositories import RepositoryConfiguration
from jpd_provider.errors import JpdError, Unreachable
from jpd_provider.model import Drift

from . import members
from .membership import MembershipFields, Observation, Site

__all__ = ["DeclaredMember", "converge", "leave", "observe", "sites", "strangers"]


class DeclaredMember(MembershipFields):
    """One further site of a federation, declared on its repository."""

    deployment: str | None = None
    """Name of the site's deployment; by default the name under which the member is declared."""

    url: str | None = None
    """URL of the site's repository, `<base URL>/artifactory/<key>`, for a JPD without credentials here."""

    key: str | None = None
    """Key of the site's repository; the hub's key by default. Created when it does not exist."""


def sites(jpds: Jpds, hub: Jpd, hub_key: str, declared: Mapping[str, DeclaredMember]) -> dict[str, Site]:
    """The memberships that a repository declares, by name.

    Raises:
        Unreachable: A site's JPD must say under which URL its peers know it, and does not answer.
    """
    return {name: _site(jpds, hub, hub_key, name, wish) for name, wish in sorted(declared.items())}


def converge(hub: Jpd, key: str, wanted: Mapping[str, Site], former: Mapping[str, Site]) -> None:
    """Let the wanted sites be members, the former ones leave, and detach whoever else is on the list."""
    listed = members.federated(hub, key).members
    new = {name for name, site in wanted.items() if members.find(listed, site.url) is None}
    steps: dict[str, Callable[[], None]] = {}
    for name, site in former.items():
        if not any(members.same_url(site.url, other.url) for other in wanted.values()):
            steps[f"{name} leaves"] = site.leave
    for name, site in wanted.items():
        steps[f"{name} joins" if name in new else name] = _joining(site, created=name in new)
    _each(f"change the members of '{key}' on deployment '{hub.name}'", steps)
    for url in strangers(hub, members.federated(hub, key), wanted.values()):
        members.remove(hub, key, url)


def leave(hub: Jpd, key: str, former: Mapping[str, Site]) -> None:
    """Let every site leave, each by its own deletion policy."""
    what = f"dissolve the federation of '{key}' on deployment '{hub.name}'"
    _each(what, {f"{name} leaves": site.leave for name, site in former.items()})


def observe(
    jpds: Jpds, hub: Jpd, ours: RepositoryConfiguration, declared: Mapping[str, DeclaredMember]
) -> tuple[dict[str, Observation], list[Drift]]:
    """What each declared site shows, and how the federation differs from its declaration."""
    seen: dict[str, Observation] = {}
    drift: list[Drift] = []
    known: list[Site] = []
    for name, wish in sorted(declared.items()):
        try:
            site = _site(jpds, hub, ours.key, name, wish)
            known.append(site)
            seen[name] = site.observe(ours)
        except Unreachable as error:
            drift.append(Drift.unknown(error.deployment, error.message))
            seen[name] = Observation({}, (), present=True)
            continue
        if not seen[name].present:
            drift.append(Drift(hub.name, f"members[{name}] has left: {site.url} is not a member"))
        else:
            drift.extend(seen[name].drift)
    if len(known) == len(declared):
        # As long as the URL of a declared site is unknown, any member may be that site.
        drift.extend(Drift(hub.name, f"members: {url} is not declared") for url in strangers(hub, ours, known))
    return seen, drift


def strangers(hub: Jpd, ours: RepositoryConfiguration, declared: Iterable[Site]) -> list[str]:
    """URLs on the list that are neither the repository itself nor declared."""
    known = [hub.repository_url(ours.key), *(site.url for site in declared)]
    return [member.url for member in ours.members if not any(members.same_url(member.url, url) for url in known)]


def _site(jpds: Jpds, hub: Jpd, hub_key: str, name: str, wish: DeclaredMember) -> Site:
    member = jpds[wish.deployment or name] if wish.url is None else None
    key = wish.key or hub_key
    url = member.repository_url(key) if member is not None else str(wish.url)
    return Site(hub=hub, hub_key=hub_key, member=member, key=key, url=url, wish=wish, label=f"members[{name}].")


def _joining(site: Site, *, created: bool) -> Callable[[], None]:
    return lambda: site.join(created=created)


def _each(what: str, steps: Mapping[str, Callable[[], None]]) -> None:
    """Run every step; when some fail, say which, and which are done."""
    done: list[str] = []
    failed: dict[str, JpdError] = {}
    for name, step in steps.items():
        try:
            step()
        except JpdError as error:
            failed[name] = error
        else:
            done.append(name)
    if failed:
        reasons = " ".join(f"[{name}] {error.message}" for name, error in failed.items())
        first = next(iter(failed.values()))
        raise JpdError(
            f"{what}: done: {', '.join(done) or 'nothing'}; not done: {', '.join(failed)}. {reasons}",
            hint=f"{first.hint} The next `pulumi up` goes on with what is not done.".strip(),
        ) from first
