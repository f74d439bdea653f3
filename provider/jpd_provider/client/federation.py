"""Federation management: `/artifactory/api/federation` (contract: federation 2)."""

from __future__ import annotations

import urllib.parse

from .http import Http

__all__ = ["Federation"]

_PATH = "/artifactory/api/federation"


class Federation:
    """Federation calls of one deployment."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def convert_to_local(self, key: str) -> None:
        """Make a federated repository local again (F2, since 7.103.0).

        The product refuses while other members remain, and for build-info repositories.
        """
        doing = f"convert federated repository '{key}' to local"
        self._http.request("POST", f"{_PATH}/convertToLocal", doing=doing, json=[key])

    def full_sync(self, key: str, *, mirror: str) -> None:
        """Start copying what the member at URL `mirror` lacks (F3). One direction; deletions are not carried."""
        self._http.request(
            "POST", _at("fullSync", key), doing=f"start full sync of '{key}' to {mirror}", params={"mirror": mirror}
        )

    def migrate(self, key: str) -> None:
        """Make a local repository federated in place (F1); its content is replicated only by a full sync."""
        self._http.request("POST", _at("migrate", key), doing=f"convert local repository '{key}' to federated")

    def synchronize_configuration(self, key: str) -> None:
        """Push the repository's configuration to every member again (F5, since 7.27.6)."""
        self._http.request("POST", _at("configSync", key), doing=f"push the configuration of '{key}' to its members")


def _at(operation: str, key: str) -> str:
    return f"{_PATH}/{operation}/{urllib.parse.quote(key, safe='')}"
