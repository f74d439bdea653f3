"""What a Pulumi program registers, as data: resources in order, and references from one to another."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import PROVIDER_KEY, serialize_provider

from . import wire

FORMAT = 1
"""The second argument of `anchor.load`, as it stands in users' state."""


@dataclass(frozen=True)
class Ref:
    """The output of another resource of the program, used as an input. `id` is the resource's id."""

    resource: str
    output: str


@dataclass(frozen=True)
class Resource:
    """One registration. `blob` is the serialised provider, a Secret if the provider asks for that."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    blob: "str | wire.Secret"
    depends_on: Sequence[str] = ()
    ignore_changes: Sequence[str] = ()
    secret_outputs: frozenset[str] = field(default_factory=frozenset)

    @property
    def dependencies(self) -> frozenset[str]:
        """The names of the resources that come before this one."""
        return frozenset(self.depends_on) | {ref.resource for ref in _refs(self.inputs)}

    def registered(self) -> wire.Properties:
        """The inputs as the SDK sends them: canonical, with the provider among them."""
        return wire.canonical(self.inputs) | {PROVIDER_KEY: self.blob}


Program = Sequence[Resource]


def resource(kind: str, name: str, inputs: Mapping[str, Any], **options: Any) -> Resource:
    """A resource of this project's provider. Options are the further fields of Resource."""
    return Resource(f"pulumi-python:dynamic/jpd:{kind}", name, inputs, blob(kind), **options)


@functools.cache
def blob(kind: str) -> "str | wire.Secret":
    """The serialised provider of a kind, made as the SDK makes it."""
    from jpd_provider import anchor

    return serialised(anchor.load(kind, FORMAT))


def serialised(provider: ResourceProvider) -> "str | wire.Secret":
    """The value of `__provider`, as `pulumi.dynamic.Resource` registers it."""
    text: str = serialize_provider(provider)
    return wire.Secret(text) if getattr(provider, "serialize_as_secret_always", True) else text


def resolve(value: Any, outputs: Mapping[str, Mapping[str, Any]]) -> Any:
    """The value with references filled in; what their resource does not know yet is UNKNOWN."""
    if isinstance(value, Ref):
        return outputs[value.resource].get(value.output, wire.UNKNOWN)
    if isinstance(value, wire.Secret):
        return wire.Secret(resolve(value.value, outputs))
    if isinstance(value, Mapping):
        return {key: resolve(item, outputs) for key, item in value.items()}
    return [resolve(item, outputs) for item in value] if isinstance(value, list) else value


def _refs(value: Any) -> list[Ref]:
    if isinstance(value, Ref):
        return [value]
    if isinstance(value, wire.Secret):
        return _refs(value.value)
    if isinstance(value, Mapping):
        return [ref for item in value.values() for ref in _refs(item)]
    return [ref for item in value for ref in _refs(item)] if isinstance(value, (list, tuple)) else []
