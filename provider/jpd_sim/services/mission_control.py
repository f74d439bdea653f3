"""Mission Control: the JPD registry (contract: trust section 3)."""

from __future__ import annotations

import asyncio
import fnmatch
import functools
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.federation.peers import Unreachable
from jpd_sim.services.replies import ProductError, empty_reply, json_reply, read_object, text_reply
from jpd_sim.services.routing import Call, Handler, Right, Route
from jpd_sim.services.service_trust import extension_of
from jpd_sim.state import trust
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.errors import Refused
from jpd_sim.state.registry import HOME_ID, Location, RegisteredJpd
from jpd_sim.state.tokens import unverified_claims

NOT_CONNECTED = "Failed to connect to the JPD. Please verify that the JPD information provided is correct"
_EXCHANGE = "access/api/v1/service_trust/exchange"
_MESSAGES = {
    "ONLINE": "All services are online",
    "OFFLINE": "The JPD is not reachable",
    "UNAUTHORIZED": "The JPD does not accept the token of Mission Control",
    "PARTIAL": "Some services are offline",
}


class MissionControl:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/api/v1/system/ping", self._enabled(self.ping), Right.ANYONE, "T3 mc ping"),
            Route("GET", "/api/v1/jpds", self._enabled(self.listing), Right.ADMIN, "T3 jpds GET"),
            Route("POST", "/api/v1/jpds", self._enabled(self.add), Right.ADMIN, "T3 jpds POST"),
            Route("GET", "/api/v1/jpds/{id}", self._enabled(self.read), Right.ADMIN, "T3 jpds GET id"),
            Route("PUT", "/api/v1/jpds/{id}", self._enabled(self.change), Right.ADMIN, "T3 jpds PUT"),
            Route("DELETE", "/api/v1/jpds/{id}", self._enabled(self.remove), Right.ADMIN, "T3 jpds DELETE"),
        ]

    async def ping(self, _call: Call) -> Response:
        """OA:MissionControlApi: 200 text `OK`, no authentication."""
        return text_reply("OK")

    async def listing(self, call: Call) -> Response:
        """H:jfrog-rest-apis/get-jpd-list: filters with `*`; 400 for an unknown status."""
        status = call.query("status")
        if status is not None and status not in _MESSAGES:
            raise ProductError(400, f"Invalid status: {status}")
        shown = await asyncio.gather(*(self._shown(jpd) for jpd in self._deployment.registry.listing()))
        return json_reply([jpd for jpd in shown if _passes(call, jpd) and status in (None, jpd["status"]["code"])])

    async def read(self, call: Call) -> Response:
        """OA:MissionControlApi: 404 for an unknown id."""
        return json_reply(await self._shown(self._deployment.registry.require(call.parameters["id"])))

    async def add(self, call: Call) -> Response:
        """D:administration/reference/addjpd: 201; the token is checked by contacting the target."""
        body = await read_object(call.request)
        jpd = _entry(body)
        if self._deployment.registry.taken(jpd):
            raise ProductError(409, f"A JPD with the name '{jpd.name}' or the URL '{jpd.url}' already exists")
        added = self._deployment.registry.add(await self._connected(jpd, body.get("token")))
        return json_reply(await self._shown(added), status=201)

    async def change(self, call: Call) -> Response:
        """OA: 204 without a body. Without a token the trust stays as it is (trust 9, item 12)."""
        registered = self._deployment.registry.require(call.parameters["id"])
        body = await read_object(call.request)
        wanted = _entry(body)
        changed = replace(registered, name=wanted.name, url=wanted.url, location=wanted.location, tags=wanted.tags)
        if self._deployment.registry.taken(changed):
            raise ProductError(409, f"A JPD with the name '{changed.name}' or the URL '{changed.url}' already exists")
        if body.get("token"):
            changed = await self._connected(changed, body["token"])
        self._deployment.registry.change(changed)
        return empty_reply(204)

    async def remove(self, call: Call) -> Response:
        """OA: 204; home stays."""
        if call.parameters["id"] == HOME_ID:
            raise ProductError(400, "The home JPD cannot be removed")
        self._deployment.registry.remove(call.parameters["id"])
        return empty_reply(204)

    def _enabled(self, handler: Callable[[Call], Awaitable[Response]]) -> Handler:
        @functools.wraps(handler)
        async def guarded(call: Call) -> Response:
            if not self._deployment.profile.mission_control:
                # Without the service the router knows no such context.
                return text_reply("404 page not found", status=404)
            return await handler(call)

        return guarded

    async def _connected(self, jpd: RegisteredJpd, token: object) -> RegisteredJpd:
        """The entry with the master token that the target gave for a pairing token or for its join key."""
        if not isinstance(token, str) or not token:
            raise ProductError(400, NOT_CONNECTED)
        try:
            answer = await self._exchange(jpd, token)
        except (Unreachable, Refused, ValueError) as error:
            raise ProductError(400, NOT_CONNECTED) from error
        if answer.is_error or not trust.accepts_mission_control(str(answer.json().get("scope", ""))):
            raise ProductError(400, NOT_CONNECTED)
        return replace(jpd, access_token=answer.json()["access_token"])

    async def _exchange(self, jpd: RegisteredJpd, token: str) -> httpx.Response:
        if token.count(".") != 2:
            return await self._engine.peers.post(f"{jpd.url}{_EXCHANGE}", {"join_key": token})
        await self._engine.peers.get(f"{jpd.url}access/api/v1/system/ping")
        return await self._engine.peers.post(
            extension_of(unverified_claims(token))["exchange_url"], {"pairing_token": token}
        )

    async def _shown(self, jpd: RegisteredJpd) -> dict[str, Any]:
        home = jpd.id == HOME_ID
        code = "ONLINE" if home else await self._status(jpd)
        own = f"{self._deployment.base_url or self._deployment.url}/"
        return {
            "id": jpd.id,
            "name": jpd.name,
            "url": jpd.url,
            "base_url": own if home else jpd.base_url,
            "local": home,
            "location": asdict(jpd.location),
            "status": {"code": code, "message": _MESSAGES[code], "warnings": []},
            "services": [{"type": kind, "status": {"code": code}} for kind in ("ARTIFACTORY", "JFMC")],
            "licenses": [],
            "tags": list(jpd.tags),
            "is_cold_storage": False,
            "cold_storage_jpd": "",
        }

    async def _status(self, jpd: RegisteredJpd) -> str:
        """Asked when somebody looks; the product asks from time to time."""
        try:
            answer = await self._engine.peers.get(f"{jpd.base_url}access/api/v1/tokens/me", jpd.access_token)
        except Unreachable:
            return "OFFLINE"
        if answer.status_code in (401, 403, 404):
            return "UNAUTHORIZED"
        return "OFFLINE" if answer.is_error else "ONLINE"


def _entry(body: dict[str, Any]) -> RegisteredJpd:
    """The entry that a body asks for; 400 when something required is missing or wrong."""
    name, url, tags = body.get("name"), body.get("url"), body.get("tags") or []
    if not isinstance(name, str) or not name.strip():
        raise ProductError(400, "name is required")
    if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
        raise ProductError(400, "url is required")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ProductError(400, "tags must be a list of texts")
    url = f"{url.rstrip('/')}/"
    return RegisteredJpd("", name, url, url, _location(body.get("location")), tuple(tags))


def _location(raw: object) -> Location:
    if not isinstance(raw, dict):
        raise ProductError(400, "location is required")
    for field in ("city_name", "country_code"):
        if not isinstance(raw.get(field), str) or not raw[field]:
            raise ProductError(400, f"location.{field} is required")
    if len(raw["country_code"]) != 2:
        raise ProductError(400, "location.country_code has 2 letters")
    for field, limit in (("latitude", 90), ("longitude", 180)):
        value = raw.get(field)
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > limit:
            raise ProductError(400, f"location.{field} is required and lies between -{limit} and {limit}")
    return Location(raw["city_name"], raw["country_code"], float(raw["latitude"]), float(raw["longitude"]))


def _passes(call: Call, jpd: dict[str, Any]) -> bool:
    name, url, tag = call.query("name"), call.query("url"), call.query("tag")
    return (
        (name is None or fnmatch.fnmatchcase(jpd["name"], name))
        and (url is None or fnmatch.fnmatchcase(jpd["url"], url))
        and (tag is None or any(fnmatch.fnmatchcase(each, tag) for each in jpd["tags"]))
    )
