"""The configuration fields of each repository class, with their defaults (contract 1.3).

Remote and virtual: as on the page "Repository Configuration JSON", of which the contract names what clients depend on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from jpd_sim.state import package_types
from jpd_sim.state.errors import Refused

_COMMON: dict[str, object] = {
    "description": "",
    "notes": "",
    "includesPattern": "**/*",
    "excludesPattern": "",
    "signedUrlTtl": 90,
    "priorityResolution": False,
    "environments": [],
    "blackedOut": False,
    "propertySets": [],
    "archiveBrowsingEnabled": False,
    "xrayDataTtl": 90,
    "downloadRedirect": False,
    "cdnRedirect": False,
    "xrayIndex": False,
}

_REMOTE: dict[str, object] = {
    "url": "",
    "username": "",
    "remoteRepoChecksumPolicyType": "generate-if-absent",
    "hardFail": False,
    "offline": False,
    "storeArtifactsLocally": True,
    "socketTimeoutMillis": 15_000,
    "localAddress": "",
    "retrievalCachePeriodSecs": 7_200,
    "missedRetrievalCachePeriodSecs": 1_800,
    "assumedOfflinePeriodSecs": 300,
    "unusedArtifactsCleanupPeriodHours": 0,
    "fetchJarsEagerly": False,
    "fetchSourcesEagerly": False,
    # Never sent by one client that nevertheless requires to read it back (11.1).
    "shareConfiguration": False,
    "synchronizeProperties": False,
    "blockMismatchingMimeTypes": True,
    "allowAnyHostAuth": False,
    "enableCookieManagement": False,
    "bypassHeadRequests": False,
    "listRemoteFolderItems": False,
    "disableProxy": False,
}

_VIRTUAL: dict[str, object] = {
    "repositories": [],
    "defaultDeploymentRepo": "",
    "artifactoryRequestsCanRetrieveRemoteArtifacts": False,
    "virtualRetrievalCachePeriodSecs": 600,
}
_VIRTUAL_JAVA: dict[str, object] = {
    "pomRepositoryReferencesCleanupPolicy": "discard_active_reference",
    "forceMavenAuthentication": False,
}

_LARGEST = 2**63 - 1
"""The product is written in Java and takes no larger number."""
_KEPT_ELSEWHERE = frozenset({"key", "rclass", "packageType", "members"})
_ABSENT_WHEN_EMPTY = ("proxy", "projectKey")
_NOT_IN_VIRTUAL = ("blackedOut", "propertySets", "archiveBrowsingEnabled", "priorityResolution", "xrayIndex")

DERIVED = "enable"
"""Prefix of the flags that the v1 document derives from the package type."""


def defaults(package_type: str, rclass: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Every field that a repository has before anybody sets one."""
    fields = {**_COMMON, "repoLayoutRef": package_types.layout(package_type, body.get("terraformType"))}
    if rclass == "virtual":
        for name in _NOT_IN_VIRTUAL:
            del fields[name]
        java = _VIRTUAL_JAVA if package_types.own_fields(package_type, rclass).keys() >= {"handleReleases"} else {}
        return MappingProxyType({**fields, **_VIRTUAL, **java})
    fields.update(package_types.own_fields(package_type, rclass))
    if rclass == "remote":
        fields.update(_REMOTE)
    if rclass == "federated":
        fields["disableProxy"] = False
    return MappingProxyType(fields)


def v1(package_type: str, rclass: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as R3 shows them: for local and federated repositories those of every package type (1.7)."""
    if rclass in {"remote", "virtual"}:
        return dict(settings)
    return {**package_types.flat(package_type), **settings}


def is_derived(package_type: str, name: str, value: object) -> bool:
    """Whether a field of a request only repeats what the v1 document shows for this type in any case.

    Clients read the whole document, change one field and send all of it back; what they did not choose is not stored.
    """
    return name.startswith(DERIVED) and package_types.flat(package_type).get(name, not value) == value


def merge(package_type: str, base: Mapping[str, Any], body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields after a request: what it says nothing about, or sends as null, keeps its value (S13)."""
    merged = dict(base)
    for name, value in body.items():
        if name in _KEPT_ELSEWHERE or value is None:
            continue
        if name == "terraformType" and value == "" and package_type == "terraform":
            continue  # one client sends it empty for every repository (S13)
        if name in merged or not is_derived(package_type, name, value):
            merged[name] = _typed(name, base.get(name), value)
    for name in _ABSENT_WHEN_EMPTY:
        if merged.get(name) == "":
            del merged[name]
    return MappingProxyType(merged)


def _typed(name: str, known: object, value: object) -> object:
    """The value in the type that the field has; a field that nobody knows keeps what was sent."""
    if isinstance(known, bool):
        return boolean(name, value)
    if isinstance(known, str) and not isinstance(value, str):
        raise Refused(f"{name} must be a string")
    if isinstance(known, list) and not isinstance(value, list):
        raise Refused(f"{name} must be a list")
    if isinstance(known, int):
        return _integer(name, value)
    return value


def _integer(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    raise Refused(f"{name} must be a whole number")


def boolean(name: str, value: object) -> bool:
    """A flag, which clients also send as a string (1.3)."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise Refused(f"{name} must be true or false")
