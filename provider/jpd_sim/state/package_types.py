"""Package types and the configuration fields that they bring (contract 1.3 and 1.4)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NOT_FEDERABLE = frozenset({"p2", "vcs", "terraformbackend"})
"""Types that a federated repository cannot have (1.4, last row)."""

_SIMPLE = (
    "generic chef cocoapods conda cran gems gitlfs helm huggingfaceml opkg pypi vagrant alpine cargo debian docker oci "
    "helmoci rpm pub p2 vcs buildinfo terraformbackend"
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

NAMES = tuple(sorted(_LAYOUTS))
"""Every package type, as it is stored."""

_JAVA: dict[str, object] = {
    "checksumPolicyType": "client-checksums",
    "handleReleases": True,
    "handleSnapshots": True,
    "maxUniqueSnapshots": 0,
    "snapshotVersionBehavior": "unique",
    "suppressPomConsistencyChecks": False,
}
_DOCKER: dict[str, object] = {
    "maxUniqueTags": 0,
    "dockerApiVersion": "V2",
    "blockPushingSchema1": True,
    "dockerTagRetention": 1,
}

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
_LOCAL_EXTRA: dict[str, dict[str, object]] = {
    "helm": {"forceNonDuplicateChart": False, "forceMetadataNameVersion": False},
    "terraformbackend": {"encryptStates": True},
}
"""Fields that a type brings to local repositories only."""

_SUPPORT = {
    "composer": "Composer",
    "nuget": "NuGet",
    "gems": "Gems",
    "npm": "Npm",
    "bower": "Bower",
    "chef": "Chef",
    "cocoapods": "CocoaPods",
    "conan": "Conan",
    "debian": "Debian",
    "pypi": "Pypi",
    "puppet": "Puppet",
    "docker": "Docker",
    "vagrant": "Vagrant",
    "gitlfs": "GitLfs",
}
"""The types with a flag `enable<Name>Support` in the v1 document; younger types have none."""

_FLAT: dict[str, object] = {
    **_DOCKER,
    **_JAVA,
    "debianTrivialLayout": False,
    "ddebSupported": False,
    "forceNugetAuthentication": False,
    "forceP2Authentication": False,
    "forceConanAuthentication": False,
    "calculateYumMetadata": False,
    "enableFileListsIndexing": False,
    "yumRootDepth": 0,
    "enableDistRepoSupport": False,
    "enableComposerV1Indexing": False,
    "terraformType": "module",
    "encryptStates": True,
    "cargoInternalIndex": False,
    "cargoAnonymousAccess": False,
}


def canonical(package_type: str) -> str | None:
    """The name under which a package type is stored, or None for one that the product does not know.

    `yum` reads back as `rpm` (9.1).
    """
    lowered = package_type.lower()
    lowered = "rpm" if lowered == "yum" else lowered
    return lowered if lowered in _LAYOUTS else None


def layout(package_type: str, terraform_type: object) -> str:
    """The layout that a repository has when nobody names one (1.4)."""
    if package_type == "terraform" and terraform_type == "provider":
        return "terraform-provider-default"
    return _LAYOUTS[package_type]


def own_fields(package_type: str, rclass: str) -> Mapping[str, object]:
    """The fields that only this type has, with their defaults."""
    local = _LOCAL_EXTRA.get(package_type, {}) if rclass == "local" else {}
    return MappingProxyType({**_EXTRA.get(package_type, {}), **local})


def flat(package_type: str) -> Mapping[str, object]:
    """The fields of all types, as the v1 document shows them whatever the type is (1.7): the own type's flag is set."""
    flags = {f"enable{name}Support": kind == package_type for kind, name in _SUPPORT.items()}
    return MappingProxyType({**flags, **_FLAT})
