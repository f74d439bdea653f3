"""The nodes of an HA cluster get their proxy over SSH, and are restarted one after the other."""

from typing import Any

import pulumi

import pulumi_jpd as jpd

config = pulumi.Config()
hosts: list[str] = config.require_object("hosts")


def node(host: str) -> dict[str, Any]:
    """One machine with Artifactory from RPM or deb packages, and how it is restarted there."""
    return {
        "ssh": {
            "host": host,
            "port": config.get_int("port") or 22,
            "user": config.require("user"),
            "key_file": config.require("keyFile"),
            "known_hosts": config.get("knownHosts") or "~/.ssh/known_hosts",
            "path": config.get("path") or "/opt/jfrog/artifactory/var/etc/system.yaml",
            "sudo": config.get_bool("sudo") or False,
        },
        "addresses": [host],
        "restart_command": config.get_object("restartCommand") or ["systemctl", "restart", "artifactory.service"],
        "router_url": config.get("routerUrl") or f"http://{host}:8082",
    }


proxy = jpd.RouterProxy(
    "artifactory",
    nodes=[node(host) for host in hosts],
    http_url=config.require_secret("proxy"),
    https_url=config.require_secret("proxy"),
    ignored_hosts=[*hosts, ".example.com"],
    restart=config.get_bool("restart") or False,
)

pulumi.export("effective", proxy.effective)
pulumi.export("warnings", proxy.warnings)
