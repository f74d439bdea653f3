"""Access: tokens of one JPD, `/access/api/v1/tokens` (contract: trust 5)."""

from __future__ import annotations

import urllib.parse

from jpd_provider.errors import NotFound

from .http import Http

__all__ = ["Access"]

_PATH = "/access/api/v1/tokens"


class Access:
    """Access calls of one deployment."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def knows_token(self, token_id: str) -> bool:
        """Whether this JPD, as the issuer, still holds a token (GET tokens/{id})."""
        try:
            self._http.request("GET", _at(token_id), doing="look up a master token")
        except NotFound:
            return False
        return True

    def revoke_token(self, token_id: str) -> None:
        """Revoke a token that this JPD issued (DELETE tokens/{id}).

        Already revoked is fine: the pages say 204, the OpenAPI says 404 (contract: trust 9, item 6).
        """
        try:
            self._http.request("DELETE", _at(token_id), doing="revoke a master token")
        except NotFound:
            return


def _at(token_id: str) -> str:
    return f"{_PATH}/{urllib.parse.quote(token_id, safe='')}"
