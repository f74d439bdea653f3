"""Records as JSON and back: frozen dataclasses, named tuples, and what they are made of.

Readable in the database with any tool, and, unlike pickle, a data folder that somebody else made can run no code: only
classes of this package are made from it.
"""

from __future__ import annotations

import base64
import dataclasses
import importlib
import json
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, TypeAlias, cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_PACKAGE = "jpd_sim."
_PLAIN = (type(None), bool, int, float, str)
_COMPOSED = (bytes, tuple, frozenset, Path, Enum, rsa.RSAPrivateKey)

Json: TypeAlias = Any


class Unreadable(Exception):
    """What was kept does not fit this version of the simulator."""


def can_encode(value: object) -> bool:
    """Whether a value is a record: immutable, and of a kind that can be kept."""
    return isinstance(value, (*_PLAIN, *_COMPOSED)) or _is_frozen(value)


def dumps(record: object) -> str:
    """A record as JSON text."""
    return json.dumps(_encode(record), separators=(",", ":"), ensure_ascii=False)


def loads(text: str) -> object:
    """The record of a JSON text; Unreadable when this version has no such record."""
    return _decode(json.loads(text))


def name_of(kind: type) -> str:
    """The name under which a class of this package is written down."""
    return f"{kind.__module__.removeprefix(_PACKAGE)}:{kind.__qualname__}"


def class_of(name: str) -> Callable[..., object]:
    """The class of a name; Unreadable when there is none."""
    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(_PACKAGE + module), attribute, None)
    except ModuleNotFoundError:
        found = None
    if not isinstance(found, type):
        raise Unreadable(f"it holds a {name}, which this version does not know")
    return found


def _is_frozen(value: object) -> bool:
    parameters = getattr(type(value), "__dataclass_params__", None)
    return bool(getattr(parameters, "frozen", False))


def _encode(value: object) -> Json:
    if isinstance(value, Enum):
        return {"$enum": name_of(type(value)), "value": value.value}
    if isinstance(value, _PLAIN):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        known = {f.name: _encode(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init}
        return {"$type": name_of(type(value)), **known}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {"$tuple": name_of(type(value)), "of": [_encode(each) for each in value]}
    if isinstance(value, tuple):
        return {"$tuple": "", "of": [_encode(each) for each in value]}
    if isinstance(value, (set, frozenset)):
        return {"$set": [_encode(each) for each in sorted(value)]}
    if isinstance(value, list):
        return [_encode(each) for each in value]
    if isinstance(value, Mapping):
        return _encode_mapping(value)
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, Path):
        return {"$path": str(value)}
    if isinstance(value, rsa.RSAPrivateKey):
        return {"$key": pem_of(value)}
    raise TypeError(f"a {type(value).__name__} cannot be kept")


def _encode_mapping(value: Mapping[Any, object]) -> Json:
    if all(isinstance(key, str) and not key.startswith("$") for key in value):
        return {key: _encode(each) for key, each in value.items()}
    return {"$map": [[_encode(key), _encode(each)] for key, each in value.items()]}


def _decode(raw: Json) -> object:
    if isinstance(raw, list):
        return [_decode(each) for each in raw]
    if not isinstance(raw, dict):
        return raw
    if "$type" in raw:
        return _decode_record(raw)
    tag = next((name for name in raw if name.startswith("$")), None)
    if tag is None:
        return {key: _decode(each) for key, each in raw.items()}
    return _KINDS[tag](raw)


def _decode_record(raw: dict[str, Json]) -> object:
    kind = class_of(raw["$type"])
    if not _is_frozen_class(kind):
        raise Unreadable(f"it holds a {raw['$type']}, which is no record in this version")
    fields = {name: _decode(each) for name, each in raw.items() if name != "$type"}
    try:
        return kind(**fields)
    except TypeError as error:
        raise Unreadable(f"it holds a {raw['$type']} of another version ({error})") from error


def _is_frozen_class(kind: object) -> bool:
    return bool(getattr(getattr(kind, "__dataclass_params__", None), "frozen", False))


def _decode_tuple(raw: dict[str, Json]) -> object:
    values = [_decode(each) for each in raw["of"]]
    if not raw["$tuple"]:
        return tuple(values)
    kind = class_of(raw["$tuple"])
    if not hasattr(kind, "_fields"):
        raise Unreadable(f"it holds a {raw['$tuple']}, which is no record in this version")
    return kind(*values)


def _decode_enum(raw: dict[str, Json]) -> object:
    kind = class_of(raw["$enum"])
    if not (isinstance(kind, type) and issubclass(kind, Enum)):
        raise Unreadable(f"it holds a {raw['$enum']}, which is no choice in this version")
    return kind(raw["value"])


def pem_of(key: rsa.RSAPrivateKey) -> str:
    """A private key as text."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _decode_key(raw: dict[str, Json]) -> object:
    return cast("rsa.RSAPrivateKey", serialization.load_pem_private_key(raw["$key"].encode(), password=None))


_KINDS: dict[str, Callable[[dict[str, Json]], object]] = {
    "$tuple": _decode_tuple,
    "$enum": _decode_enum,
    "$key": _decode_key,
    "$set": lambda raw: frozenset(_decode(each) for each in raw["$set"]),
    "$map": lambda raw: {cast("Any", _decode(key)): _decode(each) for key, each in raw["$map"]},
    "$bytes": lambda raw: base64.b64decode(raw["$bytes"]),
    "$path": lambda raw: Path(raw["$path"]),
}
