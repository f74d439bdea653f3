"""What can be said about one member of a federation where its repository is declared."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

import pulumi

__all__ = ["FederatedRepositoryMemberArgs"]


@dataclasses.dataclass(frozen=True)
class FederatedRepositoryMemberArgs:
    """One further site of a FederatedRepository."""

    deployment: pulumi.Input[str] | None = None
    """Name of the site's deployment; default: the name under which the member is declared."""

    url: pulumi.Input[str] | None = None
    """`<base URL>/artifactory/<key>` of a repository on a JPD without credentials here; only the hub's side is
    managed."""

    key: pulumi.Input[str] | None = None
    """Key of the site's repository; default: the repository's own key. Created when it does not exist."""

    enabled: pulumi.Input[bool] | None = None
    """Default true; false pauses the member: it exchanges nothing until resumed."""

    project_key: pulumi.Input[str] | None = None
    """Project of the site's repository; members share one project key."""

    environments: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Environments of the site's repository, such as DEV."""

    xray_index: pulumi.Input[bool] | None = None
    """Whether Xray indexes the site's repository."""

    full_sync: pulumi.Input[Literal["on_create", "never"]] | None = None
    """`on_create` (default) starts a full sync when the site joins; it is started, not awaited."""

    wait_for_sync_seconds: pulumi.Input[int] | None = None
    """How long joining waits for the site to be in sync, in seconds, 0 (default) to 600."""

    adopt: pulumi.Input[Literal["identical", "federated", "local"]] | None = None
    """For a repository that the site has under this key: `identical` (default), `federated` or `local`."""

    deletion_policy: pulumi.Input[Literal["detach", "convert_to_local", "delete_repository"]] | None = None
    """What leaving does to the site's repository; default: `detach`, which keeps it as it is."""

    force_destroy: pulumi.Input[bool] | None = None
    """Let `delete_repository` delete a repository that holds artifacts; default false."""

    on_unreachable: pulumi.Input[Literal["fail", "detach_only"]] | None = None
    """What leaving does when the site does not answer: `fail` (default), or take it off the hub's list only."""

    def given(self) -> dict[str, Any]:
        """The fields that are set, by name."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: value for name, value in values.items() if value is not None}
