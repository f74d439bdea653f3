"""Six nodes of two JPDs get the same way out; a node that was forgotten by hand is found by the preview."""

from typing import Any

import pulumi

import pulumi_jpd as jpd

config = pulumi.Config()
nodes: dict[str, list[dict[str, Any]]] = config.require_object("nodes")
addresses = sorted({address for site in nodes.values() for node in site for address in node["addresses"]})

for site, members in nodes.items():
    proxy = jpd.RouterProxy(
        site,
        nodes=[{"deployment": site} | member for member in members],
        http_url=config.require("proxy"),
        https_url=config.require("proxy"),
        ignored_hosts=[*addresses, ".example.com"],  # every node reaches every other one directly
    )
    pulumi.export(f"{site}: restart required", proxy.restart_required)
    pulumi.export(f"{site}: warnings", proxy.warnings)
