"""A shared repository of a Federation, and the pattern that makes many of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import pulumi

from ._member_args import FederatedRepositoryMemberArgs

__all__ = ["FederationRepositoryArgs", "repositories_for"]

_LOCAL = ("environments", "xray_index", "project_key")
"""Fields of an override that the hub's own repository has too."""


@dataclasses.dataclass(frozen=True)
class FederationRepositoryArgs:
    """What all sites share about one repository, and where a site differs."""

    package_type: pulumi.Input[str]
    """For example `docker`, `generic`, `maven`."""

    description: pulumi.Input[str] | None = None
    """Description, pushed to every site."""

    includes_pattern: pulumi.Input[str] | None = None
    """Comma-separated Ant patterns of paths that are served."""

    excludes_pattern: pulumi.Input[str] | None = None
    """Comma-separated Ant patterns of paths that are refused."""

    repo_layout_ref: pulumi.Input[str] | None = None
    """Layout; the product's default depends on the package type."""

    project_key: pulumi.Input[str] | None = None
    """Project that owns the repository on every site."""

    environments: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Environments on every site, unless an override says otherwise."""

    xray_index: pulumi.Input[bool] | None = None
    """Whether Xray indexes the repository on every site, unless an override says otherwise."""

    settings: pulumi.Input[Mapping[str, Any]] | None = None
    """Package-specific fields under JFrog's names."""

    adopt: pulumi.Input[Literal["identical", "federated", "local"]] | None = None
    """What to do with repositories that exist under this key, on every site; default `identical`."""

    force_destroy: pulumi.Input[bool] | None = None
    """Whether repositories that hold artifacts may be deleted; default false."""

    delete_on_all_sites: bool = False
    """Whether deleting the federation deletes the repository on every site; default: on the hub only."""

    overrides: Mapping[str, FederatedRepositoryMemberArgs] | None = None
    """What differs on a site, by its name. On the hub only `environments`, `xray_index` and `enabled` apply."""

    def of_hub(self, hub: str) -> dict[str, Any]:
        """Arguments of the FederatedRepository."""
        own = (self.overrides or {}).get(hub, FederatedRepositoryMemberArgs()).given()
        shared = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in ("delete_on_all_sites", "overrides")
        }
        local = {name: own[name] for name in _LOCAL if name in own}
        return shared | local | ({"sync_enabled": own["enabled"]} if "enabled" in own else {})

    def of_member(self, site: str) -> FederatedRepositoryMemberArgs:
        """Arguments of one further site."""
        shared = {
            name: getattr(self, name)
            for name in ("project_key", "environments", "xray_index", "adopt", "force_destroy")
            if getattr(self, name) is not None
        }
        if self.delete_on_all_sites:
            shared["deletion_policy"] = "delete_repository"
        own = (self.overrides or {}).get(site, FederatedRepositoryMemberArgs()).given()
        return FederatedRepositoryMemberArgs(**(shared | own))


def repositories_for(
    package_types: Iterable[str], *, key: str = "{package_type}-local", **shared: Any
) -> dict[str, FederationRepositoryArgs]:
    """One repository for each package type, with a key made by a pattern.

    Args:
        package_types: For example `["docker", "npm", "maven"]`.
        key: Pattern of the key; `{package_type}` stands for the package type.
        shared: Further fields of FederationRepositoryArgs that all of them get.

    Raises:
        ValueError: The pattern has no `{package_type}`, so that all repositories would have one key.
    """
    if "{package_type}" not in key:
        raise ValueError(f"the key pattern '{key}' has no {{package_type}}, so all repositories would have one key")
    return {
        key.format(package_type=package_type): FederationRepositoryArgs(package_type, **shared)
        for package_type in package_types
    }
