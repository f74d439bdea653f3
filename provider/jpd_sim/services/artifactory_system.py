"""Artifactory: system calls (contract section 9; trust 2.4 and 5)."""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.services.replies import ProductError, json_reply, read_limited, text_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.repositories import Member
from jpd_sim.state.trust import Binding

_NAMESPACE = "http://artifactory.jfrog.org/xsd/1.7.3"
_BAD_URL = re.compile(r"[\s<>\"]")


class System:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table."""
        system = "/api/system"
        return [
            Route("GET", f"{system}/ping", self.ping, Right.ANYONE, "9 ping"),
            Route("GET", f"{system}/version", self.version, Right.USER, "9 version"),
            Route("GET", f"{system}/license", self.license, Right.ADMIN, "9 license"),
            Route("GET", f"{system}/service_id", self.service_id, Right.ADMIN, "9 service_id"),
            Route("GET", f"{system}/configuration", self.configuration, Right.ADMIN, "9 configuration GET"),
            Route("PUT", f"{system}/configuration/baseUrl", self.base_url, Right.ADMIN, "9 baseUrl"),
            Route("POST", f"{system}/usage", self.usage, Right.USER, "11.1 usage"),
            Route("GET", "/api/v1/system/readiness", self.readiness, Right.ANYONE, "9 readiness"),
            Route("GET", "/api/v1/system/liveness", self.readiness, Right.ANYONE, "9 liveness"),
        ]

    async def ping(self, _call: Call) -> Response:
        """OAS/SystemApi: 200 text; the body `OK` is inferred."""
        return text_reply("OK")

    async def version(self, _call: Call) -> Response:
        """OAS/SystemApi: version, revision and addons."""
        version = self._deployment.profile.version
        major, minor, patch = (int(part) for part in version.split("."))
        revision = f"{major}{minor:02d}{patch:02d}900"
        return json_reply({"version": version, "revision": revision, "addons": ["federated", "rest", "replication"]})

    async def license(self, _call: Call) -> Response:
        """OAS/SystemApi: the form of a single node."""
        kind = self._deployment.profile.licence
        return json_reply(
            {"type": kind, "validThrough": "Dec 31, 2099", "licensedTo": f"Simulated JPD {self._deployment.name}"}
        )

    async def service_id(self, _call: Call) -> Response:
        """H/get-service-id: text."""
        return text_reply(self._deployment.identity.artifactory_id)

    async def readiness(self, _call: Call) -> Response:
        """OAS/SystemApi: the value `OK` is inferred."""
        return json_reply({"code": "OK"})

    async def usage(self, call: Call) -> Response:
        """Clients report their use at any time and only log a failure (11.1)."""
        await read_limited(call.request)
        return text_reply("")

    async def configuration(self, _call: Call) -> Response:
        """H/general-configuration: the descriptor, without repositories, with the tokens of pairings (trust 2.4).

        Whether the product shows the token block here, and the token in it encrypted, is unconfirmed (trust 9.11);
        the simulator shows the block and hides the token.
        """
        root = ET.Element("config", {"xmlns": _NAMESPACE})
        ET.SubElement(root, "serverName").text = self._deployment.name
        if self._deployment.base_url is not None:
            ET.SubElement(root, "urlBase").text = self._deployment.base_url
        tokens = ET.SubElement(ET.SubElement(root, "authentication"), "tokens")
        for binding in self._deployment.bindings:
            _describe(ET.SubElement(tokens, "token"), binding)
        ET.indent(root)
        body = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
        return Response(body, media_type="application/xml")

    async def base_url(self, call: Call) -> Response:
        """OAS/ArtifactorySystemApi: text/plain URL; the wording of the answer is unconfirmed (U15)."""
        url = (await read_limited(call.request)).decode("utf-8", "replace").strip().strip('"').rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc or _BAD_URL.search(url):
            raise ProductError(400, f"Invalid base URL: '{url}'")
        self._rename_own_members(url)
        return text_reply(f'URL base has been successfully updated to "{url}".')

    def _rename_own_members(self, url: str) -> None:
        """The JPD's own entries follow its base URL; the lists of the others do not (F12 is for that)."""
        old = self._deployment.base_url
        self._deployment.base_url = url
        for repository in self._deployment.repositories:
            own = f"{old}/artifactory/{repository.key}"
            if repository.member(own) is not None:
                new = self._deployment.member_url(repository.key)
                members = [Member(new if m.url == own else m.url, m.enabled) for m in repository.members]
                self._deployment.save_repository(repository.with_members(members))


def _describe(token: ET.Element, binding: Binding) -> None:
    digest = hashlib.sha256(binding.access_token.encode()).hexdigest()[:32]
    fields = {
        "accessToken": f"JE{digest}",
        "baseUrl": binding.base_url,
        "exchangeUrl": binding.exchange_url,
        "expirationInMillis": str(binding.expiration_ms),
        "lastRefreshDateMillis": str(binding.last_refresh_ms),
        "tokenId": binding.token_id,
        "tokenType": "access_token",
        "scope": binding.scope,
    }
    for name, text in fields.items():
        ET.SubElement(token, name).text = text
