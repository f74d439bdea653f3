"""FederationMember: a JPD joins a federation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pulumi

from ._resource import JpdResource

__all__ = ["FederationMember"]


class FederationMember(JpdResource):
    """One JPD's membership of one federation, managed and read through both JPDs.

    Joining appends the member to the hub's list (members that somebody else added stay), lets the product create the
    repository on the joining JPD, verifies there that it arrived, and starts a full sync. A federation has at most 10
    members.

    Drift is seen on both sides: a paused member, a list that lacks one side, a repository that was deleted or
    converted, a description or pattern that differs. The preview names deployment and field.

    Id: `<hub>/<repository key>/<member>/<member key>`, for example `eu/docker-local/us/docker-local`.

    Errors: a member that is the hub itself, an unknown deployment, and a malformed `member_url` fail the preview. A
    missing pairing, an eleventh member, a hub that is not federated, and a key that is taken fail the update.

    Source: contract federation 1.5, 2 and 5; KB artifactory-how-to-add-a-federated-member-using-rest-api.
    """

    kind = "FederationMember"
    computed = ("url", "hub_url")

    deployment: pulumi.Output[str]
    """The hub."""

    repository_key: pulumi.Output[str]
    """Key of the repository that is joined."""

    member: pulumi.Output[str | None]
    """The joining deployment."""

    member_url: pulumi.Output[str | None]
    """URL of the joining repository, where its JPD is no deployment of this stack."""

    member_key: pulumi.Output[str | None]
    """Key of the repository on the joining JPD; None: the hub's key."""

    enabled: pulumi.Output[bool | None]
    """Whether the member synchronises; None: the default."""

    project_key: pulumi.Output[str | None]
    """Project of the member's repository."""

    environments: pulumi.Output[list[str] | None]
    """Environments of the member's repository."""

    xray_index: pulumi.Output[bool | None]
    """Whether Xray indexes the member's repository."""

    full_sync: pulumi.Output[str | None]
    """Whether joining starts a full sync; None: the default."""

    wait_for_sync_seconds: pulumi.Output[int | None]
    """How long joining waits for the member to be in sync; None: the default."""

    adopt: pulumi.Output[str | None]
    """What to do with a repository that exists; None: the default."""

    deletion_policy: pulumi.Output[str | None]
    """What leaving does to the member's repository; None: the default."""

    force_destroy: pulumi.Output[bool | None]
    """Whether a repository with artifacts may be deleted; None: the default."""

    on_unreachable: pulumi.Output[str | None]
    """What leaving does when the member does not answer; None: the default."""

    url: pulumi.Output[str]
    """The member's repository as it stands in member lists."""

    hub_url: pulumi.Output[str]
    """The hub's repository as it stands in member lists."""

    def __init__(
        self,
        resource_name: str,
        *,
        deployment: pulumi.Input[str],
        repository_key: pulumi.Input[str],
        member: pulumi.Input[str] | None = None,
        member_url: pulumi.Input[str] | None = None,
        member_key: pulumi.Input[str] | None = None,
        enabled: pulumi.Input[bool] | None = None,
        project_key: pulumi.Input[str] | None = None,
        environments: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        xray_index: pulumi.Input[bool] | None = None,
        full_sync: pulumi.Input[Literal["on_create", "never"]] | None = None,
        wait_for_sync_seconds: pulumi.Input[int] | None = None,
        adopt: pulumi.Input[Literal["identical", "federated", "local"]] | None = None,
        deletion_policy: pulumi.Input[Literal["detach", "convert_to_local", "delete_repository"]] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
        on_unreachable: pulumi.Input[Literal["fail", "detach_only"]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a membership.

        Args:
            resource_name: The resource's name in the Pulumi program.
            deployment: The hub: the deployment whose repository is joined. Another one replaces the membership.
            repository_key: Key of the federated repository that is joined. Another one replaces the membership.
            member: The joining deployment. Give this or `member_url`. Another one replaces the membership.
            member_url: `<base URL>/artifactory/<key>` of a repository on a JPD without credentials here; only the
                hub's side is then managed. Another one replaces the membership.
            member_key: Key on the joining JPD; default: `repository_key`. Created when it does not exist.
            enabled: Default true; false pauses the member: it exchanges nothing until resumed.
            project_key: Project of the member's repository; members of a federation share one project key.
            environments: Environments of the member's repository, such as DEV.
            xray_index: Whether Xray indexes the member's repository; copied from the hub when it joins.
            full_sync: `on_create` (default) starts a full sync from the hub when joining, `never` does not. It is
                started, not awaited, and never carries deletions.
            wait_for_sync_seconds: How long joining waits for the member to be in sync, 0 (default) to 600 seconds. On
                slow lines raise the product's socket timeout rather than this.
            adopt: For a repository that the member has under this key: `identical` (default) lets it join only when its
                shared fields agree with the hub's, `federated` lets it take the hub's, `local` converts a local one.
            deletion_policy: `detach` (default) keeps the member's repository, `convert_to_local` makes it local,
                `delete_repository` deletes it.
            force_destroy: Let `delete_repository` delete a repository that holds artifacts; default false.
            on_unreachable: What leaving does when the member does not answer: `fail` (default), or `detach_only`, which
                takes it off the hub's list and leaves its repository as it is.
            opts: Pulumi's resource options.
        """
        inputs = {
            "deployment": deployment,
            "repository_key": repository_key,
            "member": member,
            "member_url": member_url,
            "member_key": member_key,
            "enabled": enabled,
            "project_key": project_key,
            "environments": environments,
            "xray_index": xray_index,
            "full_sync": full_sync,
            "wait_for_sync_seconds": wait_for_sync_seconds,
            "adopt": adopt,
            "deletion_policy": deletion_policy,
            "force_destroy": force_destroy,
            "on_unreachable": on_unreachable,
        }
        super().__init__(resource_name, inputs, opts)
