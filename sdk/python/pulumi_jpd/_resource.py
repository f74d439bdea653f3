"""What all resources of the SDK share: the stored provider reference, and inputs without the unset ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource

from jpd_provider import anchor

__all__ = ["JpdResource"]


class JpdResource(Resource, module="jpd", name="JpdResource"):
    """Base of every resource; `kind` is the name by which the provider knows it."""

    kind: ClassVar[str]

    computed: ClassVar[tuple[str, ...]]
    """Outputs that are no inputs. Registered as unset, so that the engine fills them in."""

    def __init__(self, resource_name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> None:
        given = {name: value for name, value in inputs.items() if value is not None}
        # A fresh dict: the SDK adds the stored provider to the one that it gets.
        properties = dict.fromkeys(self.computed) | given
        super().__init__(anchor.load(self.kind, anchor.FORMAT), resource_name, properties, opts)
