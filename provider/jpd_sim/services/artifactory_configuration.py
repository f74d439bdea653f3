"""Artifactory: the configuration descriptor, as XML, as YAML, and its base URL (contract section 9; trust 2.4).

Of the descriptor the simulator keeps the base URL and the proxies. What else a PATCH names is refused, and what else a
POST contains is passed over: a full file always has more in it than anybody wants to change.
"""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from starlette.responses import Response

from jpd_sim.federation import addresses
from jpd_sim.federation.engine import Engine
from jpd_sim.services.replies import ProductError, read_limited, text_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.repositories import http_url
from jpd_sim.state.trust import Binding

_NAMESPACE = "http://artifactory.jfrog.org/xsd/1.7.3"
_BAD_URL = re.compile(r"[\s<>\"]")
_PROXY_NUMBERS = frozenset({"port"})
_SECRETS = frozenset({"password"})


class Configuration:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table."""
        base = "/api/system/configuration"
        return [
            Route("GET", base, self.read, Right.ADMIN, "9 configuration GET"),
            Route("POST", base, self.replace, Right.ADMIN, "9 configuration POST"),
            Route("PATCH", base, self.patch, Right.ADMIN, "9 configuration PATCH"),
            Route("PUT", f"{base}/baseUrl", self.base_url, Right.ADMIN, "9 baseUrl"),
        ]

    async def read(self, _call: Call) -> Response:
        """H/general-configuration: the descriptor, without repositories, with the tokens of pairings (trust 2.4).

        Whether the product shows the token block here, and the token in it encrypted, is unconfirmed (trust 9.11);
        the simulator shows the block and hides the token. Passwords of proxies are not shown either.
        """
        root = ET.Element("config", {"xmlns": _NAMESPACE})
        ET.SubElement(root, "serverName").text = self._deployment.name
        if self._deployment.base_url is not None:
            ET.SubElement(root, "urlBase").text = self._deployment.base_url
        if self._deployment.profile.shows_bindings:
            tokens = ET.SubElement(ET.SubElement(root, "authentication"), "tokens")
            for binding in self._deployment.bindings:
                _describe_binding(ET.SubElement(tokens, "token"), binding)
        proxies = ET.SubElement(root, "proxies")
        for key, fields in self._deployment.proxies.items():
            _describe_proxy(ET.SubElement(proxies, "proxy"), key, fields)
        ET.indent(root)
        body = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
        return Response(body, media_type="application/xml")

    async def replace(self, call: Call) -> Response:
        """OAS: the full file as XML; 200, or 400 when it is not a descriptor."""
        root = _parse(await read_limited(call.request))
        url = root.findtext("{*}urlBase")
        proxies = dict(_proxy_of(element) for element in root.findall("{*}proxies/{*}proxy"))
        if url is not None:
            addresses.change_base_url(self._engine, _checked_url(url))
        self._deployment.proxies.clear()
        for key, fields in proxies.items():
            self._deployment.proxies.put(key, fields)
        return text_reply("Reload of new configuration succeeded")

    async def patch(self, call: Call) -> Response:
        """OAS: YAML of `urlBase` and `proxies`, where null removes; 200 with the number of changes, 400 otherwise."""
        changes = _load(await read_limited(call.request))
        unknown = [str(name) for name in changes if name not in {"urlBase", "proxies"}]
        if unknown:
            raise ProductError(400, f"The simulator cannot change this part of the configuration: {', '.join(unknown)}")
        proxies = changes.get("proxies", {})
        if not isinstance(proxies, dict):
            raise ProductError(400, "proxies must be a mapping of proxy keys")
        url = _checked_url(changes["urlBase"]) if "urlBase" in changes else None
        merged = {str(key): self._merged(str(key), fields) for key, fields in proxies.items()}
        if url is not None:
            addresses.change_base_url(self._engine, url)
        for key, proxy in merged.items():
            if proxy is None:
                self._deployment.proxies.drop(key)
            else:
                self._deployment.proxies.put(key, proxy)
        count = sum(len(fields) if isinstance(fields, dict) else 1 for fields in proxies.values()) + (url is not None)
        return text_reply(f"{count} changes to config merged successfully")

    async def base_url(self, call: Call) -> Response:
        """OAS/ArtifactorySystemApi: text/plain URL; the wording of the answer is unconfirmed (U15)."""
        url = _checked_url((await read_limited(call.request)).decode("utf-8", "replace").strip().strip('"'))
        addresses.change_base_url(self._engine, url)
        return text_reply(f'URL base has been successfully updated to "{url}".')

    def _merged(self, key: str, fields: object) -> Mapping[str, Any] | None:
        if fields is None:
            return None
        if not isinstance(fields, dict) or not all(isinstance(name, str) for name in fields):
            raise ProductError(400, f"The proxy '{key}' must be a mapping of its fields")
        merged = {**(self._deployment.proxies.get(key) or {}), **fields}
        return _checked_proxy(key, {name: value for name, value in merged.items() if value is not None})


def _checked_url(raw: object) -> str:
    url = raw.rstrip("/") if isinstance(raw, str) else ""
    if http_url(url) is None or _BAD_URL.search(url):
        raise ProductError(400, f"Invalid base URL: '{url}'")
    return url


def _checked_proxy(key: str, fields: dict[str, Any]) -> Mapping[str, Any]:
    if not isinstance(fields.get("host"), str) or not fields["host"]:
        raise ProductError(400, f"The proxy '{key}' needs a host")
    port = fields.get("port")
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        raise ProductError(400, f"The proxy '{key}' needs a port between 1 and 65535")
    if not all(isinstance(value, str | int | bool) for value in fields.values()):
        raise ProductError(400, f"The fields of the proxy '{key}' must be plain values")
    return MappingProxyType(fields)


def _load(raw: bytes) -> dict[Any, Any]:
    try:
        changes = YAML(typ="safe", pure=True).load(raw.decode())
    except (YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ProductError(400, f"The request body is not valid YAML: {str(error)[:256]}") from error
    if not isinstance(changes, dict):
        raise ProductError(400, "The request body must be a YAML mapping")
    return changes


def _parse(raw: bytes) -> ET.Element:
    # A descriptor needs no document type, and without one there are no entities that could grow or read files.
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise ProductError(400, "The configuration must not have a document type")
    try:
        root = ET.fromstring(raw)  # noqa: S314 - see above
    except (ET.ParseError, ValueError) as error:
        raise ProductError(400, f"The configuration is not valid XML: {error}") from error
    if root.tag.rpartition("}")[2] != "config":
        raise ProductError(400, f"The root of the configuration must be config, not {root.tag.rpartition('}')[2]}")
    return root


def _proxy_of(element: ET.Element) -> tuple[str, Mapping[str, Any]]:
    fields: dict[str, Any] = {child.tag.rpartition("}")[2]: child.text or "" for child in element}
    key = fields.pop("key", "")
    if not key:
        raise ProductError(400, "A proxy of the configuration has no key")
    for name in _PROXY_NUMBERS & fields.keys():
        fields[name] = int(fields[name]) if fields[name].isascii() and fields[name].isdigit() else -1
    return key, _checked_proxy(key, fields)


def _describe_proxy(element: ET.Element, key: str, fields: Mapping[str, Any]) -> None:
    ET.SubElement(element, "key").text = key
    for name, value in fields.items():
        if name not in _SECRETS:
            ET.SubElement(element, name).text = str(value).lower() if isinstance(value, bool) else str(value)


def _describe_binding(token: ET.Element, binding: Binding) -> None:
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
