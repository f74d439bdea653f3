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

from jpd_provider.client.jpd import Jpd, Jpds
from jpd_provider.client.repositories import RepositoryConfiguration
from jpd_provider.errors import JpdError, Unreachable, UserError
from jpd_provider.federations import fields, members

from .kind import Drift, Failure, Inputs, Kind, Reading, Rule, State

__all__ = ["KIND"]


class FederationMemberInputs(Inputs):
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

    enabled: bool = True
    """Whether the member synchronises. False pauses it through its own JPD: it exchanges nothing until resumed."""

    full_sync: Literal["on_create", "never"] = "on_create"
    """Whether joining starts a full sync from the hub. It is started, not awaited, and never carries deletions."""

    deletion_policy: Literal["detach", "convert_to_local", "delete_repository"] = "detach"
    """What leaving does to the member's repository: keep it as it is, make it local, or delete it."""

    force_destroy: bool = False
    """Whether `delete_repository` may delete a repository that holds artifacts."""


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
    "full_sync": Rule.LOCAL,  # it says what joining does; a member that has joined is not synchronised again
    "deletion_policy": Rule.LOCAL,
    "force_destroy": Rule.LOCAL,
}


def create(jpds: Jpds, inputs: FederationMemberInputs) -> FederationMemberState:
    """Join: append to the hub's list, push the configuration, verify through the member's own JPD, synchronise."""
    hub, member = _ends(jpds, inputs)
    _refuse_same(inputs, hub, member)
    state = _state(inputs, hub, member)
    if member is not None:
        _refuse_taken_key(inputs, hub, member)
    _join(inputs, hub, member, state)
    if inputs.full_sync == "on_create" and inputs.enabled:
        hub.federation.full_sync(inputs.repository_key, mirror=state.url)
    return state


def read(
    jpds: Jpds, id_: str, inputs: FederationMemberInputs | None, state: FederationMemberState | None
) -> Reading[FederationMemberInputs, FederationMemberState] | None:
    """The membership as both sides see it. None: neither side knows it, or the hub's repository is gone."""
    declared = inputs or _from_id(id_)
    try:
        hub, member = _ends(jpds, declared)
        found = hub.repositories.get(declared.repository_key)
        current = _state(declared, hub, member)
    except Unreachable as error:
        if inputs is None or state is None:
            raise
        return Reading(inputs, state, (Drift.unknown(error.deployment, error.message),))
    if found is None or found.repository_class != "federated":
        return None
    listed = members.find(found.members, current.url)
    if member is None:
        if listed is None:
            return None
        return Reading(declared.model_copy(update={"enabled": listed.enabled}), current)
    try:
        theirs = member.repositories.get(_member_key(declared))
    except Unreachable as error:
        return Reading(declared, current, (Drift.unknown(error.deployment, error.message),))
    if listed is None and (theirs is None or members.find(theirs.members, current.hub_url) is None):
        return None
    drift = list(_drift(declared, current, found, theirs, listed_on_hub=listed is not None))
    own = members.find(theirs.members, current.url) if theirs is not None else None
    enabled = own.enabled if own is not None else declared.enabled
    if inputs is not None and enabled != inputs.enabled:
        drift.append(Drift.of_field(member.name, "enabled", live=enabled, declared=inputs.enabled))
    # A copy with the update keeps which inputs were given; the flag counts as given once it deviates.
    live = declared if enabled == declared.enabled else declared.model_copy(update={"enabled": enabled})
    return Reading(live, current, tuple(drift))


def update(
    jpds: Jpds,
    _old: FederationMemberInputs,
    _state_before: FederationMemberState,
    inputs: FederationMemberInputs,
) -> FederationMemberState:
    """Pause or resume, and repair whichever side lost the membership or its configuration."""
    hub, member = _ends(jpds, inputs)
    state = _state(inputs, hub, member)
    _join(inputs, hub, member, state)
    return state


def delete(jpds: Jpds, inputs: FederationMemberInputs, _state_before: FederationMemberState) -> None:
    """Leave: both sides forget each other; then the member's repository follows `deletion_policy`."""
    hub, member = _ends(jpds, inputs)
    state = _state(inputs, hub, member)
    if member is not None and inputs.deletion_policy == "delete_repository" and not inputs.force_destroy:
        members.refuse_if_it_holds_artifacts(member, _member_key(inputs))
    members.remove(hub, inputs.repository_key, state.url)
    if member is None:
        return
    key = _member_key(inputs)
    theirs = member.repositories.get(key)
    if theirs is None or theirs.repository_class != "federated":
        return
    members.leave(member, key)
    if inputs.deletion_policy == "convert_to_local":
        member.federation.convert_to_local(key)
    elif inputs.deletion_policy == "delete_repository":
        members.delete_repository(member, key, force=inputs.force_destroy)


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
    for field in ("member_key", "deletion_policy", "force_destroy"):
        if known.get(field):
            yield Failure(field, "needs `member`: with member_url there are no credentials for the other side")


def _join(inputs: FederationMemberInputs, hub: Jpd, member: Jpd | None, state: FederationMemberState) -> None:
    """Make both sides list each other with one configuration, then set the member's flag. Safe to repeat."""
    members.add(hub, inputs.repository_key, state.url)
    if member is None:
        return
    key = _member_key(inputs)
    if inputs.enabled:
        # Before the comparison: a paused member takes no configuration.
        _resume_if_paused(member, key)
    if _out_of_step(hub, inputs.repository_key, member, key, state.hub_url):
        hub.federation.synchronize_configuration(inputs.repository_key)
        _verify(inputs, hub, member, state)
    members.set_enabled(member, key, enabled=inputs.enabled)


def _resume_if_paused(member: Jpd, key: str) -> None:
    theirs = member.repositories.get(key)
    if theirs is not None and theirs.repository_class == "federated":
        members.set_enabled(member, key, enabled=True)


def _out_of_step(hub: Jpd, hub_key: str, member: Jpd, key: str, hub_url: str) -> bool:
    ours, theirs = members.federated(hub, hub_key), member.repositories.get(key)
    return (
        theirs is None or members.find(theirs.members, hub_url) is None or bool(fields.differing(theirs.raw, ours.raw))
    )


def _verify(inputs: FederationMemberInputs, hub: Jpd, member: Jpd, state: FederationMemberState) -> None:
    key = _member_key(inputs)
    arrived = member.http.wait_until(
        lambda: not _out_of_step(hub, inputs.repository_key, member, key, state.hub_url),
        lambda done: done,
        seconds=members.SETTLE_SECONDS,
    )
    if not arrived:
        raise JpdError(
            f"join '{key}' on deployment '{member.name}' to '{inputs.repository_key}' on deployment '{hub.name}': the "
            f"hub accepted the member, but its configuration has not arrived on '{member.name}'.",
            hint=f"Check that '{hub.name}' reaches {state.url} and that both trust each other (BindingToken), then run "
            "`pulumi up` again: it goes on from here.",
        )


def _refuse_same(inputs: FederationMemberInputs, hub: Jpd, member: Jpd | None) -> None:
    if member is not None and member.base_url == hub.base_url:
        raise UserError(
            f"join '{inputs.repository_key}': deployments '{hub.name}' and '{member.name}' have the same base URL "
            f"{hub.base_url}.",
            hint="They are one JPD under two names, or one of them has a wrong base URL.",
        )


def _refuse_taken_key(inputs: FederationMemberInputs, hub: Jpd, member: Jpd) -> None:
    """A repository that is there already joins only when it is of the same kind."""
    key = _member_key(inputs)
    existing = member.repositories.get(key)
    if existing is None:
        return
    ours = members.federated(hub, inputs.repository_key)
    if existing.repository_class != "federated" or existing.package_type != ours.package_type:
        raise UserError(
            f"join '{key}' on deployment '{member.name}' to '{inputs.repository_key}' on deployment '{hub.name}': the "
            f"key is taken by a {existing.repository_class} repository of package type {existing.package_type}.",
            hint="Set member_key to a free key, or convert that repository first "
            f"(FederatedRepository on '{member.name}' with adopt=\"local\").",
        )


def _drift(
    declared: FederationMemberInputs,
    state: FederationMemberState,
    ours: RepositoryConfiguration,
    theirs: RepositoryConfiguration | None,
    *,
    listed_on_hub: bool,
) -> Iterable[Drift]:
    hub, member = declared.deployment, str(declared.member)
    if not listed_on_hub:
        yield Drift(hub, f"members of '{ours.key}' lack {state.url}")
    if theirs is None:
        yield Drift(member, f"repository '{_member_key(declared)}' is gone")
        return
    if theirs.repository_class != "federated":
        yield Drift.of_field(member, "rclass", live=theirs.repository_class, declared="federated")
        return
    if members.find(theirs.members, state.hub_url) is None:
        yield Drift(member, f"members of '{theirs.key}' lack {state.hub_url}")
    for name in fields.differing(theirs.raw, ours.raw):
        live, wanted = fields.live(theirs.raw, name), fields.live(ours.raw, name)
        yield Drift(member, f"{name} is {live!r}, on {hub} it is {wanted!r}")


def _ends(jpds: Jpds, inputs: FederationMemberInputs) -> tuple[Jpd, Jpd | None]:
    return jpds[inputs.deployment], jpds[inputs.member] if inputs.member is not None else None


def _state(inputs: FederationMemberInputs, hub: Jpd, member: Jpd | None) -> FederationMemberState:
    url = member.repository_url(_member_key(inputs)) if member is not None else str(inputs.member_url)
    return FederationMemberState(url=url, hub_url=hub.repository_url(inputs.repository_key))


def _member_key(inputs: FederationMemberInputs) -> str:
    return inputs.member_key or inputs.repository_key


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
)
