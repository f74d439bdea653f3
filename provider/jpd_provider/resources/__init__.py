"""One file per resource, and the registry that finds them by name."""

from __future__ import annotations

import importlib
from typing import Any

from .kind import Kind

__all__ = ["REGISTRY", "find"]

REGISTRY = {
    "BindingToken": "binding_token",
    "CircleOfTrust": "circle_of_trust",
    "DeploymentRegistration": "deployment_registration",
    "FederatedRepository": "federated_repository",
    "FederationMember": "federation_member",
    "JoinTrust": "join_trust",
    "RouterProxy": "router_proxy",
}
"""Resource name -> module. Loaded on use: a program with one kind of resource does not pay for the others."""


def find(name: str) -> Kind[Any, Any]:
    """The kind of that name; KeyError when this release has none."""
    module = importlib.import_module(f"{__name__}.{REGISTRY[name]}")
    kind: Kind[Any, Any] = module.KIND
    return kind
