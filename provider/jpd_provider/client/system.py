"""System calls: `/artifactory/api/system` (contract: federation 9, trust 2.4)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from xml.etree import ElementTree

from pydantic import BaseModel, ConfigDict

from jpd_provider.errors import ContractError

from .http import Http

__all__ = ["Binding", "Descriptor", "System"]

_PATH = "/artifactory/api/system"


class Binding(BaseModel):
    """One pairing that this JPD initiated: a master token that it holds for the JPD at `base_url`."""

    model_config = ConfigDict(frozen=True)

    base_url: str
    scope: str
    token_id: str
    refreshed_at: datetime.datetime
    expires_at: datetime.datetime


class Descriptor(BaseModel):
    """What we read of the configuration descriptor."""

    model_config = ConfigDict(frozen=True)

    base_url: str | None
    """The custom base URL, without a trailing slash; None when it is not configured."""

    bindings: tuple[Binding, ...] | None
    """Pairings that this JPD initiated; None when the descriptor does not show the block (trust 9, item 11)."""


class System:
    """System calls of one deployment."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def descriptor(self) -> Descriptor:
        """The configuration descriptor (GET system/configuration, admin, self-hosted)."""
        doing = "read the configuration descriptor"
        text = self._http.request("GET", f"{_PATH}/configuration", doing=doing).text
        try:
            # The parser resolves no external entities, and expat bounds the expansion of internal ones.
            root = ElementTree.fromstring(text)  # noqa: S314 - see above; the text comes from the user's own JPD
        except ElementTree.ParseError:
            raise self._not_xml(doing) from None
        if not root.tag.endswith("config"):
            raise self._not_xml(doing)
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]  # the namespace carries the schema's version
        base_url = (root.findtext("urlBase") or "").strip().rstrip("/")
        block = root.find(".//authentication/tokens")
        try:
            bindings = None if block is None else tuple(_bindings(block))
        except (ValueError, OverflowError):  # a time that is no number, or none of this world
            raise self._not_xml(doing) from None
        return Descriptor(base_url=base_url or None, bindings=bindings)

    def ping(self, *, patient: bool = True) -> None:
        """Artifactory answers (GET system/ping)."""
        self._http.request("GET", f"{_PATH}/ping", doing="ping Artifactory", patient=patient)

    def service_id(self) -> str:
        """`jfrt@<26 characters>`: equal ids mean one and the same JPD (GET system/service_id, admin)."""
        return self._http.request("GET", f"{_PATH}/service_id", doing="read the service id").text.strip()

    def version(self) -> str:
        """Artifactory's version, for example 7.104.2 (GET system/version)."""
        doing = "read Artifactory's version"
        body = self._http.request("GET", f"{_PATH}/version", doing=doing, body="json").json
        version = body.get("version") if isinstance(body, dict) else None
        if not isinstance(version, str):
            raise ContractError(
                f"{doing} on deployment '{self._http.deployment.name}' answered without a version.",
                deployment=self._http.deployment.name,
            )
        return version

    def _not_xml(self, doing: str) -> ContractError:
        return ContractError(
            f"{doing} on deployment '{self._http.deployment.name}' answered with no XML descriptor.",
            deployment=self._http.deployment.name,
            hint="Check that the deployment's url leads to a JPD's router.",
        )


def _bindings(block: ElementTree.Element) -> Iterator[Binding]:
    for token in block.iter("token"):
        refreshed = int(token.findtext("lastRefreshDateMillis") or 0)
        lifetime = int(token.findtext("expirationInMillis") or 0)
        yield Binding(
            base_url=(token.findtext("baseUrl") or "").rstrip("/"),
            scope=token.findtext("scope") or "",
            token_id=token.findtext("tokenId") or "",
            refreshed_at=_moment(refreshed),
            expires_at=_moment(refreshed + lifetime),
        )


def _moment(milliseconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(milliseconds / 1000, tz=datetime.timezone.utc)
