"""The engine's side of the provider protocol: one method per call, with what the engine does to values around it.

A dynamic provider answers `acceptSecrets: false` and has no preview of its own. So values go in without their wrappers,
and come out marked only where a secret input has the same name; create and update are not called in preview.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.runtime.proto import provider_pb2

from . import wire
from .failures import CheckFailed, Refusal
from .transport import Transport


@dataclass(frozen=True)
class Diff:
    """A provider's answer, completed by the engine. `fields` is empty when the provider says only that it differs."""

    changed: bool
    fields: frozenset[str]
    replaces: tuple[str, ...]
    delete_before_replace: bool


@dataclass(frozen=True)
class Live:
    """What read found. `inputs` is None when the provider returned none, which leaves the old ones."""

    id: str
    outputs: wire.Properties
    inputs: wire.Properties | None


class Provider:
    """A configured provider host."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def configure(self, config: Mapping[str, Any]) -> None:
        """Hand over the stack's configuration: secrets in the clear, a map or list as JSON text."""
        values = {key: config_text(value) for key, value in config.items()}
        args = wire.to_struct(values)
        self._transport.call("Configure", provider_pb2.ConfigureRequest(variables=values, args=args))

    def check(self, urn: str, olds: wire.Properties, news: wire.Properties) -> wire.Properties:
        """The inputs to use from here on. CheckFailed if the provider refuses them."""
        request = provider_pb2.CheckRequest(urn=urn, olds=wire.to_struct(olds), news=wire.to_struct(news))
        answer = self._transport.call("Check", request)
        if answer.failures:
            raise CheckFailed(_name(urn), [Refusal(f.property, f.reason) for f in answer.failures])
        return wire.annotate_secrets(wire.from_struct(answer.inputs), news)

    def create(self, urn: str, inputs: wire.Properties) -> tuple[str, wire.Properties]:
        """The id and the outputs of the new object."""
        answer = self._transport.call("Create", provider_pb2.CreateRequest(urn=urn, properties=wire.to_struct(inputs)))
        assert answer.id, f"create of {_name(urn)} returned no id; the engine refuses that"
        return answer.id, wire.annotate_secrets(wire.from_struct(answer.properties), inputs)

    def diff(
        self,
        urn: str,
        id_: str,
        *,
        olds: wire.Properties,
        old_inputs: wire.Properties,
        news: wire.Properties,
    ) -> Diff:
        """Whether to change the object. The host is given the old OUTPUTS; when it cannot tell, inputs are compared."""
        request = provider_pb2.DiffRequest(
            urn=urn,
            id=id_,
            olds=wire.to_struct(olds),
            news=wire.to_struct(news),
            old_inputs=wire.to_struct(old_inputs),
        )
        answer = self._transport.call("Diff", request)
        fields = frozenset(answer.diffs)
        changed = answer.changes == provider_pb2.DiffResponse.DIFF_SOME
        if answer.changes == provider_pb2.DiffResponse.DIFF_UNKNOWN:
            fields = changed_fields(old_inputs, news)
            changed = bool(fields)
        replaces = tuple(answer.replaces)
        return Diff(changed or bool(replaces), fields, replaces, answer.deleteBeforeReplace)

    def read(self, urn: str, id_: str, *, outputs: wire.Properties, inputs: wire.Properties) -> "Live | None":
        """The live object, or None if the provider reports it gone."""
        request = provider_pb2.ReadRequest(
            urn=urn, id=id_, properties=wire.to_struct(outputs), inputs=wire.to_struct(inputs)
        )
        answer = self._transport.call("Read", request)
        if not answer.id:
            return None
        live = wire.annotate_secrets(wire.from_struct(answer.properties), outputs)
        if not answer.HasField("inputs"):
            return Live(answer.id, live, None)
        return Live(answer.id, live, wire.annotate_secrets(wire.from_struct(answer.inputs), inputs))

    def update(
        self, urn: str, id_: str, *, olds: wire.Properties, old_inputs: wire.Properties, news: wire.Properties
    ) -> wire.Properties:
        """The outputs after the change. The id stays."""
        request = provider_pb2.UpdateRequest(
            urn=urn,
            id=id_,
            olds=wire.to_struct(olds),
            news=wire.to_struct(news),
            old_inputs=wire.to_struct(old_inputs),
        )
        answer = self._transport.call("Update", request)
        return wire.annotate_secrets(wire.from_struct(answer.properties), news)

    def delete(self, urn: str, id_: str, *, outputs: wire.Properties, inputs: wire.Properties) -> None:
        """Delete the object. The host passes on the outputs only."""
        request = provider_pb2.DeleteRequest(
            urn=urn, id=id_, properties=wire.to_struct(outputs), old_inputs=wire.to_struct(inputs)
        )
        self._transport.call("Delete", request)


def changed_fields(olds: Mapping[str, Any], news: Mapping[str, Any]) -> frozenset[str]:
    """The top-level properties in which two bags of inputs differ, `__provider` included."""
    missing = object()
    return frozenset(key for key in olds.keys() | news.keys() if olds.get(key, missing) != news.get(key, missing))


def config_text(value: Any) -> str:
    """A configuration value as the engine passes it on."""
    bare = wire.plain(value)
    return bare if isinstance(bare, str) else json.dumps(bare, separators=(",", ":"), sort_keys=True)


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]
