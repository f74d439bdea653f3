"""What all resources of the SDK share: the stored provider reference, and inputs without the unset ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi

from jpd_provider import anchor

__all__ = ["JpdResource"]

_PROVIDER = "__provider"
"""The property in which the engine's host for dynamic providers expects the stored provider."""


class JpdResource(pulumi.CustomResource):
    """Base of every resource: a dynamic resource whose provider is stored by reference.

    `pulumi.dynamic.Resource` would serialise the provider itself, in a form that depends on the Python version.
    """

    kind: ClassVar[str]
    """The name by which the provider knows the resource; part of its type token, so it never changes."""

    computed: ClassVar[tuple[str, ...]]
    """Outputs that are no inputs. Registered as unset, so that the engine fills them in."""

    def __init__(self, resource_name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> None:
        given = {name: value for name, value in inputs.items() if value is not None}
        properties = dict.fromkeys(self.computed) | given | {_PROVIDER: anchor.reference(self.kind)}
        super().__init__(f"pulumi-python:dynamic/jpd:{self.kind}", resource_name, properties, opts)
