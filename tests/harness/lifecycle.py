"""A resource test as data: steps, each with what it changes and what the engine is expected to do about it.

For each step: change the world behind the provider's back (`before`), preview, compare with `expect`, apply, compare
again, preview once more with a refresh and expect nothing, look at the result (`check`). At the end: destroy, and
nothing may be left.

    run(
        engine,
        "FederatedRepository",
        [
            Step({"deployment": "eu", "key": "a"}, expect="create"),
            Step({"deployment": "eu", "key": "a", "description": "x"}, expect="update", changed=["description"]),
            Step(expect="update", changed=["description"], refresh=True, before=somebody_edits_the_description),
        ],
        world=simulator,
        leftovers=repositories_of,
    )
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from . import program, state
from .engine import Engine
from .failures import HarnessFailure

W = TypeVar("W")
Expectation = Literal["create", "same", "update", "replace"]
MakeResource = Callable[[str, str, Mapping[str, Any]], program.Resource]

NAME = "subject"
"""The name of the resource under test in its program."""


@dataclass(frozen=True)
class Step(Generic[W]):
    """One edit of the program or of the world. `inputs` of None means those of the step before."""

    inputs: Mapping[str, Any] | None = None
    expect: Expectation = "same"
    changed: Collection[str] | None = None
    """The fields that the plan names; not looked at when None."""
    replaces: Collection[str] | None = None
    """The fields that the provider gives as the reason of a replacement; not looked at when None."""
    before: Callable[[W], object] | None = None
    """Changes the world behind the provider's back."""
    check: Callable[[W, state.Stored], object] | None = None
    """Asserts on the world and on the resource in the state, after the step."""
    fails: str | None = None
    """A regular expression for the error of preview or up. The state must be as before; later steps go on from it."""
    refresh: bool = False
    """Whether preview and up read the live objects first."""


def run(
    engine: Engine,
    kind: str,
    steps: Sequence[Step[W]],
    *,
    world: W,
    leftovers: Callable[[W], object],
    beside: Sequence[program.Resource] = (),
    make: MakeResource = program.resource,
) -> None:
    """Drive one resource through its steps. `leftovers` answers something falsy when the world is as clean as before.

    `beside` are resources that the program holds from beginning to end, before the one under test.
    """
    inputs: Mapping[str, Any] = {}
    for number, step in enumerate(steps, start=1):
        wanted = inputs if step.inputs is None else step.inputs
        where = f"step {number} ({'fails' if step.fails else step.expect})"
        if step.before:
            step.before(world)
        if step.fails:
            _expect_failure(engine, [*beside, make(kind, NAME, wanted)], step, where)
        else:
            inputs = wanted
            _expect_success(engine, [*beside, make(kind, NAME, wanted)], step, where)
        if step.check:
            step.check(world, engine.state[NAME])
    engine.destroy()
    assert not engine.state, f"destroy left in the state: {list(engine.state.resources)}"
    left = leftovers(world)
    assert not left, f"destroy left in the world: {left}"


def _expect_success(engine: Engine, wanted: program.Program, step: Step[W], where: str) -> None:
    _compare(engine.preview(wanted, refresh=step.refresh), step, f"{where}, preview")
    _compare(engine.up(wanted, refresh=step.refresh), step, f"{where}, up")
    again = engine.preview(wanted, refresh=True)
    assert not again.changes, f"{where}: a second preview is not empty: {again.changes}"


def _compare(result: state.Result, step: Step[W], where: str) -> None:
    done = result.of(NAME)
    assert done.op.value == step.expect, f"{where}: expected {step.expect}, got {done}"
    if step.changed is not None:
        assert done.changed == set(step.changed), f"{where}: expected {sorted(step.changed)} to change, got {done}"
    if step.replaces is not None:
        assert set(done.replaces) == set(step.replaces), f"{where}: expected {step.replaces} to replace, got {done}"


def _expect_failure(engine: Engine, wanted: program.Program, step: Step[W], where: str) -> None:
    before = engine.state.resources.get(NAME)
    failure = _failure_of(engine, wanted, step)
    assert failure is not None, f"{where}: nothing failed"
    assert re.search(step.fails or "", str(failure), re.DOTALL), f"{where}: failed otherwise: {failure}"
    assert engine.state.resources.get(NAME) == before, f"{where}: the failure changed the state"


def _failure_of(engine: Engine, wanted: program.Program, step: Step[W]) -> HarnessFailure | None:
    try:
        engine.preview(wanted, refresh=step.refresh)
        engine.up(wanted, refresh=step.refresh)
    except HarnessFailure as failure:
        return failure
    return None
