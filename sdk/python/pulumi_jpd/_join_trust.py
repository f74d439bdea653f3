"""JoinTrust: a product node joins a JPD."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pulumi

from ._resource import JpdResource

__all__ = ["JoinTrust"]


class JoinTrust(JpdResource):
    """A product node joins a JPD: `shared.jfrogUrl` and `shared.security.joinKey` of its system.yaml.

    Artifactory comes first, then every further product with its own JoinTrust. The product encrypts the key in the file
    when it first reads it; that is no drift. The key is compared by a keyed fingerprint and is ciphertext in state.

    A node is a mapping as for RouterProxy: one of `file`, `ssh`, `kubernetes_secret`, `simulator`, and optionally
    `name`, `environment`, `restart_command`, `router_url`. Comments, order and every other key of its file
    stay as they are. Deleting the resource removes its two keys only; what the JPD knows of the node stays.

    Id: `<channel>://<place>`, the node's address, for example
    `ssh://ops@10.0.0.7/opt/jfrog/xray/var/etc/system.yaml`.

    Errors: a key that is no 32 or 64 hex digits, a published sample key, and an encrypted one fail the preview. A JPD
    whose Access does not answer, and a join key that is the node's master key, fail the update before anything is
    written.

    Source: contract trust 1, 7.2 and 10.1; contract router-jfconnect 2.7 and 11.2.
    """

    kind = "JoinTrust"
    computed = ("salt", "fingerprint", "encrypted", "restart_required", "joined", "warnings")

    node: pulumi.Output[dict[str, Any]]
    """The joining node."""

    jfrog_url: pulumi.Output[str]
    """Base URL of the JPD."""

    join_key: pulumi.Output[str]
    """The JPD's join key; secret."""

    product: pulumi.Output[str | None]
    """What joins."""

    verify: pulumi.Output[str | None]
    """Deployment that is asked before and after."""

    restart: pulumi.Output[bool | None]
    """Whether the node is restarted; None: the default."""

    salt: pulumi.Output[str]
    """Under which the fingerprint was made."""

    fingerprint: pulumi.Output[str]
    """Keyed fingerprint of the key that was written last."""

    encrypted: pulumi.Output[bool]
    """Whether the product has read the key."""

    restart_required: pulumi.Output[bool]
    """Whether the file has changed and the node was not restarted by this resource since."""

    joined: pulumi.Output[Literal["yes", "unknown"]]
    """Whether the router of `verify` lists a service of `product`."""

    warnings: pulumi.Output[list[str]]
    """What is doubtful, in words."""

    def __init__(
        self,
        resource_name: str,
        *,
        node: pulumi.Input[Mapping[str, Any]],
        jfrog_url: pulumi.Input[str],
        join_key: pulumi.Input[str],
        product: pulumi.Input[Literal["artifactory", "distribution", "mission_control", "xray"]] | None = None,
        verify: pulumi.Input[str] | None = None,
        restart: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a join.

        Args:
            resource_name: The resource's name in the Pulumi program.
            node: The joining node. A node that is exchanged for another loses these keys.
            jfrog_url: Base URL of the JPD, for example `http://10.0.0.5:8082`; without `/artifactory`.
            join_key: The JPD's join key, 32 or 64 hex digits. Always secret, whether it is given as one or not.
            product: `artifactory`, `distribution`, `mission_control` or `xray`; with `verify`, its service is looked
                for.
            verify: Deployment of the JPD that is joined; its Access must answer before anything is written.
            restart: Restart the node after a change, until its router is healthy; default false. Needs the node's
                `restart_command` and `router_url`.
            opts: Pulumi's resource options.
        """
        inputs = {
            "node": node,
            "jfrog_url": jfrog_url,
            "join_key": pulumi.Output.secret(join_key),
            "product": product,
            "verify": verify,
            "restart": restart,
        }
        secret = pulumi.ResourceOptions(additional_secret_outputs=["join_key"])
        super().__init__(resource_name, inputs, pulumi.ResourceOptions.merge(opts, secret))
