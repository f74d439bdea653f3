"""FederatedRepository: a repository of class federated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pulumi

from ._member_args import FederatedRepositoryMemberArgs
from ._resource import JpdResource

__all__ = ["FederatedRepository"]


class FederatedRepository(JpdResource):
    """A federated repository on one JPD.

    Only the fields that are set are compared with the JPD and repaired; everything else, the member list included, is
    left alone. A description or a pattern that is changed here is pushed to every member by the product.

    Id: `<deployment>/<key>`, for example `eu/docker-local`.

    Errors: a key that JFrog refuses, a package type that cannot be federated, and settings that contradict a field
    fail the preview. A key that is taken, and deleting a repository that holds artifacts, fail the update.

    Source: contract federation 1; jfrog-rest-apis/create-repository, convert-local-repository-to-federated-repository.
    """

    kind = "FederatedRepository"
    computed = ("url", "settled")

    deployment: pulumi.Output[str]
    """Deployment that holds the repository."""

    key: pulumi.Output[str]
    """Repository key."""

    package_type: pulumi.Output[str]
    """Package type."""

    description: pulumi.Output[str | None]
    """Description; None: not managed. So it is for all optional fields."""

    notes: pulumi.Output[str | None]
    """Internal notes."""

    includes_pattern: pulumi.Output[str | None]
    """Patterns of paths that are served."""

    excludes_pattern: pulumi.Output[str | None]
    """Patterns of paths that are refused."""

    repo_layout_ref: pulumi.Output[str | None]
    """Layout."""

    project_key: pulumi.Output[str | None]
    """Project that owns the repository."""

    environments: pulumi.Output[list[str] | None]
    """Environments."""

    xray_index: pulumi.Output[bool | None]
    """Whether Xray indexes it."""

    blacked_out: pulumi.Output[bool | None]
    """Whether it is out of service."""

    archive_browsing_enabled: pulumi.Output[bool | None]
    """Whether archives can be browsed."""

    priority_resolution: pulumi.Output[bool | None]
    """Whether it is asked before others."""

    download_redirect: pulumi.Output[bool | None]
    """Whether downloads are redirected to the cloud storage."""

    property_sets: pulumi.Output[list[str] | None]
    """Property sets."""

    proxy: pulumi.Output[str | None]
    """Platform proxy."""

    disable_proxy: pulumi.Output[bool | None]
    """Whether the default proxy is ignored too."""

    settings: pulumi.Output[dict[str, Any] | None]
    """Package-specific fields under JFrog's names."""

    sync_enabled: pulumi.Output[bool | None]
    """Whether this repository itself synchronises."""

    members: pulumi.Output[dict[str, Any] | None]
    """The other sites by name, each with the fields that were set."""

    adopt: pulumi.Output[str | None]
    """What to do with a repository that exists; None: the default."""

    deletion_policy: pulumi.Output[str | None]
    """What deleting does; None: the default."""

    force_destroy: pulumi.Output[bool | None]
    """Whether artifacts may be deleted with it; None: the default."""

    url: pulumi.Output[str]
    """`<base URL>/artifactory/<key>`, as it stands in member lists."""

    settled: pulumi.Output[dict[str, Any]]
    """Declared fields that the product set to another value by itself, and that value."""

    def __init__(
        self,
        resource_name: str,
        *,
        deployment: pulumi.Input[str],
        key: pulumi.Input[str],
        package_type: pulumi.Input[str],
        description: pulumi.Input[str] | None = None,
        notes: pulumi.Input[str] | None = None,
        includes_pattern: pulumi.Input[str] | None = None,
        excludes_pattern: pulumi.Input[str] | None = None,
        repo_layout_ref: pulumi.Input[str] | None = None,
        project_key: pulumi.Input[str] | None = None,
        environments: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        xray_index: pulumi.Input[bool] | None = None,
        blacked_out: pulumi.Input[bool] | None = None,
        archive_browsing_enabled: pulumi.Input[bool] | None = None,
        priority_resolution: pulumi.Input[bool] | None = None,
        download_redirect: pulumi.Input[bool] | None = None,
        property_sets: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        proxy: pulumi.Input[str] | None = None,
        disable_proxy: pulumi.Input[bool] | None = None,
        settings: pulumi.Input[Mapping[str, Any]] | None = None,
        sync_enabled: pulumi.Input[bool] | None = None,
        members: Mapping[str, FederatedRepositoryMemberArgs | Mapping[str, Any]] | None = None,
        adopt: pulumi.Input[Literal["identical", "federated", "local"]] | None = None,
        deletion_policy: pulumi.Input[Literal["delete", "convert_to_local", "retain"]] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a federated repository.

        Args:
            resource_name: The resource's name in the Pulumi program.
            deployment: Deployment that holds the repository. Another one replaces it.
            key: Repository key, 1 to 64 characters, no leading digit. Another one replaces the repository.
            package_type: For example `docker`, `generic`, `maven`. Another one replaces the repository.
            description: Description, pushed to every member.
            notes: Internal notes, pushed to every member.
            includes_pattern: Comma-separated Ant patterns of paths that are served; the product's default is `**/*`.
            excludes_pattern: Comma-separated Ant patterns of paths that are refused; the product's default is none.
            repo_layout_ref: Layout; the product's default depends on the package type.
            project_key: Project that owns the repository; the key then starts with `<project_key>-`.
            environments: Environments such as DEV; one up to 7.107.0, several later.
            xray_index: Whether Xray indexes the repository; the product's default is false.
            blacked_out: Whether the repository is out of service; the product's default is false.
            archive_browsing_enabled: Whether archives can be browsed; the product's default is false.
            priority_resolution: Whether it is asked before others of a virtual one; the product's default is false.
            download_redirect: Whether downloads go to the cloud storage; needs Enterprise+, the product's default is
                false.
            property_sets: Names of property sets.
            proxy: Key of the platform proxy for outgoing requests.
            disable_proxy: Whether the default proxy is ignored too; contradicts `proxy`.
            settings: Package-specific fields under JFrog's names, sent as they are.
            sync_enabled: Whether this repository itself synchronises; false pauses it. The product's default is true.
            members: The other sites, at most 9, by the name of their deployment (or any name, for one given by `url`).
            adopt: For a repository that exists: `identical` (default) takes it over only when every declared field
                agrees, `federated` takes over a federated one and changes it, `local` converts a local one in place.
            deletion_policy: `delete` (default), `convert_to_local` (7.103.0 and later), or `retain`.
            force_destroy: Delete a repository even when it holds artifacts; default false.
            opts: Pulumi's resource options.
        """
        inputs = {
            "deployment": deployment,
            "key": key,
            "package_type": package_type,
            "description": description,
            "notes": notes,
            "includes_pattern": includes_pattern,
            "excludes_pattern": excludes_pattern,
            "repo_layout_ref": repo_layout_ref,
            "project_key": project_key,
            "environments": environments,
            "xray_index": xray_index,
            "blacked_out": blacked_out,
            "archive_browsing_enabled": archive_browsing_enabled,
            "priority_resolution": priority_resolution,
            "download_redirect": download_redirect,
            "property_sets": property_sets,
            "proxy": proxy,
            "disable_proxy": disable_proxy,
            "settings": settings,
            "sync_enabled": sync_enabled,
            "members": _by_name(members),
            "adopt": adopt,
            "deletion_policy": deletion_policy,
            "force_destroy": force_destroy,
        }
        super().__init__(resource_name, inputs, opts)


def _by_name(
    members: Mapping[str, FederatedRepositoryMemberArgs | Mapping[str, Any]] | None,
) -> dict[str, dict[str, Any]] | None:
    if members is None:
        return None
    return {
        name: member.given() if isinstance(member, FederatedRepositoryMemberArgs) else dict(member)
        for name, member in members.items()
    }
