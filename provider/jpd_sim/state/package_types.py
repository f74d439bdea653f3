"""Package types and the configuration fields that they bring (contract 1.3 and 1.4)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NOT_FEDERABLE = frozenset({"p2", "vcs"})
"""Types that a federated repository cannot have (1.4, last row)."""

_SIMPLE = (
    "generic chef cocoapods conda cran gems gitlfs helm huggingfaceml opkg pypi vagrant alpine cargo debian docker oci "
    "helmoci rpm pub p2 vcs buildinfo"
)
_OWN_LAYOUT = "bower composer go npm puppet swift ansible conan nuget ivy sbt"

_LAYOUTS: dict[str, str] = {
    **dict.fromkeys(_SIMPLE.split(), "simple-default"),
    **{name: f"{name}-default" for name in _OWN_LAYOUT.split()},
    "maven": "maven-2-default",
    "gradle": "maven-2-default",
    "releasebundles": "maven-2-default",
    "terraform": "terraform-module-default",
}

_JAVA: dict[str, object] = {
    "checksumPolicyType": "client-checksums",
    "handleReleases": True,
    "handleSnapshots": True,
    "maxUniqueSnapshots": 0,
    "snapshotVersionBehavior": "unique",
    "suppressPomConsistencyChecks": False,
}
_DOCKER: dict[str, object] = {"maxUniqueTags": 0, "dockerApiVersion": "V2", "blockPushingSchema1": True}
_DOCKER["dockerTagRetention"] = 1

_EXTRA: dict[str, dict[str, object]] = {
    **dict.fromkeys(("maven", "gradle", "ivy", "sbt"), _JAVA),
    "docker": _DOCKER,
    "oci": {"maxUniqueTags": 0, "dockerTagRetention": 1, "dockerApiVersion": "V2"},
    "helmoci": {"maxUniqueTags": 0, "dockerTagRetention": 1},
    "cargo": {"cargoAnonymousAccess": False, "cargoInternalIndex": False},
    "conan": {"enableConanSupport": True, "forceConanAuthentication": False},
    "nuget": {"maxUniqueSnapshots": 0, "forceNugetAuthentication": False},
    "debian": {
        "debianTrivialLayout": False,
        "optionalIndexCompressionFormats": ["bz2", "lzma", "xz"],
        "ddebSupported": False,
    },
    "rpm": {"calculateYumMetadata": False, "yumRootDepth": 0, "enableFileListsIndexing": False},
    "terraform": {"terraformType": "module"},
}

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


def canonical(package_type: str) -> str | None:
    """The name under which a package type is stored, or None for one that the product does not know.

    `yum` reads back as `rpm` (9.1).
    """
    lowered = package_type.lower()
    lowered = "rpm" if lowered == "yum" else lowered
    return lowered if lowered in _LAYOUTS else None


def defaults(package_type: str, rclass: str, settings: Mapping[str, object]) -> Mapping[str, object]:
    """Every field that a repository has before anybody sets one."""
    layout = _LAYOUTS[package_type]
    if package_type == "terraform" and settings.get("terraformType") == "provider":
        layout = "terraform-provider-default"
    fields = {**_COMMON, "repoLayoutRef": layout, **_EXTRA.get(package_type, {})}
    if rclass == "federated":
        fields["disableProxy"] = False
    return MappingProxyType(fields)
