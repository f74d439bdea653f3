"""`router.proxy` as values of JFrog's Helm charts, each in its own shape (contract/router-jfconnect 5.2).

The charts have no value of their own for the router's proxy, so it goes through `extraSystemYaml`, which they merge
over their default file: maps merge, lists are replaced. As in the charts artifactory 107.161.15, xray 103.150.20,
distribution 102.52.2 and jfrog-platform 11.6.0.
"""

from __future__ import annotations

from typing import Any

from .subtrees import ProxySettings

__all__ = ["CHARTS", "helm_values"]

_PREFIXES = {
    "artifactory": ("artifactory",),
    "artifactory-ha": ("artifactory",),
    "xray": ("xray",),
    "distribution": ("distribution",),
    "worker": (),
    "catalog": (),
}
# Where `extraSystemYaml` stands in each chart.

_OF_THE_PLATFORM = ("artifactory", "xray", "distribution", "worker", "catalog")
# Subcharts of jfrog-platform; their values stand one level deeper, under the subchart's name.

CHARTS = (*_PREFIXES, "jfrog-platform")


def helm_values(settings: ProxySettings) -> dict[str, Any]:
    """Chart -> values to merge into a release of it. A URL with credentials stays a SecretStr."""
    if settings.empty:
        return {}
    values = {chart: _nested((*prefix, "extraSystemYaml"), _subtree(settings)) for chart, prefix in _PREFIXES.items()}
    return values | {"jfrog-platform": {chart: values[chart] for chart in _OF_THE_PLATFORM}}


def _subtree(settings: ProxySettings) -> dict[str, Any]:
    proxy: dict[str, Any] = {
        "httpUrl": settings.http_url,
        "httpsUrl": settings.https_url,
        "ignoredHosts": list(settings.ignored_hosts),
    }
    return {"router": {"proxy": {name: value for name, value in proxy.items() if value}}}


def _nested(path: tuple[str, ...], value: dict[str, Any]) -> dict[str, Any]:
    for name in reversed(path):
        value = {name: value}
    return value
