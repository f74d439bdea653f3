"""Synchronisation status of federated repositories, from either engine (contract: federation 3).

The legacy engine answers federation/status/repo/{key} (L1), the Federation Service
federation/status/connectionStates/{key} (M3); each refuses the other's calls with 405. Which one a deployment runs is
found out once.
"""

from __future__ import annotations

import urllib.parse
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from jpd_provider.errors import ApiError, ContractError

from .http import Http

__all__ = ["FederationStatus", "MirrorStatus"]

_PATH = "/artifactory/api/federation/status"
_WRONG_ENGINE = 405
_IN_SYNC = frozenset({"SYNC", "HEALTHY"})


class MirrorStatus(BaseModel):
    """How far one remote member is behind this JPD."""

    model_config = ConfigDict(frozen=True)

    url: str
    """The member's repository, `<base URL>/artifactory/<key>`."""

    status: str
    """As the engine names it; unknown names are kept (contract: federation 12, U17)."""

    lag_ms: int
    """How old the oldest event is that waits for the member, in milliseconds."""

    pending_events: int
    """How many events wait for the member."""

    @property
    def in_sync(self) -> bool:
        """Nothing waits, and the engine calls the member healthy."""
        return self.pending_events == 0 and self.status in _IN_SYNC


class _LegacyMirror(BaseModel):
    """One entry of L1."""

    remoteUrl: str  # noqa: N815 - JFrog's names, here and below
    remoteRepoKey: str  # noqa: N815
    status: str = ""
    createEvents: int = 0  # noqa: N815
    updateEvents: int = 0  # noqa: N815
    deleteEvents: int = 0  # noqa: N815
    propsEvents: int = 0  # noqa: N815
    lagInMS: int = 0  # noqa: N815


class _Connection(BaseModel):
    """One entry of M3: a direction between two members."""

    localPlatformUrl: str  # noqa: N815 - as above
    remotePlatformUrl: str  # noqa: N815
    remoteRepoKey: str  # noqa: N815
    status: str = ""
    lagInMs: int = 0  # noqa: N815
    queuedEvents: int = 0  # noqa: N815


class FederationStatus:
    """Status calls of one deployment."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._federation_service: bool | None = None

    def of(self, key: str) -> list[MirrorStatus]:
        """How far each remote member of a federated repository is behind."""
        if self._federation_service is None:
            try:
                statuses = self._legacy(key)
            except ApiError as refused:
                if refused.status != _WRONG_ENGINE:
                    raise
                self._federation_service = True
            else:
                self._federation_service = False
                return statuses
        return self._connections(key) if self._federation_service else self._legacy(key)

    def _legacy(self, key: str) -> list[MirrorStatus]:
        entries = self._entries(f"repo/{_quoted(key)}", key, "mirrorEventsStatusInfo")
        try:
            mirrors = [_LegacyMirror.model_validate(entry) for entry in entries]
        except ValidationError:
            raise self._unexpected(key) from None
        return [
            MirrorStatus(
                url=f"{mirror.remoteUrl.rstrip('/')}/{mirror.remoteRepoKey}",
                status=mirror.status,
                lag_ms=mirror.lagInMS,
                pending_events=mirror.createEvents + mirror.updateEvents + mirror.deleteEvents + mirror.propsEvents,
            )
            for mirror in mirrors
        ]

    def _connections(self, key: str) -> list[MirrorStatus]:
        entries = self._entries(f"connectionStates/{_quoted(key)}", key, "memberConnections")
        try:
            connections = [_Connection.model_validate(entry) for entry in entries]
        except ValidationError:
            raise self._unexpected(key) from None
        return [
            MirrorStatus(
                url=f"{connection.remotePlatformUrl.rstrip('/')}/{connection.remoteRepoKey}",
                status=connection.status,
                lag_ms=connection.lagInMs,
                pending_events=connection.queuedEvents,
            )
            for connection in connections
        ]

    def _entries(self, path: str, key: str, field: str) -> list[Any]:
        body = self._http.request("GET", f"{_PATH}/{path}", doing=_doing(key), body="json").json
        entries = body.get(field) if isinstance(body, dict) else None
        if not isinstance(entries, list):
            raise self._unexpected(key)
        return entries

    def _unexpected(self, key: str) -> ContractError:
        name = self._http.deployment.name
        return ContractError(
            f"{_doing(key)} on deployment '{name}' answered with something else than a status.", deployment=name
        )


def _doing(key: str) -> str:
    return f"read the synchronisation status of '{key}'"


def _quoted(key: str) -> str:
    return urllib.parse.quote(key, safe="")
