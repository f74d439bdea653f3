"""Translates values between Pulumi's wire and the core. Both directions copy; nobody's dict is changed.

In:  Unknown -> core UNKNOWN, integral floats -> int (the wire has no integers), `__*` keys and None dropped.
Out: SecretStr -> a secret of the wire, tuples -> lists, UNKNOWN -> Unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.output import Unknown
from pulumi.runtime import rpc
from pydantic import SecretStr

from jpd_provider import redaction
from jpd_provider.resources.kind import UNKNOWN

__all__ = ["from_pulumi", "properties", "to_pulumi"]


def properties(bag: Mapping[str, Any]) -> dict[str, Any]:
    """A property bag of the engine as the core sees it."""
    return {name: from_pulumi(value) for name, value in bag.items() if not name.startswith("__") and value is not None}


def from_pulumi(value: Any) -> Any:
    """One value of the engine as the core sees it."""
    if isinstance(value, Unknown) or value == rpc.UNKNOWN:
        return UNKNOWN
    if rpc.is_rpc_secret(value):
        return from_pulumi(rpc.unwrap_rpc_secret(value))
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: from_pulumi(item) for name, item in value.items()}
    if isinstance(value, list):
        return [from_pulumi(item) for item in value]
    return value


def to_pulumi(value: Any) -> Any:
    """One value of the core as the engine takes it."""
    if value is UNKNOWN:
        return Unknown()  # type: ignore[no-untyped-call]  # Pulumi's constructor has no annotations
    if isinstance(value, SecretStr):
        return rpc.wrap_rpc_secret(redaction.register(value.get_secret_value()))
    if isinstance(value, Mapping):
        return {name: to_pulumi(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_pulumi(item) for item in value]
    return value
