"""The configuration fields: JFrog's names, and live values in the form in which a user writes them."""

from typing import Any

import pytest
from pydantic import BaseModel

from jpd_provider.federations import fields


class Declared(BaseModel):
    description: str | None = None
    xray_index: bool | None = None
    property_sets: list[str] | None = None
    adopt: str = "identical"


def test_only_fields_that_were_set_travel_under_jfrogs_names() -> None:
    declared = Declared(description="", xray_index=False, adopt="local")

    assert fields.to_wire(declared) == {"description": "", "xrayIndex": False}


def test_a_field_that_was_set_to_none_does_not_travel() -> None:
    assert fields.to_wire(Declared(description=None)) == {}


def test_only_the_asked_fields_travel() -> None:
    declared = Declared(description="d", xray_index=True)

    assert fields.to_wire(declared, fields.LOCAL) == {"xrayIndex": True}


@pytest.mark.parametrize(
    ("name", "raw", "live"),
    [
        ("project_key", {}, ""),
        ("project_key", {"projectKey": ""}, ""),
        ("project_key", {"projectKey": "default"}, ""),
        ("project_key", {"projectKey": "core"}, "core"),
        ("environments", {"environments": ["PROD", "DEV"]}, ["DEV", "PROD"]),
        ("environments", {"environments": None}, []),
        ("property_sets", {}, []),
        ("description", {}, ""),
        ("description", {"description": None}, ""),
        ("proxy", {"proxy": "corp"}, "corp"),
        ("xray_index", {"xrayIndex": False}, False),
        ("xray_index", {}, None),
        ("includes_pattern", {"includesPattern": "**/*"}, "**/*"),
    ],
)
def test_a_live_value_has_the_form_of_a_declared_one(name: str, raw: dict[str, Any], live: Any) -> None:
    assert fields.live(raw, name) == live


def test_configurations_differ_in_the_named_fields_only() -> None:
    one = {"description": "a", "notes": None, "xrayIndex": True, "propertySets": ["x", "y"], "projectKey": "default"}
    other = {"description": "b", "notes": "", "xrayIndex": False, "propertySets": ["y", "x"]}

    assert fields.differing(one, other) == ["description"]
    assert fields.differing(one, other, fields.LOCAL) == ["xray_index"]


def test_a_field_is_either_shared_or_local() -> None:
    assert not set(fields.SHARED) & set(fields.LOCAL)
