"""What an engine remembers, and what it reports."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pulumi.dynamic.dynamic import PROVIDER_KEY

from . import wire
from .program import Resource


class Op(enum.Enum):
    """What a step does to one resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    DELETE_REPLACED = "delete-replaced"
    SAME = "same"


@dataclass(frozen=True)
class Step:
    """One line of a plan. `changed` is empty when the provider said only that something differs."""

    op: Op
    name: str
    changed: frozenset[str] = frozenset()
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """The steps of a program, and those of the refresh before it."""

    steps: tuple[Step, ...]
    refreshed: tuple[Step, ...] = ()

    @property
    def changes(self) -> tuple[Step, ...]:
        """What `--expect-no-changes` objects to."""
        return tuple(step for step in self.refreshed + self.steps if step.op is not Op.SAME)

    def of(self, name: str) -> Step:
        """The step of the program for one resource."""
        [step] = [step for step in self.steps if step.name == name and step.op is not Op.DELETE_REPLACED]
        return step

    def ops(self) -> dict[str, str]:
        """Resource -> operation, for assertions."""
        return {step.name: step.op.value for step in self.steps if step.op is not Op.DELETE_REPLACED}


@dataclass(frozen=True)
class Stored:
    """One resource in the state."""

    type: str
    name: str
    id: str
    inputs: wire.Properties
    outputs: wire.Properties
    dependencies: frozenset[str] = frozenset()
    secret_outputs: frozenset[str] = frozenset()

    @classmethod
    def of(cls, resource: Resource, id_: str, inputs: wire.Properties, outputs: wire.Properties) -> "Stored":
        """What is kept of a resource after an operation on it."""
        marked = wire.mark_secret(outputs, resource.secret_outputs)
        return cls(resource.type, resource.name, id_, inputs, marked, resource.dependencies, resource.secret_outputs)

    def with_live(self, id_: str, inputs: wire.Properties, outputs: wire.Properties) -> "Stored":
        """The same resource after a refresh."""
        return replace(self, id=id_, inputs=inputs, outputs=outputs)

    def shown(self) -> wire.Properties:
        """The outputs without what is Pulumi's own."""
        return {key: value for key, value in self.outputs.items() if key != PROVIDER_KEY}


@dataclass
class State:
    """The resources by name in the order of their creation, and the replaced ones that still have to be deleted."""

    resources: dict[str, Stored] = field(default_factory=dict)
    pending_deletes: list[Stored] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.resources or self.pending_deletes)

    def __getitem__(self, name: str) -> Stored:
        return self.resources[name]

    def drop(self, stored: Stored) -> None:
        """Forget a deleted resource, be it current or replaced."""
        if stored in self.pending_deletes:
            self.pending_deletes.remove(stored)
        if self.resources.get(stored.name) is stored:
            del self.resources[stored.name]

    def plaintext(self) -> str:
        """Everything that a state file would hold in the clear: grep it for secrets."""
        # The repr of a Secret hides its value, as the file's ciphertext does.
        return "\n".join(repr(bag) for stored in self._all() for bag in (stored.id, stored.inputs, stored.outputs))

    def _all(self) -> Iterator[Stored]:
        yield from self.resources.values()
        yield from self.pending_deletes


def urn_of(type_: str, name: str) -> str:
    """The URN of a resource in the harness' only stack."""
    return f"urn:pulumi:dev::test::{type_}::{name}"
