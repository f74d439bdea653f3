"""Access of one JPD: tokens, certificates and probes, `/access/api/v1` (contract: trust 4 and 5)."""

from __future__ import annotations

import urllib.parse

from jpd_provider.errors import ApiError, NotFound

from .http import Http

__all__ = ["Access"]

_PATH = "/access/api/v1"

_PRECONDITION_FAILED = 412


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

    def ping(self) -> None:
        """Access answers (GET system/ping)."""
        self._http.request("GET", f"{_PATH}/system/ping", doing="ping Access")

    def probe_administrator(self) -> None:
        """Forbidden unless the credential is a platform administrator's.

        GET config/security/authentication/basic_authentication_enabled answers administrators only (trust 5).
        """
        path = f"{_PATH}/config/security/authentication/basic_authentication_enabled"
        self._http.request("GET", path, doing="see whether the credential is an administrator's")

    def root_certificate(self) -> str:
        """The PEM of the certificate that verifies this JPD's tokens (GET cert/root)."""
        doing = "read the root certificate"
        return self._http.request("GET", f"{_PATH}/cert/root", doing=doing, params={"formatted": "true"}).text

    def revoke_token(self, token_id: str) -> None:
        """Revoke a token that this JPD issued (DELETE tokens/{id}).

        Already revoked is fine: the pages say 204, the OpenAPI says 404 (contract: trust 9, item 6).
        """
        try:
            self._http.request("DELETE", _at(token_id), doing="revoke a master token")
        except NotFound:
            return

    def validate_server(self, base_url: str) -> str | None:
        """Why the JPD at `base_url` does not believe this one's tokens, in Access's words; None: it does.

        POST system/federation/validate_server answers 204 or 412 (trust 4.2).
        """
        try:
            self._http.request(
                "POST",
                f"{_PATH}/system/federation/validate_server",
                doing=f"validate the circle of trust with {base_url}",
                json={"url": f"{base_url}/access"},
            )
        except ApiError as refused:
            if refused.status != _PRECONDITION_FAILED:
                raise
            return refused.body_excerpt
        return None


def _at(token_id: str) -> str:
    return f"{_PATH}/tokens/{urllib.parse.quote(token_id, safe='')}"
