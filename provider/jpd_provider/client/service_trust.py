"""Pairing of two services: `/artifactory/api/v1/service_trust` and the same of Access (contract: trust 2)."""

from __future__ import annotations

import base64
import binascii
import json
import urllib.parse
from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from jpd_provider import redaction
from jpd_provider.errors import ApiError, ContractError, NotFound

from .http import Http

__all__ = ["PairingToken", "ServiceTrust"]

Service = Literal["artifactory", "access"]

_METHOD_NOT_ALLOWED = 405


class PairingToken(BaseModel):
    """A token that lives 300 seconds and pairs once. Never stored, never shown."""

    model_config = ConfigDict(frozen=True)

    text: SecretStr

    base_url: str
    """Where the issuer believes to be reachable: `ext.base_url` of the token."""


class ServiceTrust:
    """Pairing calls of one deployment. The issuer mints, the initiator exchanges."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def exchange(self, use_case: str, token: PairingToken) -> None:
        """On the initiator: exchange the issuer's pairing token for a master token (PUT pairing)."""
        self._http.request(
            "PUT",
            _at(use_case),
            doing=f"exchange the pairing token for use case '{use_case}' issued at {token.base_url}",
            json={"pairing_token": token.text.get_secret_value()},
        )

    def mint(self, use_case: str, service: Service = "artifactory") -> PairingToken:
        """On the issuer: mint a pairing token (POST pairing). Minting again is harmless: an unused token expires."""
        doing = f"mint a pairing token for use case '{use_case}'"
        body = self._http.request("POST", _at(use_case, service), doing=doing, body="json").json
        text = body.get("pairing_token") if isinstance(body, dict) else None
        if not isinstance(text, str) or not text:
            raise ContractError(
                f"{doing} on deployment '{self._http.deployment.name}' answered without a pairing_token.",
                deployment=self._http.deployment.name,
            )
        redaction.register(text)
        return PairingToken(text=SecretStr(text), base_url=self._base_url_in(text))

    def unpair(self, use_case: str, *, base_url: str, force: bool = False) -> bool:
        """On the initiator: drop the trust with the peer at `base_url`. False: there was none.

        Two forms are documented (contract: trust 9, item 1): the newer is tried first, the older on 404 or 405.
        """
        doing = f"remove the pairing with {base_url} for use case '{use_case}'"
        flag = {"force": "true" if force else "false"}
        try:
            self._http.request("DELETE", _at(use_case), doing=doing, json={"base_url": base_url}, params=flag)
        except ApiError as refused:
            if not isinstance(refused, NotFound) and refused.status != _METHOD_NOT_ALLOWED:
                raise
        else:
            return True
        try:
            self._http.request("DELETE", f"{_base('artifactory')}/pairings/*", doing=doing, json={"base_url": base_url})
        except NotFound:
            return False
        return True

    def _base_url_in(self, text: str) -> str:
        """The claim `ext.base_url`; the signature is the initiator's business, not ours."""
        try:
            payload = text.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            return str(_Extension.model_validate(json.loads(claims["ext"])).base_url)
        except (IndexError, KeyError, TypeError, ValueError, binascii.Error, ValidationError):
            raise ContractError(
                f"the pairing token of deployment '{self._http.deployment.name}' is no JWT with ext.base_url.",
                deployment=self._http.deployment.name,
            ) from None


class _Extension(BaseModel):
    """The claim `ext`: a JSON string inside the token (contract: trust 2.2)."""

    base_url: str


def _base(service: Service) -> str:
    return f"/{service}/api/v1/service_trust"


def _at(use_case: str, service: Service = "artifactory") -> str:
    # The slash is part of the use case's path; the literal star of federated-repo/* travels unencoded (trust 2.3).
    return f"{_base(service)}/pairing/{urllib.parse.quote(use_case, safe='/*')}"
