"""Promise: an operation interrupted after any of its calls, and repeated, ends where an undisturbed one ends."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from . import program
from .engine import Engine
from .failures import HarnessFailure
from .transport import ProcessTransport


class World(Protocol):
    """The calls that a world counts, and how they are made to fail."""

    def calls(self) -> int:
        """How many calls were made since the world began."""

    def arm(self, n: int) -> None:
        """Let the n-th call since the world began and all later ones fail, or hang if the provider will be killed."""

    def disarm(self) -> None:
        """Let all calls succeed again."""


W = TypeVar("W", bound=World)


@dataclass(frozen=True)
class Scene(Generic[W]):
    """One stack on one world, both new."""

    engine: Engine
    world: W
    killing: ProcessTransport | None = None
    """The engine's transport, if its process is to be killed at the call rather than see it fail."""


def after_each_call(
    fresh: Callable[[], Scene[W]],
    act: Callable[[Engine], object],
    end_state: Callable[[W], Any],
    *,
    wanted: program.Program,
    prepare: Callable[[Engine], object] = lambda engine: None,
) -> int:
    """Interrupt `act` at its n-th call for each n, repeat it, and compare worlds. Returns the number of calls.

    `prepare` brings the stack where `act` begins; `wanted` is the program that must show no change in the end.
    The interrupted run has to fail: were a call swallowed, its failure would be one that nobody hears of.
    """
    undisturbed = fresh()
    prepare(undisturbed.engine)
    begin = undisturbed.world.calls()
    act(undisturbed.engine)
    count = undisturbed.world.calls() - begin
    expected = end_state(undisturbed.world)
    assert count > 0, "the operation makes no call, so there is nothing to interrupt"
    for n in range(1, count + 1):
        scene = fresh()
        prepare(scene.engine)
        _interrupt(scene, act, n, count)
        act(scene.engine)
        reached = end_state(scene.world)
        assert reached == expected, f"interrupted at call {n} of {count}: expected {expected}, reached {reached}"
        changes = scene.engine.preview(wanted, refresh=True).changes
        assert not changes, f"interrupted at call {n} of {count}: a further preview shows {changes}"
    return count


def _interrupt(scene: Scene[W], act: Callable[[Engine], object], n: int, count: int) -> None:
    target = scene.world.calls() + n
    scene.world.arm(target)
    try:
        with _killer(scene, target):
            act(scene.engine)
    except HarnessFailure:
        return
    finally:
        scene.world.disarm()
    raise AssertionError(f"call {n} of {count} failed and the operation succeeded")


@contextmanager
def _killer(scene: Scene[W], target: int) -> Iterator[None]:
    """Kill the provider's process as soon as the world counts the call."""
    if scene.killing is None:
        yield
        return
    done = threading.Event()

    def watch(transport: ProcessTransport) -> None:
        while not done.wait(0.005):
            if scene.world.calls() >= target:
                transport.kill()
                return

    watcher = threading.Thread(target=watch, args=[scene.killing], daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
