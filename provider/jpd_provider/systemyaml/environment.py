"""The environment form of system.yaml, and which source wins (contract/router-jfconnect 1.2).

For the router's proxy: `JF_ROUTER_PROXY_*`, then `router.proxy.*` in system.yaml, then the standard `HTTP_PROXY`,
`HTTPS_PROXY` and `NO_PROXY`, then no proxy. The first two halves of that order are documented each by itself; that they
combine so is our reading.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

from .subtrees import ProxySettings, plain

__all__ = ["PROXY_VARIABLES", "Origin", "explain", "overriding", "proxy_environment", "variable"]

Path = tuple[str, ...]


def variable(*path: str) -> str:
    """The environment variable that beats a key: `router.proxy.httpUrl` is JF_ROUTER_PROXY_HTTPURL."""
    return "_".join(("JF", *path)).upper()


PROXY_VARIABLES: Mapping[str, tuple[str, str]] = {
    "http_url": (variable("router", "proxy", "httpUrl"), "HTTP_PROXY"),
    "https_url": (variable("router", "proxy", "httpsUrl"), "HTTPS_PROXY"),
    "ignored_hosts": (variable("router", "proxy", "ignoredHosts"), "NO_PROXY"),
}
"""Field -> the variable that beats the file, and the standard one that the file beats."""


@dataclasses.dataclass(frozen=True)
class Origin:
    """Where the value of one field comes from on a node."""

    field: str
    source: str
    """"environment variable JF_ROUTER_PROXY_HTTPURL", "system.yaml", "environment variable HTTP_PROXY" or "not set"."""

    in_force: bool
    """Whether the file's value is what the node uses; false when a variable beats it, or when the file has none."""


def proxy_environment(settings: ProxySettings) -> dict[str, str]:
    """The settings in the environment form. A list is one comma-joined text, as other list keys are passed."""
    values = {
        "http_url": plain(settings.http_url),
        "https_url": plain(settings.https_url),
        "ignored_hosts": ",".join(settings.ignored_hosts),
    }
    return {PROXY_VARIABLES[field][0]: value for field, value in values.items() if value}


def overriding(environment: Collection[str]) -> list[str]:
    """The variables of a node that beat `router.proxy` in its file."""
    return [name for name, _ in PROXY_VARIABLES.values() if name in environment]


def explain(settings: ProxySettings, environment: Collection[str]) -> list[Origin]:
    """For each field: where its value comes from, given the file's content and the names of the node's variables."""
    present = {name.upper() for name in environment}
    origins = []
    for field, (ours, standard) in PROXY_VARIABLES.items():
        if ours in present:
            origins.append(Origin(field, f"environment variable {ours}", in_force=False))
        elif getattr(settings, field):
            origins.append(Origin(field, "system.yaml", in_force=True))
        elif standard in present:
            origins.append(Origin(field, f"environment variable {standard}", in_force=False))
        else:
            origins.append(Origin(field, "not set", in_force=False))
    return origins
