"""Any file that parses, any change: our keys say what was asked for, and every other byte is as before."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from jpd_provider.systemyaml.document import RefusedFile
from jpd_provider.systemyaml.merge import merge

from . import yaml_texts

pytestmark = pytest.mark.filterwarnings("ignore::ruamel.yaml.error.ReusedAnchorWarning")
thorough = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def parsed(text: str) -> Any:
    """What an independent reader makes of it; tags that nobody knows count as their content."""
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.add_multi_constructor("!", lambda loader, _tag, node: loader.construct_yaml_map(node))
    return yaml.load(text) or {}


def changes(values: dict[str, Any]) -> dict[tuple[str, ...], Any]:
    return {("router", "proxy", name): value for name, value in values.items()}


def expected(text: str, values: dict[str, Any]) -> Any:
    content = dict(parsed(text))
    router = dict(content.get("router") or {})
    proxy = dict(router.get("proxy") or {})
    for name, value in values.items():
        proxy.pop(name, None)
        if value is not None:
            proxy[name] = value
    return content | {"router": router | {"proxy": proxy}}


def pruned(content: Any) -> Any:
    """`router` and `router.proxy` that hold nothing say nothing."""
    router = {key: value for key, value in (content.get("router") or {}).items() if key != "proxy" or value}
    rest = {key: value for key, value in content.items() if key != "router"}
    return rest | ({"router": router} if router else {})


@given(yaml_texts.files(), yaml_texts.VALUES)
@thorough
def test_the_result_parses_to_the_old_content_with_our_values(file: yaml_texts.File, values: dict[str, Any]) -> None:
    merged = merge(file.text, changes(values))

    assert pruned(parsed(merged)) == pruned(expected(file.text, values))


@given(yaml_texts.files(), yaml_texts.VALUES)
@thorough
def test_every_byte_around_the_managed_part_stays(file: yaml_texts.File, values: dict[str, Any]) -> None:
    merged = merge(file.text, changes(values))

    prefix = common_prefix(file.text, merged)
    suffix = common_prefix(file.text[::-1], merged[::-1])
    # Where the file has no final line break and our lines were its last, the line before becomes the last one.
    slack = 0 if file.text.endswith("\n") else (2 if "\r\n" in file.text else 1)
    assert prefix + suffix >= len(file.before) + len(file.after) - slack


@given(yaml_texts.files(), yaml_texts.VALUES)
@thorough
def test_merging_twice_changes_nothing_more(file: yaml_texts.File, values: dict[str, Any]) -> None:
    merged = merge(file.text, changes(values))

    assert merge(merged, changes(values)) == merged


@given(yaml_texts.files().filter(lambda file: not file.managed), yaml_texts.VALUES)
@thorough
def test_removing_what_was_added_restores_the_file(file: yaml_texts.File, values: dict[str, Any]) -> None:
    merged = merge(file.text, changes(values))

    assert merge(merged, changes(dict.fromkeys(values))) == file.text


@given(yaml_texts.ARBITRARY, yaml_texts.VALUES)
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_arbitrary_text_is_refused_or_merged_right(text: str, values: dict[str, Any]) -> None:
    try:
        merged = merge(text, changes(values))
    except RefusedFile:
        return
    try:
        wanted = pruned(expected(text, values))
    except (YAMLError, AttributeError, TypeError, ValueError):
        assume(False)

    assert pruned(parsed(merged)) == wanted


def common_prefix(one: str, other: str) -> int:
    length = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        length += 1
    return length
