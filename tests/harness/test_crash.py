"""Interrupting an operation at each of its calls, by errors and by SIGKILL."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import crash, toy
from harness.engine import Engine
from harness.program import Program, Resource, serialised
from harness.transport import InProcessTransport, ProcessTransport

TESTS = Path(__file__).parent.parent


def program(kind: str = "Thing", size: int = 1) -> Program:
    blob = serialised(toy.load(kind, 1))
    return [Resource(f"pulumi-python:dynamic/toy:{kind}", "a", {"key": "a", "size": size}, blob)]


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[toy.Folder]:
    def folders() -> Iterator[toy.Folder]:
        number = 0
        while True:
            number += 1
            (tmp_path / str(number)).mkdir()
            yield toy.Folder(tmp_path / str(number))

    return folders()


@pytest.fixture
def failing(worlds: Iterator[toy.Folder]) -> Callable[[], crash.Scene[toy.Folder]]:
    def fresh() -> crash.Scene[toy.Folder]:
        folder = next(worlds)
        return crash.Scene(Engine(InProcessTransport(), {"toy:folder": str(folder.path)}), folder)

    return fresh


@pytest.fixture
def killed(worlds: Iterator[toy.Folder]) -> Callable[[], crash.Scene[toy.Folder]]:
    def fresh() -> crash.Scene[toy.Folder]:
        folder = next(worlds)
        transport = ProcessTransport(TESTS)
        return crash.Scene(Engine(transport, {"toy:folder": str(folder.path), "toy:hang": "yes"}), folder, transport)

    return fresh


def test_a_create_that_can_be_repeated_survives_an_error_at_each_call(
    failing: Callable[[], crash.Scene[toy.Folder]],
) -> None:
    calls = crash.after_each_call(failing, lambda engine: engine.up(program()), toy.Folder.objects, wanted=program())

    assert calls == 2


def test_a_create_that_can_be_repeated_survives_a_kill_at_each_call(
    killed: Callable[[], crash.Scene[toy.Folder]],
) -> None:
    calls = crash.after_each_call(killed, lambda engine: engine.up(program()), toy.Folder.objects, wanted=program())

    assert calls == 2


def test_an_update_begins_where_the_preparation_ends(failing: Callable[[], crash.Scene[toy.Folder]]) -> None:
    calls = crash.after_each_call(
        failing,
        lambda engine: engine.up(program(size=2)),
        toy.Folder.objects,
        wanted=program(size=2),
        prepare=lambda engine: engine.up(program()),
    )

    assert calls == 1


def test_a_destroy_survives_an_error_at_each_call(failing: Callable[[], crash.Scene[toy.Folder]]) -> None:
    calls = crash.after_each_call(
        failing, Engine.destroy, toy.Folder.objects, wanted=[], prepare=lambda engine: engine.up(program())
    )

    assert calls == 2


def test_a_create_that_cannot_be_repeated_is_reported(failing: Callable[[], crash.Scene[toy.Folder]]) -> None:
    wanted = program("Duplicating")

    with pytest.raises(AssertionError, match="interrupted at call 2 of 2: expected"):
        crash.after_each_call(failing, lambda engine: engine.up(wanted), toy.Folder.objects, wanted=wanted)


def test_a_swallowed_failure_is_reported(failing: Callable[[], crash.Scene[toy.Folder]]) -> None:
    wanted = program("Careless")

    with pytest.raises(AssertionError, match="call 1 of 2 failed and the operation succeeded"):
        crash.after_each_call(failing, lambda engine: engine.up(wanted), toy.Folder.objects, wanted=wanted)
