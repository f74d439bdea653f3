"""Repositories: what one is, and the rules for its key, its fields and its members (contract 1.3 to 1.6)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import SplitResult, urlsplit

from jpd_sim.state import package_types, repository_fields
from jpd_sim.state.errors import Refused
from jpd_sim.state.profile import Profile

MAX_MEMBERS = 10
"""A federation spans at most ten repositories (1.5)."""

CLASSES = ("local", "remote", "virtual", "federated")

LOCAL_SETTINGS = frozenset(
    {
        "projectKey",
        "environments",
        "xrayIndex",
        "xrayDataTtl",
        "proxy",
        "disableProxy",
        "downloadRedirect",
        "cdnRedirect",
    }
)
"""Fields that stay on their JPD when a configuration is pushed (1.5: "some are excluded"; which ones is inferred)."""

_KEY_FORBIDDEN = re.compile(r"[\s!@#$%^&*()+={}\[\]:;<>,/?~`|\\\x00-\x1f]")
_SECRETS = ("password",)


@dataclass(frozen=True)
class Member:
    """One member of a federation, as every member's list shows it."""

    url: str
    enabled: bool = True

    @property
    def base_url(self) -> str:
        """The member's JPD: what precedes `/artifactory/<key>`."""
        return self.url.rpartition("/artifactory/")[0]

    @property
    def key(self) -> str:
        """The repository's key on that JPD."""
        return self.url.rpartition("/artifactory/")[2]


@dataclass(frozen=True)
class Repository:
    """One repository on one JPD. `settings` holds every wire field that is not an attribute here."""

    key: str
    rclass: str
    package_type: str
    settings: Mapping[str, Any]
    members: tuple[Member, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.members) != (self.rclass == "federated"):
            raise Refused("A federated repository has members, and no other repository has")

    def wire(self) -> dict[str, Any]:
        """The configuration with the fields that belong to the package type, as R6 and R8 answer it."""
        return self._document(self.settings)

    def wire_v1(self) -> dict[str, Any]:
        """The configuration as R3 answers it: nearly all flags, whatever the package type is (1.7)."""
        return self._document(repository_fields.v1(self.package_type, self.rclass, self.settings))

    def _document(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {"key": self.key, "packageType": self.package_type, **fields}
        # A secret that was sent is kept for use and never shown again.
        body.update({name: "" for name in _SECRETS if name in body})
        if self.rclass == "federated":
            body["members"] = [{"url": member.url, "enabled": member.enabled} for member in self.members]
        return {**body, "rclass": self.rclass}

    def federated_settings(self) -> dict[str, Any]:
        """The fields that all members share."""
        return {name: value for name, value in self.settings.items() if name not in LOCAL_SETTINGS}

    def fingerprint(self) -> str:
        """Equal on two members when their shared configuration and their member lists agree."""
        members = sorted((member.url, member.enabled) for member in self.members)
        shared = {"type": self.package_type, "settings": self.federated_settings(), "members": members}
        return hashlib.sha256(json.dumps(shared, sort_keys=True).encode()).hexdigest()

    def member(self, url: str) -> Member | None:
        """The member with that URL."""
        return next((member for member in self.members if member.url == url), None)

    def with_members(self, members: Iterable[Member]) -> Repository:
        """The same repository with another list."""
        return replace(self, members=tuple(members))


def check_key(key: str, package_type: str) -> None:
    """Refuse a key that the product refuses (1.6)."""
    if not 1 <= len(key) <= 64 or _KEY_FORBIDDEN.search(key) or key[0].isdigit() or key in {".", ".."}:
        raise Refused(f"error when validating repository name: '{key}' is not a valid repository key")
    if package_type == "docker" and key != key.lower():
        raise Refused(f"Docker Repository {key} key must be in lower case")


def create(key: str, body: Mapping[str, Any], profile: Profile | None = None) -> Repository:
    """A new repository from the body of R1; members still lack the own URL. The profile brings rules of a version."""
    rclass = body.get("rclass")
    if rclass not in CLASSES:
        raise Refused(f"rclass must be one of {', '.join(CLASSES)}, not {rclass!r}")
    package_type = _package_type(body.get("packageType") or "generic", rclass)
    check_key(key, package_type)
    if package_type == "releasebundles" and not key.endswith("release-bundles-v2"):
        raise Refused("The key of a releasebundles repository must end in release-bundles-v2")
    settings = repository_fields.merge(package_type, repository_fields.defaults(package_type, rclass, body), body)
    _check(key, rclass, settings, profile)
    _check_project(key, settings)
    members = parse_members(body.get("members")) or ()
    if rclass == "federated":
        # Until the own URL is added, the list may be empty, which no stored repository can have.
        members = members or (Member(url=""),)
    return Repository(key=key, rclass=rclass, package_type=package_type, settings=settings, members=members)


def update(current: Repository, body: Mapping[str, Any], profile: Profile | None = None) -> Repository:
    """The repository after the body of R2. Class and package type are fixed; an absent field keeps its value."""
    if body.get("rclass") not in (None, current.rclass):
        raise Refused("The class of a repository (rclass) cannot be changed")
    if body.get("packageType") and _package_type(body["packageType"], current.rclass) != current.package_type:
        raise Refused("The package type of a repository cannot be changed")
    settings = repository_fields.merge(current.package_type, current.settings, body)
    _check(current.key, current.rclass, settings, profile)
    if settings.get("projectKey") != current.settings.get("projectKey"):
        # A repository that was attached (R13) keeps its name, whatever that is.
        _check_project(current.key, settings)
    members = parse_members(body.get("members")) if current.rclass == "federated" else None
    return replace(current, settings=settings, members=current.members if members is None else members)


def parse_members(raw: object) -> tuple[Member, ...] | None:
    """The members of a request; None when it says nothing about them. Duplicate URLs are dropped (S3)."""
    if raw is None:
        return None
    if not isinstance(raw, list):
        raise Refused("members must be a list")
    members: dict[str, Member] = {}
    for entry in raw:
        if not isinstance(entry, dict) or not isinstance(entry.get("url"), str):
            raise Refused("Each member needs a url")
        members.setdefault(
            entry["url"], Member(entry["url"], repository_fields.boolean("enabled", entry.get("enabled", True)))
        )
    return tuple(members.values())


def check_members(key: str, members: Iterable[Member]) -> None:
    """Refuse URLs of a form that the product refuses, and an eleventh member (1.5, S4)."""
    listed = tuple(members)
    bad = [member.url for member in listed if not _is_member_url(member.url)]
    if bad:
        raise Refused(update_failed(key, bad))
    if len(listed) > MAX_MEMBERS:
        raise Refused(f"A federated repository can have at most {MAX_MEMBERS} members, not {len(listed)}")


def update_failed(key: str, urls: Iterable[str]) -> str:
    """Text T-1."""
    return f"Failed to update remote members for federated repository: {key}, failed members: [{', '.join(urls)}]"


def http_url(url: object) -> SplitResult | None:
    """The parts of a URL with scheme http or https and a host; None for everything else."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
    except ValueError:
        return None
    return parts if parts is not None and parts.scheme in {"http", "https"} and parts.hostname else None


def _is_member_url(url: str) -> bool:
    parts = http_url(url)
    if parts is None or url.endswith("/") or parts.query:
        return False
    return bool(re.search(r"/artifactory/[^/]+$", parts.path))


def _package_type(raw: object, rclass: str) -> str:
    known = package_types.canonical(raw) if isinstance(raw, str) else None
    if known is None:
        raise Refused(f"Unknown package type: {raw}")
    if rclass == "federated" and known in package_types.NOT_FEDERABLE:
        raise Refused(f"A federated repository cannot be of package type {known}")
    return known


def _check(key: str, rclass: str, settings: Mapping[str, Any], profile: Profile | None) -> None:
    environments = settings.get("environments") or []
    if len(environments) > 1 and profile is not None and profile.one_environment:
        raise Refused(f"Repository '{key}' can have one environment only, not {len(environments)}")
    if rclass == "remote" and http_url(settings.get("url")) is None:
        raise Refused(f"Remote repository '{key}' needs the url of an http or https server")
    if rclass == "virtual" and not all(isinstance(name, str) for name in settings["repositories"]):
        raise Refused("repositories must be a list of repository keys")


def _check_project(key: str, settings: Mapping[str, Any]) -> None:
    project = settings.get("projectKey")
    if project and not key.startswith(f"{project}-"):
        raise Refused(f"Repository key '{key}' must start with the project key '{project}-'")
