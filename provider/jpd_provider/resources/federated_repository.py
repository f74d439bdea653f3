"""FederatedRepository: a repository of class federated on one JPD.

Id: `<deployment>/<key>`, for example `eu/docker-local`.
Calls: PUT, POST, GET, DELETE /artifactory/api/repositories/{key}; POST federation/migrate, federation/convertToLocal.
Source: contract/federation 1 and 2.

With `members` this resource owns the member list and reads every member through its own JPD. Without, the list belongs
to FederationMember resources, or to people, and is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from jpd_provider.client.jpd import Jpd, Jpds
from jpd_provider.client.repositories import RepositoryConfiguration
from jpd_provider.errors import Conflict, FateUnknown, Unreachable, UserError
from jpd_provider.federations import fields, members, owned, repository_rules

from .kind import Drift, Inputs, Kind, Reading, Rule, State

__all__ = ["KIND"]


class FederatedRepositoryInputs(Inputs):
    """What a user declares. Only the fields that are set are compared with the JPD and repaired."""

    deployment: str
    """Name of the deployment that holds the repository. Another one replaces the repository."""

    key: str
    """Repository key, 1 to 64 characters. Another one replaces the repository. Source: federation 1.6."""

    package_type: str
    """Package type, fixed after creation: another one replaces the repository. Source: federation 1.4."""

    description: str | None = None
    """Description, shown to users and pushed to every member."""

    notes: str | None = None
    """Internal notes, pushed to every member."""

    includes_pattern: str | None = None
    """Comma-separated Ant patterns of paths that are served; the product's default is `**/*`."""

    excludes_pattern: str | None = None
    """Comma-separated Ant patterns of paths that are refused; the product's default is none."""

    repo_layout_ref: str | None = None
    """Layout of the repository; the product's default depends on the package type."""

    project_key: str | None = None
    """Project that owns the repository; the key then starts with `<project_key>-`, on every member."""

    environments: list[str] | None = None
    """Environments such as DEV; one up to 7.107.0, several later. Not shared with members."""

    xray_index: bool | None = None
    """Whether Xray indexes the repository. Not shared with members."""

    blacked_out: bool | None = None
    """Whether the repository is taken out of service. Not shared with members."""

    archive_browsing_enabled: bool | None = None
    """Whether archives can be browsed."""

    priority_resolution: bool | None = None
    """Whether this repository is asked before others of a virtual one. Not shared with members."""

    download_redirect: bool | None = None
    """Whether downloads are redirected to the cloud storage; needs Enterprise+, else it reads back as false."""

    property_sets: list[str] | None = None
    """Names of property sets."""

    proxy: str | None = None
    """Key of the platform proxy that outgoing requests of this repository use. Not shared with members."""

    disable_proxy: bool | None = None
    """Whether the default proxy is ignored too; contradicts `proxy`. Not shared with members."""

    settings: dict[str, Any] | None = None
    """Package-specific fields under JFrog's names, for example {"dockerTagRetention": 5}; sent as they are."""

    sync_enabled: bool | None = None
    """Whether this repository itself synchronises: its own flag in the member list. False pauses it."""

    members: dict[str, owned.DeclaredMember] | None = None
    """The other sites, by the name of their deployment (or any name, for one that is given by `url`). Given, this
    resource owns the list: a member that nobody declared is drift and is detached, never deleted. At most 9."""

    adopt: Literal["identical", "federated", "local"] = "identical"
    """What to do with a repository that exists under this key: take it over only when every declared field agrees
    ("identical"), take over a federated one and change it ("federated"), or convert a local one in place ("local")."""

    deletion_policy: Literal["delete", "convert_to_local", "retain"] = "delete"
    """What deleting this resource does to the repository."""

    force_destroy: bool = False
    """Whether a repository that holds artifacts may be deleted. False: the delete is refused and says how many."""


class FederatedRepositoryState(State):
    """What the JPD adds."""

    url: str = ""
    """The repository's URL as it stands in member lists: `<base URL>/artifactory/<key>`."""

    settled: dict[str, Any] = Field(default_factory=dict)
    """Declared fields that the product answered with another value right after the write, and that value: for example
    `download_redirect` without Enterprise+. They are no drift as long as they stay so."""


RULES: Mapping[str, Rule] = {
    "deployment": Rule.REPLACE,
    "key": Rule.REPLACE,
    "package_type": Rule.REPLACE,  # the product refuses a change, and so do the members
    "adopt": Rule.LOCAL,
    "deletion_policy": Rule.LOCAL,
    "force_destroy": Rule.LOCAL,
    "members": Rule.UPDATE,
    **dict.fromkeys((*fields.CONFIGURATION, "settings", "sync_enabled"), Rule.UPDATE),
}


def create(jpds: Jpds, inputs: FederatedRepositoryInputs) -> FederatedRepositoryState:
    """Create the repository, or take over the one that exists as far as `adopt` allows."""
    jpd = jpds[inputs.deployment]
    existing = jpd.repositories.get(inputs.key)
    if existing is None:
        _create_once(jpd, inputs)
    else:
        _adopt(jpd, inputs, existing)
    _set_members(jpds, jpd, inputs, former=None)
    return _state(jpd, inputs)


def read(
    jpds: Jpds, id_: str, inputs: FederatedRepositoryInputs | None, state: FederatedRepositoryState | None
) -> Reading[FederatedRepositoryInputs, FederatedRepositoryState] | None:
    """The declared fields as they are now. A JPD that does not answer is "unknown", never "gone"."""
    deployment, _, key = id_.partition("/")
    jpd = jpds[deployment]
    try:
        # On import every field may be wanted, so the bulk answer, which holds fewer, does not do.
        found = jpd.snapshot.get(key, needed=inputs.settings or ()) if inputs else jpd.repositories.get(key)
        if found is None:
            return None
        url = jpd.repository_url(key)
    except Unreachable as error:
        if inputs is None or state is None:
            raise
        return Reading(inputs, state, (Drift.unknown(deployment, error.message),))
    settled = state.settled if state else {}
    live = _live_inputs(jpd, found, inputs, settled)
    drift = [
        Drift.of_field(deployment, name, live=getattr(live, name), declared=getattr(inputs, name))
        for name in sorted(inputs.model_fields_set - {"members"} if inputs else ())
        if getattr(live, name) != getattr(inputs, name)
    ]
    if found.repository_class != "federated":
        drift.append(Drift.of_field(deployment, "rclass", live=found.repository_class, declared="federated"))
    elif inputs is not None and inputs.members is not None:
        live_members, member_drift = _observe_members(jpds, jpd, found, inputs)
        live = live.model_copy(update={"members": live_members})
        drift.extend(member_drift)
    return Reading(live, FederatedRepositoryState(url=url, settled=settled), tuple(drift))


def update(
    jpds: Jpds,
    old: FederatedRepositoryInputs,
    _state_before: FederatedRepositoryState,
    inputs: FederatedRepositoryInputs,
) -> FederatedRepositoryState:
    """Write the declared fields; a repository that somebody made local becomes federated again."""
    jpd = jpds[inputs.deployment]
    existing = jpd.repositories.get(inputs.key)
    if existing is None:
        _create_once(jpd, inputs)
    else:
        _converge(jpd, inputs, existing)
    _set_members(jpds, jpd, inputs, former=old.members)
    return _state(jpd, inputs)


def delete(jpds: Jpds, inputs: FederatedRepositoryInputs, _state_before: FederatedRepositoryState) -> None:
    """Delete, convert or leave the repository, as `deletion_policy` says."""
    if inputs.deletion_policy == "retain":
        return
    jpd = jpds[inputs.deployment]
    existing = jpd.repositories.get(inputs.key)
    if existing is None:
        return
    if inputs.deletion_policy == "delete" and not inputs.force_destroy:
        members.refuse_if_it_holds_artifacts(jpd, inputs.key)  # before any member leaves
    if inputs.members is not None and existing.repository_class == "federated":
        owned.leave(jpd, inputs.key, owned.sites(jpds, jpd, inputs.key, inputs.members))
    if inputs.deletion_policy == "convert_to_local":
        if existing.repository_class == "federated":
            jpd.federation.convert_to_local(inputs.key)
        return
    members.delete_repository(jpd, inputs.key, force=inputs.force_destroy)


def _set_members(
    jpds: Jpds,
    jpd: Jpd,
    inputs: FederatedRepositoryInputs,
    *,
    former: Mapping[str, owned.DeclaredMember] | None,
) -> None:
    if inputs.members is not None:
        wanted = owned.sites(jpds, jpd, inputs.key, inputs.members)
        owned.converge(jpd, inputs.key, wanted, owned.sites(jpds, jpd, inputs.key, former or {}))
    if inputs.sync_enabled is not None:
        members.set_enabled(jpd, inputs.key, enabled=inputs.sync_enabled)


def _observe_members(
    jpds: Jpds, jpd: Jpd, found: RepositoryConfiguration, inputs: FederatedRepositoryInputs
) -> tuple[dict[str, owned.DeclaredMember], list[Drift]]:
    """The declared members as they are; one that has left is missing among them."""
    declared = inputs.members or {}
    seen, drift = owned.observe(jpds, jpd, found, declared)
    live = {}
    for name, observation in seen.items():
        if observation.present:
            wish = declared[name]
            changed = {field: value for field, value in observation.live.items() if value != getattr(wish, field)}
            live[name] = wish.model_copy(update=changed)
    return live, drift


def _create_once(jpd: Jpd, inputs: FederatedRepositoryInputs) -> None:
    """Create; when the answer was lost, look whether it was done."""
    body = {"key": inputs.key, "rclass": "federated", "packageType": inputs.package_type, **_wire(inputs)}
    try:
        with jpd.configuration_lock:
            jpd.repositories.create(inputs.key, body)
    except (FateUnknown, Conflict):
        # Conflict: somebody, or our own lost request, was faster; or the key differs only in case.
        existing = jpd.repositories.get(inputs.key)
        if existing is None:
            raise
        _adopt(jpd, inputs, existing)


def _adopt(jpd: Jpd, inputs: FederatedRepositoryInputs, existing: RepositoryConfiguration) -> None:
    what = f"create federated repository '{inputs.key}' on deployment '{jpd.name}'"
    if existing.package_type != inputs.package_type or existing.repository_class not in ("federated", "local"):
        raise UserError(
            f"{what}: the key is taken by a {existing.repository_class} repository of package type "
            f"{existing.package_type}.",
            hint="Choose another key.",
        )
    if existing.repository_class == "local" and inputs.adopt != "local":
        raise UserError(
            f"{what}: the key is taken by a local repository.",
            hint='Set adopt="local" to convert it in place; its content reaches other members by a full sync.',
        )
    if inputs.adopt == "identical":
        live = _live_inputs(jpd, existing, inputs, {})
        own = inputs.model_fields_set - {"sync_enabled"}
        differing = sorted(name for name in own if getattr(live, name) != getattr(inputs, name))
        if differing:
            raise UserError(
                f"{what}: it exists and differs in {', '.join(differing)}.",
                hint='Set adopt="federated" to take it over and change it.',
            )
    _converge(jpd, inputs, existing)


def _converge(jpd: Jpd, inputs: FederatedRepositoryInputs, existing: RepositoryConfiguration) -> None:
    if existing.repository_class == "local":
        jpd.federation.migrate(inputs.key)
    live = _live_inputs(jpd, existing, inputs, {})
    if all(getattr(live, name) == getattr(inputs, name) for name in inputs.model_fields_set - {"sync_enabled"}):
        return
    with jpd.configuration_lock:
        jpd.repositories.update(inputs.key, {"rclass": "federated", **_wire(inputs)})


def _wire(inputs: FederatedRepositoryInputs) -> dict[str, Any]:
    return fields.to_wire(inputs) | (inputs.settings or {})


def _state(jpd: Jpd, inputs: FederatedRepositoryInputs) -> FederatedRepositoryState:
    existing = jpd.repositories.get(inputs.key)
    if existing is None:
        raise UserError(
            f"create federated repository '{inputs.key}' on deployment '{jpd.name}': it vanished right after the "
            "write.",
            hint="Somebody else may manage the same key.",
        )
    live = _live_inputs(jpd, existing, inputs, {})
    settled = {
        name: getattr(live, name)
        for name in sorted(inputs.model_fields_set & {*fields.CONFIGURATION, "settings"})
        if getattr(live, name) != getattr(inputs, name)
    }
    return FederatedRepositoryState(url=jpd.repository_url(inputs.key), settled=settled)


def _live_inputs(
    jpd: Jpd,
    found: RepositoryConfiguration,
    declared: FederatedRepositoryInputs | None,
    settled: Mapping[str, Any],
) -> FederatedRepositoryInputs:
    """The inputs that describe what was found: the declared fields, or on import those that say something."""
    if declared is None:
        live = {name: fields.live(found.raw, name) for name in fields.CONFIGURATION}
        said = {name: value for name, value in live.items() if value not in (None, "", [], False)}
        own = members.find(found.members, jpd.repository_url(found.key))
        if own is not None and not own.enabled:
            said["sync_enabled"] = False
        identity = {"deployment": jpd.name, "key": found.key, "package_type": found.package_type}
        return FederatedRepositoryInputs.model_validate(identity | said)
    values: dict[str, Any] = {name: getattr(declared, name) for name in declared.model_fields_set}
    values["package_type"] = found.package_type
    for name in values.keys() & set(fields.CONFIGURATION):
        values[name] = _unless_settled(name, fields.live(found.raw, name), values[name], settled)
    if declared.sync_enabled is not None:
        own = members.find(found.members, jpd.repository_url(found.key))
        values["sync_enabled"] = own.enabled if own is not None else declared.sync_enabled
    if declared.settings is not None:
        now = {field: found.raw.get(field) for field in declared.settings}
        values["settings"] = _unless_settled("settings", now, declared.settings, settled)
    return FederatedRepositoryInputs.model_validate(values)


def _unless_settled(name: str, live: Any, declared: Any, settled: Mapping[str, Any]) -> Any:
    if isinstance(declared, list) and isinstance(live, list) and sorted(declared) == sorted(live):
        return declared
    return declared if name in settled and settled[name] == live else live


KIND = Kind(
    name="FederatedRepository",
    inputs=FederatedRepositoryInputs,
    state=FederatedRepositoryState,
    rules=RULES,
    deployment_fields=("deployment",),
    identity=lambda inputs: f"{inputs.deployment}/{inputs.key}",
    create=create,
    read=read,
    update=update,
    delete=delete,
    validate=lambda known: repository_rules.failures(known, FederatedRepositoryInputs.model_fields),
    nested_deployments=repository_rules.deployments_of_members,
    member_list=repository_rules.owned_list,
    unordered=("environments", "property_sets"),
)
