"""The words in which resources speak: inputs, state, failures, drift, and the value that is not known yet."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = ["UNKNOWN", "Drift", "Failure", "Inputs", "State", "contains_unknown"]


class _Unknown(enum.Enum):
    UNKNOWN = "unknown"


UNKNOWN = _Unknown.UNKNOWN
"""Stands for a value that is known only after another resource has been created."""


class Inputs(BaseModel):
    """Base of every resource's inputs: ours, hence strict."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )


class State(BaseModel):
    """Base of every resource's computed outputs; lenient, because an older release may have written them."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


@dataclasses.dataclass(frozen=True)
class Failure:
    """One reason why inputs cannot be accepted."""

    property: str
    reason: str


@dataclasses.dataclass(frozen=True)
class Drift:
    """One way in which a JPD is not as declared. Its text names JPD and field."""

    deployment: str
    text: str

    @classmethod
    def of_field(cls, deployment: str, field: str, *, live: object, declared: object) -> Drift:
        """A field with another value than declared."""
        return cls(deployment, f"{field} is {_shown(live)}, declared {_shown(declared)}")

    @classmethod
    def unknown(cls, deployment: str, reason: str) -> Drift:
        """The JPD could not be asked. That is never "gone", and never "no drift" either."""
        return cls(deployment, f"unknown: {reason}")

    def __str__(self) -> str:
        """For people: "us: enabled is false, declared true"."""
        return f"{self.deployment}: {self.text}"


def contains_unknown(value: Any) -> bool:
    """Whether a value is unknown, or holds an unknown at any depth."""
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(contains_unknown(item) for item in value)
    return value is UNKNOWN


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)
