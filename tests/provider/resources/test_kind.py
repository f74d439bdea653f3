"""What all resources share: checking, canonical inputs, and which changes replace."""

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NoReturn

import pytest

from jpd_provider.resources.kind import UNKNOWN, Drift, Failure, Inputs, Kind, Rule, State
from jpd_provider.settings import Settings

EU = {"url": "https://eu.example.com", "accessToken": "tok-0123456789"}
NEWS = {"deployment": "eu", "key": "docker-local", "size": 2}


class ToyInputs(Inputs):
    deployment: str
    key: str
    zone: str = "a"
    mode: Literal["on", "off"] | None = None
    tags: list[str] | None = None
    size: int | None = None


class ToyState(State):
    url: str = ""


def never(*_: Any) -> NoReturn:
    raise AssertionError("checking and planning make no call")


def no_odd_sizes(known: Mapping[str, Any]) -> Iterable[Failure]:
    if known.get("size", 0) % 2:
        yield Failure("size", "is odd")


TOY = Kind(
    name="Toy",
    inputs=ToyInputs,
    state=ToyState,
    rules={
        "deployment": Rule.REPLACE,
        "key": Rule.REPLACE,
        "zone": Rule.REPLACE,
        "mode": Rule.UPDATE,
        "tags": Rule.UPDATE,
        "size": Rule.LOCAL,
    },
    deployment_fields=("deployment",),
    identity=lambda inputs: f"{inputs.deployment}/{inputs.key}",
    create=never,
    read=never,
    update=never,
    delete=never,
    validate=no_odd_sizes,
    unordered=("tags",),
    one_of=(("mode", "size"),),
)


@pytest.fixture
def settings(load: Callable[..., Settings]) -> Settings:
    return load({"eu": EU, "bare": {"url": "https://bare.example.com"}})


def failures(settings: Settings, **news: Any) -> list[tuple[str, str]]:
    _, found = TOY.check(NEWS | news, settings)
    return [(failure.property, failure.reason) for failure in found]


def test_good_inputs_pass_unchanged(settings: Settings) -> None:
    assert TOY.check(NEWS, settings) == (NEWS, [])


def test_checking_changes_nothing_of_the_callers(settings: Settings) -> None:
    news = NEWS | {"tags": ["b", "a"], "mode": None}
    before = copy.deepcopy(news)

    TOY.check(news, settings)

    assert news == before


def test_unset_inputs_are_dropped(settings: Settings) -> None:
    canonical, found = TOY.check(NEWS | {"mode": None}, settings)

    assert (canonical, found) == (NEWS, [])


def test_a_list_whose_order_means_nothing_is_sorted(settings: Settings) -> None:
    canonical, _ = TOY.check(NEWS | {"tags": ["b", "a"]}, settings)

    assert canonical["tags"] == ["a", "b"]


def test_a_list_with_unknown_items_keeps_its_order(settings: Settings) -> None:
    canonical, found = TOY.check(NEWS | {"tags": ["b", UNKNOWN, "a"]}, settings)

    assert canonical["tags"] == ["b", UNKNOWN, "a"]
    assert found == []


@pytest.mark.parametrize(
    ("news", "property_", "reason"),
    [
        ({"key": None}, "key", "required"),
        ({"key": 7}, "key", "Input should be a valid string"),
        ({"size": "2"}, "size", "Input should be a valid integer"),
        ({"mode": "maybe", "size": None}, "mode", "Input should be 'on' or 'off'"),
        ({"tags": ["a", 7]}, "tags.1", "Input should be a valid string"),
        ({"kee": 1}, "kee", "unknown input; known are deployment, key, zone, mode, tags, size"),
        ({"size": 3}, "size", "is odd"),
    ],
)
def test_a_wrong_input_is_named(settings: Settings, news: dict[str, Any], property_: str, reason: str) -> None:
    assert failures(settings, **news) == [(property_, reason)]


def test_all_wrong_inputs_are_named_at_once(settings: Settings) -> None:
    found = failures(settings, key=7, size="2", deployment="us")

    assert [name for name, _ in found] == ["key", "size", "deployment"]


def test_an_unknown_deployment_is_named_with_the_known_ones(settings: Settings) -> None:
    [(property_, reason)] = failures(settings, deployment="us")

    assert property_ == "deployment"
    assert "There is no deployment 'us' in jpd:deployments (known: bare, eu)" in reason


def test_a_deployment_without_credential_fails_the_check(settings: Settings) -> None:
    [(property_, reason)] = failures(settings, deployment="bare")

    assert property_ == "deployment"
    assert "has no credential" in reason


@pytest.mark.parametrize("field", ["deployment", "key", "zone", "mode", "tags", "size"])
def test_a_value_that_is_not_known_yet_is_neither_missing_nor_wrong(settings: Settings, field: str) -> None:
    news = {name: value for name, value in NEWS.items() if name != "size" or field != "mode"}

    canonical, found = TOY.check(news | {field: UNKNOWN}, settings)

    assert found == []
    assert canonical[field] is UNKNOWN


def test_beside_an_unknown_value_the_known_ones_are_checked(settings: Settings) -> None:
    assert failures(settings, key=UNKNOWN, size="2") == [("size", "Input should be a valid integer")]
    assert failures(settings, key=UNKNOWN, size=3) == [("size", "is odd")]


@pytest.mark.parametrize(
    ("news", "reason"),
    [({"size": None}, "give mode or size"), ({"mode": "on"}, "give mode or size, not mode and size")],
)
def test_of_a_group_exactly_one_is_given(settings: Settings, news: dict[str, Any], reason: str) -> None:
    assert failures(settings, **news) == [("mode", reason)]


def test_a_value_of_a_group_that_is_not_known_yet_counts_as_given(settings: Settings) -> None:
    assert failures(settings, size=UNKNOWN) == []
    assert failures(settings, mode=UNKNOWN) == [("mode", "give mode or size, not mode and size")]


@pytest.mark.parametrize("field", ["mode", "tags", "size"])
def test_a_change_in_place_replaces_nothing(field: str) -> None:
    plan = TOY.plan(NEWS, NEWS | {field: "new"})

    assert (plan.replaces, plan.delete_before_replace) == ((), False)


@pytest.mark.parametrize("field", ["deployment", "key"])
def test_another_identity_is_another_resource_made_before_the_old_one_goes(field: str) -> None:
    plan = TOY.plan(NEWS, NEWS | {field: "new"})

    assert (plan.replaces, plan.delete_before_replace) == ((field,), False)


def test_a_replacement_under_the_same_id_deletes_first() -> None:
    plan = TOY.plan(NEWS, NEWS | {"zone": "b"})

    assert (plan.replaces, plan.delete_before_replace) == (("zone",), True)


@pytest.mark.parametrize("field", ["deployment", "key", "zone"])
def test_an_unknown_identity_may_be_any_other_and_deletes_first(field: str) -> None:
    plan = TOY.plan(NEWS, NEWS | {field: UNKNOWN})

    assert (plan.replaces, plan.delete_before_replace) == ((field,), True)


def test_writing_down_a_default_replaces_nothing() -> None:
    assert TOY.plan(NEWS, NEWS | {"zone": "a"}).replaces == ()
    assert TOY.plan(NEWS | {"zone": "a"}, NEWS).replaces == ()
    assert TOY.plan(NEWS | {"zone": None}, NEWS).replaces == ()


def test_outputs_hold_the_inputs_and_more() -> None:
    parsed = TOY.parse_inputs(NEWS | {"url": "x", "__schema": 1, "drift": ["us: y"]})

    assert parsed == ToyInputs(deployment="eu", key="docker-local", size=2)
    assert parsed.model_fields_set == {"deployment", "key", "size"}


def test_a_drift_names_jpd_and_field() -> None:
    assert str(Drift.of_field("us", "enabled", live=False, declared=True)) == "us: enabled is false, declared true"
    assert str(Drift.of_field("us", "notes", live=None, declared="x")) == "us: notes is not set, declared 'x'"
    assert str(Drift.unknown("us", "no answer")) == "us: unknown: no answer"
