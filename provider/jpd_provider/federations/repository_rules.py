"""What can be wrong with the declaration of a federated repository, as far as it can be told without a JPD."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic.alias_generators import to_camel

from jpd_provider.model import Failure

from . import keys
from .members import LIMIT

__all__ = ["deployments_of_members", "failures", "owned_list"]


def owned_list(known: Mapping[str, Any]) -> tuple[str, Literal["owns"]] | None:
    """The repository whose member list is declared with it; None where the list is left to others."""
    where = (known.get("deployment"), known.get("key"))
    if known.get("members") is None or not all(isinstance(part, str) for part in where):
        return None
    return "/".join(map(str, where)), "owns"


def deployments_of_members(known: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Where a member names a deployment, and which."""
    for name, member in (known.get("members") or {}).items():
        if isinstance(member, Mapping) and not member.get("url"):
            yield f"members[{name}]", str(member.get("deployment") or name)


def failures(known: Mapping[str, Any], inputs: Iterable[str]) -> Iterable[Failure]:
    """JFrog's rules for keys, and fields that contradict each other."""
    package_type = known.get("package_type")
    if isinstance(package_type, str):
        yield from (Failure("package_type", reason) for reason in keys.refusals_of_package_type(package_type))
    key = known.get("key")
    if isinstance(key, str):
        yield from (Failure("key", reason) for reason in keys.refusals_of_key(key, package_type))
        project = known.get("project_key")
        if isinstance(project, str) and project and not key.startswith(f"{project}-"):
            yield Failure(
                "key", f"JFrog refuses '{key}': the key of a repository of project '{project}' starts with '{project}-'"
            )
    if known.get("proxy") and known.get("disable_proxy"):
        yield Failure("disable_proxy", "contradicts proxy: with disable_proxy the product drops the repository's proxy")
    named = {to_camel(name): name for name in inputs} | {"rclass": "", "members": ""}
    for field in known.get("settings") or {}:
        if field in named:
            instead = f"use {named[field]}" if named[field] else "it is not a setting"
            yield Failure("settings", f"'{field}' does not belong here: {instead}")
    yield from _members_failing(known)


def _members_failing(known: Mapping[str, Any]) -> Iterable[Failure]:
    declared = known.get("members") or {}
    if len(declared) >= LIMIT:
        yield Failure("members", f"{len(declared)} sites and this one are more than the {LIMIT} that JFrog allows")
    taken: dict[str, str] = {}
    for name, member in sorted(declared.items()):
        where = f"members[{name}]"
        site = member.get("url") or member.get("deployment") or name
        if member.get("url") and member.get("deployment"):
            yield Failure(where, "give deployment or url, not both")
        elif site == known.get("deployment"):
            yield Failure(where, f"'{site}' is the repository's own deployment; its flag is sync_enabled")
        elif site in taken:
            yield Failure(where, f"'{site}' is declared as members[{taken[site]}] too")
        elif member.get("url") and (member["url"].endswith("/") or "/artifactory/" not in member["url"]):
            yield Failure(where, f"'{site}' is not <base URL>/artifactory/<key> without a trailing slash")
        taken[site] = name
        yield from _local_fields_failing(where, member, known)


def _local_fields_failing(where: str, member: Mapping[str, Any], known: Mapping[str, Any]) -> Iterable[Failure]:
    project = member.get("project_key")
    if project is not None and known.get("project_key") is not None and project != known["project_key"]:
        yield Failure(
            where, f"project_key '{project}' differs from the repository's '{known['project_key']}'; members share one"
        )
    for field in ("project_key", "environments", "xray_index", "deletion_policy", "force_destroy"):
        if member.get("url") and member.get(field):
            yield Failure(where, f"{field} needs a deployment: with url there are no credentials for the other side")
