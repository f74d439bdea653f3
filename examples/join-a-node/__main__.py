"""A product's node joins a JPD with the JFrog URL and the join key."""

from typing import Any

import pulumi

import pulumi_jpd as jpd

config = pulumi.Config()
node: dict[str, Any] = config.require_object("node")

join = jpd.JoinTrust(
    "xray",
    node=node,
    jfrog_url=config.require("jfrogUrl"),
    join_key=config.require_secret("joinKey"),
    product="xray",
    verify="eu",  # its Access must answer before anything is written
)

pulumi.export("restart required", join.restart_required)
pulumi.export("encrypted", join.encrypted)
