"""Access: federation targets, and the probe of a circle of trust (contract: trust section 4.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.federation.peers import Unreachable
from jpd_sim.services.replies import ProductError, empty_reply, json_reply, read_object
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.access_federation import ENTITIES, FederationTarget, Filters
from jpd_sim.state.deployment import ADMIN_SCOPE, Deployment

_PROBE_SECONDS = 60


class AccessFederation:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table."""
        base, one = "/api/v1/system/federation", "/api/v1/system/federation/{server_name}"
        return [
            Route("POST", f"{base}/validate_server", self.validate, Right.ADMIN, "T4.2 validate_server"),
            Route("GET", base, self.listing, Right.ADMIN, "T4.2 federation GET"),
            Route("POST", base, self.create, Right.ADMIN, "T4.2 federation POST"),
            Route("GET", one, self.read, Right.ADMIN, "T4.2 federation GET name"),
            Route("PATCH", one, self.update, Right.ADMIN, "T4.2 federation PATCH"),
            Route("DELETE", one, self.delete, Right.ADMIN, "T4.2 federation DELETE"),
            Route("PUT", f"{one}/full_broadcast", self.broadcast, Right.ADMIN, "T4.2 full_broadcast"),
        ]

    async def validate(self, call: Call) -> Response:
        """H/validate-target-for-circle-of-trust: 204 when the target believes a token of this JPD, else 412."""
        url = _url((await read_object(call.request)).get("url"))
        _, token = self._deployment.tokens.issue("admin", ADMIN_SCOPE, lifetime_seconds=_PROBE_SECONDS)
        try:
            answer = await self._engine.peers.get(f"{url}/api/v1/system/version", token)
        except Unreachable as error:
            raise _untrusted("000") from error
        if answer.is_error:
            raise _untrusted(str(answer.status_code))
        return empty_reply(204)

    async def listing(self, _call: Call) -> Response:
        """OA:AccessFederationApi: `{"targets":[...]}`."""
        return json_reply({"targets": [_shown(target) for target in self._deployment.federation_targets]})

    async def read(self, call: Call) -> Response:
        """H/get-access-federation."""
        return json_reply(_shown(self._find(call)))

    async def create(self, call: Call) -> Response:
        """OA: 201 target; 409 same name."""
        body = await read_object(call.request)
        name = body.get("name")
        if not isinstance(name, str) or not name.strip():
            raise ProductError(400, "name is required")
        url = _url(body.get("url"))
        if name in self._deployment.federation_targets:
            raise ProductError(409, f"A federation target with the name '{name}' already exists")
        target = _changed(FederationTarget(name, url), body)
        self._deployment.federation_targets.put(name, target)
        return json_reply(_shown(target), status=201)

    async def update(self, call: Call) -> Response:
        """OA: 200 (trust 9, item 5: the older page says 204). Name and URL stay."""
        target = _changed(self._find(call), await read_object(call.request))
        self._deployment.federation_targets.put(target.name, target)
        return json_reply(_shown(target))

    async def delete(self, call: Call) -> Response:
        """H/delete-access-federation."""
        self._deployment.federation_targets.drop(self._find(call).name)
        return empty_reply(204)

    async def broadcast(self, call: Call) -> Response:
        """H/full-broadcast-access-federation: 204 started, 304 not eligible, which an inactive target is."""
        return empty_reply(204 if self._find(call).active else 304)

    def _find(self, call: Call) -> FederationTarget:
        name = call.parameters["server_name"]
        if not name.strip():
            raise ProductError(400, "server_name is blank")
        target = self._deployment.federation_targets.get(name)
        if target is None:
            raise ProductError(404, f"There is no federation target '{name}'")
        return target


def _untrusted(answer: str) -> ProductError:
    text = f"Precondition Failed - Circle of trust validation failed (response from target server: {answer})"
    return ProductError(412, text)


def _url(raw: object) -> str:
    parts = urlsplit(raw) if isinstance(raw, str) else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ProductError(400, "url is required and must be a URL ending with /access")
    return str(raw).rstrip("/")


def _changed(target: FederationTarget, body: dict[str, Any]) -> FederationTarget:
    changes: dict[str, Any] = {}
    if "entities" in body:
        entities = body["entities"]
        if not isinstance(entities, list) or not {str(name).upper() for name in entities} <= set(ENTITIES):
            raise ProductError(400, f"entities must be among {', '.join(ENTITIES)}")
        changes["entities"] = tuple(str(name).upper() for name in entities)
    for name in ("permission_filters", "group_filters"):
        if name in body:
            changes[name] = _filters(name, body[name])
    if "active" in body:
        if not isinstance(body["active"], bool):
            raise ProductError(400, "active must be true or false")
        changes["active"] = body["active"]
    return replace(target, **changes)


def _filters(name: str, raw: object) -> Filters:
    if not isinstance(raw, dict):
        raise ProductError(400, f"{name} must be an object")
    patterns = {key: raw.get(key, []) for key in ("include_patterns", "exclude_patterns")}
    if not all(isinstance(value, list) and all(isinstance(item, str) for item in value) for value in patterns.values()):
        raise ProductError(400, f"{name} must hold lists of patterns")
    return Filters(**{key: tuple(value) for key, value in patterns.items()})


def _shown(target: FederationTarget) -> dict[str, Any]:
    return {
        "name": target.name,
        "url": target.url,
        "entities": list(target.entities),
        "permission_filters": _patterns(target.permission_filters),
        "group_filters": _patterns(target.group_filters),
        "active": target.active,
    }


def _patterns(filters: Filters) -> dict[str, list[str]]:
    return {"include_patterns": list(filters.include_patterns), "exclude_patterns": list(filters.exclude_patterns)}
