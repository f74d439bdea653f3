"""Property values between Python and the protobuf structs of the provider protocol.

The engine's rules, kept here so that `engine` needs no protobuf:
numbers are floats; a value not yet known travels as a fixed GUID; a secret travels wrapped in an object with a
signature, and is unwrapped for a provider that answers `acceptSecrets: false`, as every dynamic provider does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

Properties = dict[str, Any]


class _Unknown:
    """A value that the engine cannot know in preview, such as the output of a resource yet to be created."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that the engine encrypts in state. Its repr shows nothing, so that no failing assertion prints it."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(***)"

    __hash__ = None  # type: ignore[assignment]  # the value may be a list or a map


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """What a provider receives: secrets in the clear, unknowns as the GUID."""
    struct = struct_pb2.Struct()
    struct.update({key: _encode(value) for key, value in properties.items() if value is not None})
    return struct


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """What the engine keeps of a provider's answer: wrappers and unknowns become objects, integers stay floats."""
    return {key: _decode(value) for key, value in _floats(struct).items()}


def canonical(properties: Mapping[str, Any]) -> Properties:
    """A program's inputs as the SDK registers them: top-level None is dropped, tuples are lists, numbers are floats."""
    return {key: _canonical(value) for key, value in properties.items() if value is not None}


def plain(value: Any) -> Any:
    """The value without secret wrappers, at any depth."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def secrets_in(value: Any) -> Iterator[Any]:
    """Each secret value at any depth."""
    if isinstance(value, Secret):
        yield plain(value.value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secrets_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from secrets_in(item)


def contains_secret(value: Any) -> bool:
    """Whether a secret hides in the value, at any depth."""
    return any(True for _ in secrets_in(value))


def annotate_secrets(outputs: Properties, like: Mapping[str, Any]) -> Properties:
    """The engine's only guess at what is secret in an answer: a property whose NAME is that of a secret one."""
    return {
        key: Secret(value) if contains_secret(like.get(key)) and not contains_secret(value) else value
        for key, value in outputs.items()
    }


def mark_secret(outputs: Properties, names: frozenset[str]) -> Properties:
    """What `additional_secret_outputs` adds."""
    return {
        key: Secret(value) if key in names and not isinstance(value, Secret) else value
        for key, value in outputs.items()
    }


def _encode(value: Any) -> Any:
    if value is UNKNOWN:
        return rpc.UNKNOWN
    if isinstance(value, Secret):
        return _encode(value.value)
    if isinstance(value, Mapping):
        return {key: _encode(item) for key, item in value.items()}
    return [_encode(item) for item in value] if isinstance(value, (list, tuple)) else value


def _decode(value: Any) -> Any:
    if value == rpc.UNKNOWN:
        return UNKNOWN
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            return Secret(_decode(value["value"]))
        return {key: _decode(item) for key, item in value.items()}
    return [_decode(item) for item in value] if isinstance(value, list) else value


def _canonical(value: Any) -> Any:
    if isinstance(value, Secret):
        return Secret(_canonical(value.value))
    if isinstance(value, Mapping):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_canonical(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _floats(struct: struct_pb2.Struct) -> dict[str, Any]:
    # MessageToDict turns integral numbers into int; the engine's numbers are doubles.
    decoded = json_format.MessageToDict(struct)
    return {key: _canonical(value) for key, value in decoded.items()}
