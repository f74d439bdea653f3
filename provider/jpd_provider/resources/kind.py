"""What every resource is made of, and the parts of its lifecycle that are the same for all.

A resource file declares `Inputs`, `State`, `RULES` and four functions, and binds them into one `Kind`. The core knows
no Pulumi types: `read` returns None for "gone", and the hosts know how Pulumi spells that.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, Literal, TypeVar

from pydantic import ValidationError

from jpd_provider.client.jpd import Jpds
from jpd_provider.errors import SettingsError
from jpd_provider.model import UNKNOWN, Drift, Failure, Inputs, State, contains_unknown
from jpd_provider.settings import Settings

__all__ = ["UNKNOWN", "Drift", "Failure", "Inputs", "Kind", "Plan", "Reading", "Rule", "State"]

SCHEMA_VERSION = 1
"""Version of the outputs' form in state; `migrate` code keys on it once there is a second one."""


class Rule(enum.Enum):
    """What a change of one input means."""

    UPDATE = "update"
    """Changed in place, on the JPD."""

    REPLACE = "replace"
    """Part of what the resource is: another value is another resource."""

    LOCAL = "local"
    """Steers this provider only; nothing is sent to a JPD."""


I = TypeVar("I", bound=Inputs)  # noqa: E741 - I and S are inputs and state in every signature below
S = TypeVar("S", bound=State)


@dataclasses.dataclass(frozen=True)
class Reading(Generic[I, S]):
    """What `read` found: live inputs, computed outputs, and how the JPDs differ from what was declared."""

    inputs: I
    state: S
    drift: tuple[Drift, ...] = ()


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a change of inputs leads to, as far as the fields' rules decide it."""

    replaces: tuple[str, ...]
    delete_before_replace: bool


def _none(_known: Mapping[str, Any]) -> Iterable[Any]:
    return ()


def _no_member_list(_known: Mapping[str, Any]) -> None:
    return None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Kind(Generic[I, S]):
    """One resource: its models, its rules and its lifecycle."""

    name: str
    """JFrog's or our word for it; part of the type token, so it never changes."""

    inputs: type[I]
    state: type[S]
    rules: Mapping[str, Rule]

    deployment_fields: tuple[str, ...]
    """The inputs that name a deployment of the registry."""

    identity: Callable[[I], str]
    """The id: parseable, so that read works from it alone."""

    create: Callable[[Jpds, I], S]
    """Make it, or take over what an interrupted attempt left. Safe to repeat."""

    read: Callable[[Jpds, str, I | None, S | None], Reading[I, S] | None]
    """What is there; None: it is gone. Inputs and state are None on import, where only the id is known."""

    update: Callable[[Jpds, I, S, I], S]
    """From old inputs and state to new inputs; also repairs whatever drifted."""

    delete: Callable[[Jpds, I, S], None]
    """Remove it; already gone is success."""

    validate: Callable[[Mapping[str, Any]], Iterable[Failure]] = _none
    """Rules across fields; gets the known values by name, with unknown ones left out."""

    one_of: tuple[tuple[str, ...], ...] = ()
    """Groups of inputs of which exactly one is given; an unknown value counts as given."""

    nested_deployments: Callable[[Mapping[str, Any]], Iterable[tuple[str, str]]] = _none
    """Deployments that are named inside other inputs: pairs of where it stands and the name."""

    member_list: Callable[[Mapping[str, Any]], tuple[str, Literal["owns", "joins"]] | None] = _no_member_list
    """The repository (`<deployment>/<key>`) whose member list a resource declares, and whether it owns the list or
    joins it. Both at once in one program would undo each other, and are refused."""

    unordered: tuple[str, ...] = ()
    """List inputs whose order means nothing; they are kept sorted."""

    def check(self, news: Mapping[str, Any], settings: Settings) -> tuple[dict[str, Any], list[Failure]]:
        """Canonical inputs and the reasons why they are refused. No network."""
        canonical = self._canonical(news)
        known = {name: value for name, value in canonical.items() if not contains_unknown(value)}
        failures = self._fields_failing(known, skipped=canonical.keys() - known.keys())
        named = [(field, known[field]) for field in self.deployment_fields if isinstance(known.get(field), str)]
        if not failures:
            named.extend(self.nested_deployments(known))
        for field, name in named:
            if not any(failure.property == field for failure in failures):
                failures.extend(_deployment_failing(field, name, settings))
        failures.extend(self._groups_failing(canonical))
        if not failures:
            failures.extend(self.validate(known))
        return canonical, failures

    def plan(self, old_outputs: Mapping[str, Any], news: Mapping[str, Any]) -> Plan:
        """Which changed inputs replace the resource. An unknown value may be any other, hence replaces."""
        replaces = tuple(
            field
            for field, rule in self.rules.items()
            if rule is Rule.REPLACE and self._value(old_outputs, field) != self._value(news, field)
        )
        return Plan(replaces, delete_before_replace=bool(replaces) and self._keeps_its_id(old_outputs, news))

    def parse_inputs(self, outputs: Mapping[str, Any]) -> I:
        """The inputs that a resource's outputs echo."""
        return self.inputs.model_validate({name: outputs[name] for name in self.inputs.model_fields if name in outputs})

    def _canonical(self, news: Mapping[str, Any]) -> dict[str, Any]:
        canonical = {name: value for name, value in news.items() if value is not None}
        for field in self.unordered:
            value = canonical.get(field)
            if isinstance(value, list) and all(isinstance(item, str) for item in value):
                canonical[field] = sorted(value)
        return canonical

    def _fields_failing(self, known: Mapping[str, Any], *, skipped: Iterable[str]) -> list[Failure]:
        try:
            self.inputs.model_validate(dict(known))
        except ValidationError as error:
            unknown = set(skipped)
            return [
                Failure(".".join(str(part) for part in fault["loc"]), _reason(fault["type"], fault["msg"], self.inputs))
                for fault in error.errors(include_input=False)
                if not (fault["loc"] and fault["loc"][0] in unknown)
            ]
        return []

    def _groups_failing(self, canonical: Mapping[str, Any]) -> Iterable[Failure]:
        for group in self.one_of:
            given = [field for field in group if field in canonical]
            if len(given) != 1:
                both = f", not {' and '.join(given)}" if given else ""
                yield Failure(group[0], f"give {' or '.join(group)}{both}")

    def _value(self, bag: Mapping[str, Any], field: str) -> Any:
        default = self.inputs.model_fields[field].default
        value = bag.get(field)
        return default if value is None else value

    def _keeps_its_id(self, old_outputs: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """The replacement would have the same id, so the old one must go first."""
        try:
            return self.identity(self.parse_inputs(old_outputs)) == self.identity(self.parse_inputs(news))
        except ValidationError:
            # A value is unknown: whether the id stays the same is too, and deleting first is always possible.
            return True


def _deployment_failing(field: str, name: str, settings: Settings) -> Iterable[Failure]:
    try:
        settings[name].credential()
    except SettingsError as error:
        yield Failure(field, str(error))


def _reason(kind: str, message: str, inputs: type[Inputs]) -> str:
    if kind == "extra_forbidden":
        return f"unknown input; known are {', '.join(inputs.model_fields)}"
    if kind == "missing":
        return "required"
    return message.removeprefix("Value error, ")
