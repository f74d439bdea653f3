"""RouterProxy: the outgoing proxy of JFrog routers, in system.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pulumi

from ._resource import JpdResource

__all__ = ["RouterProxy"]


class RouterProxy(JpdResource):
    """The subtree `router.proxy` of the system.yaml of one node, or of several nodes that get the same settings.

    Three facts are told apart: *desired* is what the program says, *stored* what the files hold, *effective* what the
    running routers use. A change needs a restart of the node; no API of the product tells whether one took place, so
    only a restart by this resource (`restart=True`) is known.

    A node is a mapping with exactly one channel and what is known about the node:

    - `{"file": "/opt/jfrog/artifactory/var/etc/system.yaml"}` on the machine where Pulumi runs
    - `{"ssh": {"host": "10.0.0.5", "user": "ops", "sudo": True}}`, with the extra `[ssh]`
    - `{"kubernetes_secret": {"namespace": "jfrog", "secret": "system-yaml"}}`, with the extra `[kubernetes]`
    - `{"simulator": {"deployment": "eu", "node": "eu-node-1", "control": "sim"}}`

    and optionally `name`, `deployment`, `addresses`, `environment`, `restart_command`, `router_url`. Without node and
    nodes nothing is written: `helm_values` and `environment` carry the settings to charts and compose files.

    Comments, order and every other key of the file stay as they are. Deleting the resource removes its keys only.

    Id: `<channel>://<place>`, the node's address, for example
    `ssh://ops@10.0.0.5/opt/jfrog/artifactory/var/etc/system.yaml`.

    Errors: a URL that is no proxy's, hosts in a form that the router does not match, and an address of a node that is
    missing from `ignored_hosts` fail the preview. A file that does not parse, is read-only or changed meanwhile fails
    the update; it is then as it was.

    Source: contract router-jfconnect 1, 5, 7 and 8.
    """

    kind = "RouterProxy"
    computed = ("stored", "effective", "restart_required", "helm_values", "environment", "warnings")

    node: pulumi.Output[dict[str, Any] | None]
    """The node."""

    nodes: pulumi.Output[list[dict[str, Any]] | None]
    """The nodes."""

    http_url: pulumi.Output[str | None]
    """Proxy for http requests; None: none. Secret when it carries credentials."""

    https_url: pulumi.Output[str | None]
    """Proxy for https requests; None: none. Secret when it carries credentials."""

    ignored_hosts: pulumi.Output[list[str] | None]
    """Hosts that are reached directly, `localhost` left out."""

    restart: pulumi.Output[bool | None]
    """Whether nodes are restarted; None: the default."""

    stored: pulumi.Output[dict[str, dict[str, Any]]]
    """Node name -> `http_url`, `https_url` and `ignored_hosts` as its file holds them."""

    effective: pulumi.Output[dict[str, Literal["yes", "no", "unknown"]]]
    """Node name -> whether its router runs with what is stored."""

    restart_required: pulumi.Output[bool]
    """Whether a file has changed and its node was not restarted by this resource since."""

    helm_values: pulumi.Output[dict[str, Any]]
    """Chart name (`artifactory`, `jfrog-platform`, `xray`, ...) -> values that say the same."""

    environment: pulumi.Output[dict[str, str]]
    """The settings as `JF_ROUTER_PROXY_*`; these beat system.yaml where they are set."""

    warnings: pulumi.Output[list[str]]
    """What is doubtful, in words."""

    def __init__(
        self,
        resource_name: str,
        *,
        node: pulumi.Input[Mapping[str, Any]] | None = None,
        nodes: pulumi.Input[Sequence[pulumi.Input[Mapping[str, Any]]]] | None = None,
        http_url: pulumi.Input[str] | None = None,
        https_url: pulumi.Input[str] | None = None,
        ignored_hosts: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        restart: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a router's proxy.

        Args:
            resource_name: The resource's name in the Pulumi program.
            node: The node whose file is managed. A node that is exchanged for another loses these settings.
            nodes: Several nodes with the same settings, instead of `node`; drift names the node.
            http_url: Proxy for the router's http requests: scheme, host and port, for example
                `http://proxy.corp:3128`. Not given: the file has none. Credentials (undocumented by JFrog) are
                percent-encoded and make the value secret.
            https_url: Proxy for the router's https requests, in the same form.
            ignored_hosts: Hosts (`repo.corp`), sub-domains (`.corp`), addresses and networks that are reached directly.
                Every node's own address and those of its peers belong here: without them the nodes go down.
                `localhost` is always implied; the order means nothing.
            restart: Restart the nodes that are not known to run with the settings, one after the other, each until its
                router is healthy; default false. Needs `restart_command` and `router_url` of each node.
            opts: Pulumi's resource options.
        """
        inputs = {
            "node": node,
            "nodes": nodes,
            "http_url": secret_with_credentials(http_url),
            "https_url": secret_with_credentials(https_url),
            "ignored_hosts": ignored_hosts,
            "restart": restart,
        }
        super().__init__(resource_name, inputs, opts)


def secret_with_credentials(url: pulumi.Input[str] | None) -> pulumi.Input[str] | None:
    """The URL, secret when it carries a user or password: state, logs and diffs then show `[secret]`."""
    if url is None or (isinstance(url, str) and "@" not in url):
        return url
    return pulumi.Output.from_input(url).apply(
        lambda known: pulumi.Output.secret(known) if "@" in known else pulumi.Output.from_input(known)
    )
