"""The configuration fields of a federated repository: our names, JFrog's names, and what the product does to values.

Source: contract/federation 1.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

__all__ = ["CONFIGURATION", "LOCAL", "differing", "live", "to_wire"]

SHARED = (
    "description",
    "notes",
    "includes_pattern",
    "excludes_pattern",
    "repo_layout_ref",
    "archive_browsing_enabled",
    "property_sets",
)
"""Pushed to every member when they change on one."""

LOCAL = (
    "project_key",
    "environments",
    "xray_index",
    "blacked_out",
    "priority_resolution",
    "download_redirect",
    "proxy",
    "disable_proxy",
)
"""Each JPD's own business, never compared between members. They must agree on the project key, but it is not pushed."""

CONFIGURATION = SHARED + LOCAL

_UNORDERED = frozenset({"environments", "property_sets"})


def to_wire(inputs: BaseModel, names: Iterable[str] = CONFIGURATION) -> dict[str, Any]:
    """The fields that the user set, under JFrog's names."""
    given = inputs.model_fields_set & set(names)
    return {to_camel(name): getattr(inputs, name) for name in sorted(given) if getattr(inputs, name) is not None}


def live(raw: Mapping[str, Any], name: str) -> Any:
    """A field's value as a JPD reports it, in the form in which a user would write it.

    An unassigned repository has no projectKey, an empty one, or "default" before 7.68.7: all mean "".
    """
    value = raw.get(to_camel(name))
    if name == "project_key":
        return "" if value in (None, "default") else value
    if name in _UNORDERED:
        return sorted(str(item) for item in value or ())
    if name in ("description", "notes", "excludes_pattern", "proxy"):
        return value or ""
    return value


def differing(one: Mapping[str, Any], other: Mapping[str, Any], names: Iterable[str] = SHARED) -> list[str]:
    """The fields in which two reported configurations differ."""
    return [name for name in names if live(one, name) != live(other, name)]
