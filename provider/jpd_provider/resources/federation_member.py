"""FederationMember: one JPD's membership of one federation.

Id: `<hub>/<repository key>/<member>/<member key>`, for example `eu/docker-local/us/docker-local`; for a JPD without
credentials here `<hub>/<repository key>/<member URL, percent-encoded>`.
Calls: GET and POST /artifactory/api/repositories/{key} on both JPDs; POST federation/configSync and
federation/fullSync.
Source: contract/federation 1.5, 2 and 5.

Reading goes through both JPDs: a membership exists when each side lists the other.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from jpd_provider.client.jpd import Jpds
from jpd_provider.errors import Unreachable, UserError
from jpd_provider.federations.membership import MembershipFields, Site

from .kind import Drift, Failure, Kind, Reading, Rule, State

__all__ = ["KIND"]


class FederationMemberInputs(MembershipFields):
    """What a user declares."""

    deployment: str
    """Name of the deployment whose repository is joined, the hub. Another one replaces the membership."""

    repository_key: str
    """Key of the federated repository that is joined. Another one replaces the membership."""

    member: str | None = None
    """Name of the deployment that joins. Give this or `member_url`. Another one replaces the membership."""

    member_url: str | None = None
    """URL of the joining repository, `<base URL>/artifactory/<key>`, for a JPD without credentials here; only the hub's
    side is then managed and read."""

    member_key: str | None = None
    """Key of the repository on the joining JPD; the hub's key by default. Created when it does not exist."""


class FederationMemberState(State):
    """What the JPDs add."""

    url: str = ""
    """The member's repository as it stands in member lists."""

    hub_url: str = ""
    """The hub's repository as it stands in member lists."""


RULES: Mapping[str, Rule] = {
    "deployment": Rule.REPLACE,
    "repository_key": Rule.REPLACE,
    "member": Rule.REPLACE,
    "member_url": Rule.REPLACE,
    "member_key": Rule.REPLACE,
    "enabled": Rule.UPDATE,
    "project_key": Rule.UPDATE,
    "environments": Rule.UPDATE,
    "xray_index": Rule.UPDATE,
    # These say what joining and leaving do; a member that has joined is not changed by them.
    "full_sync": Rule.LOCAL,
    "wait_for_sync_seconds": Rule.LOCAL,
    "adopt": Rule.LOCAL,
    "deletion_policy": Rule.LOCAL,
    "force_destroy": Rule.LOCAL,
    "on_unreachable": Rule.LOCAL,
}


def create(jpds: Jpds, inputs: FederationMemberInputs) -> FederationMemberState:
    """Join: append to the hub's list, push the configuration, verify through the member's own JPD, synchronise."""
    site = _site(jpds, inputs)
    site.join(created=True)
    return _state(site)


def read(
    jpds: Jpds, id_: str, inputs: FederationMemberInputs | None, state: FederationMemberState | None
) -> Reading[FederationMemberInputs, FederationMemberState] | None:
    """The membership as both sides see it. None: neither side knows it, or the hub's repository is gone."""
    declared = inputs or _from_id(id_)
    try:
        site = _site(jpds, declared)
        ours = site.hub.snapshot.get(declared.repository_key)
        if ours is None or ours.repository_class != "federated":
            return None
        seen = site.observe(ours)
        if not seen.present:
            return None
        current = _state(site)
    except Unreachable as error:
        if inputs is None or state is None:
            raise
        return Reading(inputs, state, (Drift.unknown(error.deployment, error.message),))
    changed = {name: value for name, value in seen.live.items() if value != getattr(declared, name)}
    # A field counts as given once it deviates, so that a paused member shows although `enabled` was left out.
    return Reading(declared.model_copy(update=changed), current, seen.drift)


def update(
    jpds: Jpds,
    _old: FederationMemberInputs,
    _state_before: FederationMemberState,
    inputs: FederationMemberInputs,
) -> FederationMemberState:
    """Pause or resume, set local fields, and repair whichever side lost the membership or its configuration."""
    site = _site(jpds, inputs)
    site.join(created=False)
    return _state(site)


def delete(jpds: Jpds, inputs: FederationMemberInputs, _state_before: FederationMemberState) -> None:
    """Leave: both sides forget each other; then the member's repository follows `deletion_policy`."""
    _site(jpds, inputs).leave()


def validate(known: Mapping[str, Any]) -> Iterable[Failure]:
    """Not the hub itself, and nothing that needs credentials which are not there."""
    member, url = known.get("member"), known.get("member_url")
    if member is not None and member == known.get("deployment"):
        yield Failure("member", f"'{member}' is the hub itself; a federation's member is another deployment")
    if url is None:
        return
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or "/artifactory/" not in parts.path or url.endswith("/"):
        yield Failure(
            "member_url",
            f"'{url}' is not <base URL>/artifactory/<key> without a trailing slash; JFrog refuses other forms",
        )
    for field in ("member_key", "project_key", "environments", "xray_index", "deletion_policy", "force_destroy"):
        if known.get(field):
            yield Failure(field, "needs `member`: with member_url there are no credentials for the other side")


def _site(jpds: Jpds, inputs: FederationMemberInputs) -> Site:
    hub = jpds[inputs.deployment]
    member = jpds[inputs.member] if inputs.member is not None else None
    key = _member_key(inputs)
    url = member.repository_url(key) if member is not None else str(inputs.member_url)
    return Site(hub=hub, hub_key=inputs.repository_key, member=member, key=key, url=url, wish=inputs)


def _state(site: Site) -> FederationMemberState:
    return FederationMemberState(url=site.url, hub_url=site.hub_url)


def _member_key(inputs: FederationMemberInputs) -> str:
    return inputs.member_key or inputs.repository_key


def _joined_list(known: Mapping[str, Any]) -> tuple[str, Literal["joins"]] | None:
    where = (known.get("deployment"), known.get("repository_key"))
    return ("/".join(map(str, where)), "joins") if all(isinstance(part, str) for part in where) else None


def _identity(inputs: FederationMemberInputs) -> str:
    hub = f"{inputs.deployment}/{inputs.repository_key}"
    if inputs.member is None:
        return f"{hub}/{urllib.parse.quote(str(inputs.member_url), safe='')}"
    return f"{hub}/{inputs.member}/{_member_key(inputs)}"


def _from_id(id_: str) -> FederationMemberInputs:
    match id_.split("/"):
        case [hub, key, member, member_key]:
            given = {"member": member} | ({"member_key": member_key} if member_key != key else {})
            return FederationMemberInputs.model_validate({"deployment": hub, "repository_key": key} | given)
        case [hub, key, url]:
            return FederationMemberInputs(deployment=hub, repository_key=key, member_url=urllib.parse.unquote(url))
        case _:
            raise UserError(
                f"'{id_}' is not the id of a FederationMember.",
                hint="It has the form <hub>/<repository key>/<member>/<member key>.",
            )


KIND = Kind(
    name="FederationMember",
    inputs=FederationMemberInputs,
    state=FederationMemberState,
    rules=RULES,
    deployment_fields=("deployment", "member"),
    identity=_identity,
    create=create,
    read=read,
    update=update,
    delete=delete,
    validate=validate,
    one_of=(("member", "member_url"),),
    member_list=_joined_list,
    unordered=("environments",),
)
