"""The package types that can be federated (contract: federation 1.4); p2, vcs and terraform backends cannot."""

from __future__ import annotations

__all__ = ["PACKAGE_TYPES"]

PACKAGE_TYPES = (
    "alpine",
    "ansible",
    "bower",
    "cargo",
    "chef",
    "cocoapods",
    "composer",
    "conan",
    "conda",
    "cran",
    "debian",
    "docker",
    "gems",
    "generic",
    "gitlfs",
    "go",
    "gradle",
    "helm",
    "helmoci",
    "huggingfaceml",
    "ivy",
    "maven",
    "npm",
    "nuget",
    "oci",
    "opkg",
    "pub",
    "puppet",
    "pypi",
    "releasebundles",
    "rpm",
    "sbt",
    "swift",
    "terraform",
    "vagrant",
)
