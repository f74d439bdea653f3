"""What programs may ask without owning a resource; the SDK's functions call these.

Each takes the stack's configuration as a reader of keys, makes its requests, and answers plain data. A JPD that does
not answer is said to be unreachable in the answer: a question must not make a preview fail. Refusals are errors.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from jpd_provider.client.jpd import Jpds
from jpd_provider.errors import Unreachable
from jpd_provider.settings import CONFIG_KEY, Settings

__all__ = ["deployment_facts", "federation_status"]

ReadConfig = Callable[[str], str | None]


def deployment_facts(read_config: ReadConfig, deployment: str) -> dict[str, Any]:
    """What a JPD says about itself: base URL, version, service id.

    Raises:
        SettingsError: There is no such deployment, or it has no credential.
        ApiError: The JPD refuses.
    """
    jpd = _jpds(read_config(CONFIG_KEY))[deployment]
    facts: dict[str, Any] = {"name": deployment, "url": jpd.deployment.url}
    try:
        facts |= {
            "reachable": True,
            "base_url": jpd.base_url,
            "version": jpd.system.version(),
            "service_id": jpd.system.service_id(),
        }
    except Unreachable:
        facts |= {"reachable": False, "base_url": "", "version": "", "service_id": ""}
    return facts


def federation_status(read_config: ReadConfig, deployment: str, key: str) -> dict[str, Any]:
    """How far each remote member of a federated repository is behind, as `deployment` sees it.

    Raises:
        SettingsError: There is no such deployment, or it has no credential.
        ApiError: The JPD refuses.
    """
    jpd = _jpds(read_config(CONFIG_KEY))[deployment]
    status: dict[str, Any] = {"deployment": deployment, "key": key, "reachable": True, "exists": False}
    try:
        found = jpd.repositories.get(key)
        federated = found is not None and found.repository_class == "federated"
        mirrors = jpd.federation_status.of(key) if federated else []
    except Unreachable:
        return status | {"reachable": False, "in_sync": False, "members": []}
    return status | {
        "exists": federated,
        "in_sync": federated and all(mirror.in_sync for mirror in mirrors),
        "members": [mirror.model_dump() for mirror in mirrors],
    }


@functools.lru_cache(maxsize=1)
def _jpds(deployments: str | None) -> Jpds:
    """A program asks many times; the connections are the same each time."""
    return Jpds(Settings.load({CONFIG_KEY: deployments}.get))
