"""Federation management: `/artifactory/api/federation` (contract: federation 2)."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable

from .http import Http

__all__ = ["Federation"]

_PATH = "/artifactory/api/federation"


class Federation:
    """Federation calls of one deployment."""

    def __init__(self, http: Http, on_write: Callable[[], None] = lambda: None) -> None:
        self._http = http
        self._on_write = on_write

    def convert_to_local(self, key: str) -> None:
        """Make a federated repository local again (F2, since 7.103.0).

        The product refuses while other members remain, and for build-info repositories.
        """
        doing = f"convert federated repository '{key}' to local"
        self._change(f"{_PATH}/convertToLocal", doing, json=[key])

    def full_sync(self, key: str, *, mirror: str) -> None:
        """Start copying what the member at URL `mirror` lacks (F3). One direction; deletions are not carried."""
        self._http.request(
            "POST", _at("fullSync", key), doing=f"start full sync of '{key}' to {mirror}", params={"mirror": mirror}
        )

    def migrate(self, key: str) -> None:
        """Make a local repository federated in place (F1); its content is replicated only by a full sync."""
        self._change(_at("migrate", key), f"convert local repository '{key}' to federated")

    def synchronize_configuration(self, key: str) -> None:
        """Push the repository's configuration to every member again (F5, since 7.27.6)."""
        self._change(_at("configSync", key), f"push the configuration of '{key}' to its members")

    def _change(self, path: str, doing: str, json: list[str] | None = None) -> None:
        try:
            self._http.request("POST", path, doing=doing, json=json)
        finally:
            # Also after a failure: an answer that did not arrive may have been a success.
            self._on_write()


def _at(operation: str, key: str) -> str:
    return f"{_PATH}/{operation}/{urllib.parse.quote(key, safe='')}"
