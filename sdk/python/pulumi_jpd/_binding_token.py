"""BindingToken: two JPDs trust each other."""

from __future__ import annotations

from typing import Literal

import pulumi

from ._resource import JpdResource

__all__ = ["BindingToken"]


class BindingToken(JpdResource):
    """Pairing of two Artifactories, both ways by default.

    Federated repositories need it between every two sites. The pairing token is used at once and stored nowhere; the
    master token that results lives a year, and `pulumi up --refresh` renews it when its end comes near. A pairing that
    exists is adopted, and deleting this resource then leaves it alone.

    Id: `<source>~<target>/<use case>`, for example `eu~us/federated-repo/*`.

    Errors: an unknown deployment or use case fails the preview, and so do, for a new or changed pairing, a credential
    that is wrong or no administrator's, one JPD under two names, two JPDs with one base URL, clocks more than a minute
    apart, and a version without pairing. A JPD that does not answer is a warning in the preview; it fails the update,
    before anything is paired.

    Source: contract trust 2 and 10.4; jfrog-rest-apis/create-pairing-token, initiate-pairing, revoke-pairing.
    """

    kind = "BindingToken"
    computed = (
        "source_service_id",
        "target_service_id",
        "scope",
        "paired_at",
        "expires_at",
        "visible",
        "adopted",
        "pairings",
    )

    source: pulumi.Output[str]
    """Deployment that gains rights on `target`."""

    target: pulumi.Output[str]
    """The other deployment."""

    use_case: pulumi.Output[str | None]
    """What the trust is for; None: the default."""

    direction: pulumi.Output[str | None]
    """Both ways or one; None: the default."""

    renew_before_days: pulumi.Output[int | None]
    """Days before the expiry from which on an update renews; None: the default."""

    force: pulumi.Output[bool | None]
    """Whether deleting contacts only one side; None: the default."""

    deletion_policy: pulumi.Output[str | None]
    """What deleting ends; None: the default."""

    source_service_id: pulumi.Output[str]
    """Service id of the source's Artifactory, `jfrt@...`."""

    target_service_id: pulumi.Output[str]
    """Service id of the target's Artifactory, `jfrt@...`."""

    scope: pulumi.Output[str]
    """Scope of the source's master token."""

    paired_at: pulumi.Output[str]
    """When the older direction was paired; ISO 8601, UTC, by the JPD's clock."""

    expires_at: pulumi.Output[str]
    """When the first direction ends; ISO 8601, UTC, by the JPD's clock."""

    visible: pulumi.Output[bool]
    """False: the JPDs do not show their pairings, so the status is unknown."""

    adopted: pulumi.Output[list[str]]
    """Directions such as `eu->us` that were paired before this resource came."""

    pairings: pulumi.Output[dict[str, dict[str, str]]]
    """For each direction, such as `eu->us`: base_url, scope, token_id, paired_at and expires_at."""

    def __init__(
        self,
        resource_name: str,
        *,
        source: pulumi.Input[str],
        target: pulumi.Input[str],
        use_case: pulumi.Input[str] | None = None,
        direction: pulumi.Input[Literal["both", "source_to_target"]] | None = None,
        renew_before_days: pulumi.Input[int] | None = None,
        force: pulumi.Input[bool] | None = None,
        deletion_policy: pulumi.Input[Literal["created", "always", "retain"]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a pairing.

        Args:
            resource_name: The resource's name in the Pulumi program.
            source: Deployment that gains rights on `target`. Another one replaces the pairing.
            target: The other deployment. Another one replaces the pairing.
            use_case: `federated-repo/*` (default) for all repositories, `federated-repo/<key>` for one,
                `federated-repo/r` for receiving only. Another one replaces the pairing.
            direction: `both` (default) or `source_to_target`. A federation needs both.
            renew_before_days: Days before the expiry from which on an update renews the pairing; 0 to 364, default 30.
            force: Delete without contacting the other side; default false.
            deletion_policy: `created` (default) ends what this resource paired, `always` also what it found paired,
                `retain` nothing.
            opts: Pulumi's resource options.
        """
        inputs = {
            "source": source,
            "target": target,
            "use_case": use_case,
            "direction": direction,
            "renew_before_days": renew_before_days,
            "force": force,
            "deletion_policy": deletion_policy,
        }
        super().__init__(resource_name, inputs, opts)
