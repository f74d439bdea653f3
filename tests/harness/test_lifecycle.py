"""The lifecycle driver, and that each of its promises is one that can be broken."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness import lifecycle, toy
from harness.engine import Engine
from harness.lifecycle import Step
from harness.program import Resource, serialised
from harness.transport import InProcessTransport


def make(kind: str, name: str, inputs: Mapping[str, Any]) -> Resource:
    return Resource(f"pulumi-python:dynamic/toy:{kind}", name, inputs, serialised(toy.load(kind, 1)))


def run(folder: toy.Folder, *steps: Step[toy.Folder], kind: str = "Thing") -> None:
    engine = Engine(InProcessTransport(), {"toy:folder": str(folder.path)})
    lifecycle.run(engine, kind, steps, world=folder, leftovers=toy.Folder.objects, make=make)


@pytest.fixture
def folder(tmp_path: Path) -> toy.Folder:
    return toy.Folder(tmp_path)


A = {"key": "a"}


def test_a_whole_life_passes(folder: toy.Folder) -> None:
    checked = []

    run(
        folder,
        Step(A, expect="create"),
        Step(A, expect="same"),
        Step(A | {"label": "x"}, expect="update", changed=["label"], check=lambda world, it: checked.append(it.id)),
        Step(expect="update", changed=["label"], refresh=True, before=lambda world: world.put("a", {"label": "y"})),
        Step(expect="create", refresh=True, before=lambda world: world.remove("a")),
        Step({"key": "b"}, expect="replace", replaces=["key"]),
        Step({"key": "b", "size": 101}, fails="size: 101 is more than 100"),
        Step(expect="same", check=lambda world, it: checked.append(it.id)),
    )

    assert checked == ["a", "b"]


def test_another_operation_than_expected_is_reported(folder: toy.Folder) -> None:
    with pytest.raises(AssertionError, match=r"step 2 \(same\), preview: expected same, got .*update"):
        run(folder, Step(A, expect="create"), Step(A | {"size": 2}, expect="same"))


def test_another_field_than_expected_is_reported(folder: toy.Folder) -> None:
    with pytest.raises(AssertionError, match=r"step 2 .*expected \['label'\] to change"):
        run(folder, Step(A, expect="create"), Step(A | {"size": 2}, expect="update", changed=["label"]))


def test_another_reason_of_a_replacement_is_reported(folder: toy.Folder) -> None:
    with pytest.raises(AssertionError, match=r"expected \['size'\] to replace"):
        run(folder, Step(A, expect="create"), Step({"key": "b"}, expect="replace", replaces=["size"]))


def test_a_field_that_never_settles_is_reported(folder: toy.Folder) -> None:
    with pytest.raises(AssertionError, match=r"step 1 \(create\): a second preview is not empty: .*'size'"):
        run(folder, Step(A, expect="create"), kind="Forgetful")


def test_an_expected_failure_that_does_not_come_is_reported(folder: toy.Folder) -> None:
    with pytest.raises(AssertionError, match="nothing failed"):
        run(folder, Step(A, fails="anything"))


def test_another_failure_than_expected_is_reported(folder: toy.Folder) -> None:
    with pytest.raises(AssertionError, match=r"failed otherwise: (.|\n)*403"):
        run(folder, Step(A | {"label": "refused"}, fails="409"))


def test_what_destroy_leaves_in_the_world_is_reported(folder: toy.Folder) -> None:
    with pytest.raises(AssertionError, match=r"left in the world: .*orphan"):
        run(folder, Step(A, expect="create", check=lambda world, it: world.put("orphan", {})))
