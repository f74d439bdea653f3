"""Values at the border: what the engine's wire does to them is undone on the way in, and done on the way out."""

import copy
from typing import Any

import pytest
from pulumi.output import Unknown
from pulumi.runtime import rpc
from pydantic import SecretStr

from jpd_provider import redaction
from jpd_provider.hosts import values
from jpd_provider.resources.kind import UNKNOWN


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (3.0, 3),
        (3.5, 3.5),
        (True, True),
        ("3", "3"),
        ([1.0, [2.0]], [1, [2]]),
        ({"a": {"b": 1.0}}, {"a": {"b": 1}}),
        (float("inf"), float("inf")),
    ],
)
def test_the_core_sees_whole_numbers_as_integers(value: Any, seen: Any) -> None:
    found = values.from_pulumi(value)

    assert found == seen
    assert repr(found) == repr(seen)


@pytest.mark.parametrize("unknown", [rpc.UNKNOWN, Unknown()])
def test_both_spellings_of_unknown_are_understood_at_any_depth(unknown: Any) -> None:
    assert values.from_pulumi(unknown) is UNKNOWN
    assert values.from_pulumi({"a": [unknown]}) == {"a": [UNKNOWN]}


def test_a_wrapped_secret_is_unwrapped() -> None:
    assert values.from_pulumi({"a": rpc.wrap_rpc_secret("s")}) == {"a": "s"}


def test_a_bag_loses_what_is_pulumis_and_what_is_not_set() -> None:
    bag = {"__provider": "blob", "__schema": 1.0, "a": None, "b": {"c": None}}

    assert values.properties(bag) == {"b": {"c": None}}


def test_what_comes_in_is_a_copy() -> None:
    bag = {"a": {"b": [1.0, {"c": 2.0}]}, "__provider": "blob"}
    before = copy.deepcopy(bag)

    seen = values.properties(bag)
    seen["a"]["b"].append("changed")
    seen["a"]["b"][1]["c"] = "changed"

    assert bag == before


def test_a_secret_goes_out_wrapped_and_registered() -> None:
    out = values.to_pulumi({"password": SecretStr("p4ss-word")})

    assert rpc.is_rpc_secret(out["password"])
    assert rpc.unwrap_rpc_secret(out["password"]) == "p4ss-word"
    assert redaction.redact("p4ss-word") == "[secret]"


def test_unknown_goes_out_as_pulumis_unknown() -> None:
    out = values.to_pulumi({"a": [UNKNOWN]})

    assert isinstance(out["a"][0], Unknown)


@pytest.mark.parametrize(("value", "out"), [((1, 2), [1, 2]), ({"a": (1,)}, {"a": [1]}), (1.5, 1.5), (None, None)])
def test_tuples_go_out_as_lists(value: Any, out: Any) -> None:
    assert values.to_pulumi(value) == out


def test_what_goes_out_is_a_copy() -> None:
    state = {"a": {"b": [1]}}

    values.to_pulumi(state)["a"]["b"].append(2)

    assert state == {"a": {"b": [1]}}
