"""The control plane under `/_sim/`: what tests and people do to the simulated world. Not part of any product.

Every call needs `Authorization: Bearer <controlToken>`, so that a page open in a browser cannot reset the simulator.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jpd_sim.faults import BadRule
from jpd_sim.server import PortInUse

if TYPE_CHECKING:
    from jpd_sim.jpd import Jpd
    from jpd_sim.runtime import Runtime

Endpoint = Callable[[Request], Awaitable[Response]]
_LONGEST_WAIT_SECONDS = 300.0


class Control:
    """Handlers of the control plane."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def app(self) -> Starlette:
        """The ASGI application."""
        table: list[tuple[str, str, Endpoint]] = [
            ("GET", "/_sim", self.overview),
            ("POST", "/_sim/reset", self.reset),
            ("POST", "/_sim/idle", self.idle),
            ("GET", "/_sim/requests", self.requests),
            ("DELETE", "/_sim/requests", self.forget_requests),
            ("GET", "/_sim/faults", self.faults),
            ("POST", "/_sim/faults", self.add_fault),
            ("DELETE", "/_sim/faults", self.clear_faults),
            ("DELETE", "/_sim/faults/{number:int}", self.remove_fault),
            ("POST", "/_sim/deployments/{name}/stop", self.stop),
            ("POST", "/_sim/deployments/{name}/start", self.start),
            ("POST", "/_sim/deployments/{name}/importers", self.importers),
            ("DELETE", "/_sim/deployments/{name}/baseUrl", self.remove_base_url),
            ("GET", "/_sim/links", self.links),
            ("POST", "/_sim/links", self.change_link),
            ("GET", "/_sim/clock", self.clock),
            ("POST", "/_sim/clock", self.change_clock),
        ]
        routes = [Route(path, self._guarded(endpoint), methods=[method]) for method, path, endpoint in table]
        return Starlette(routes=routes, exception_handlers={HTTPException: _refusal})

    async def overview(self, _request: Request) -> Response:
        """The deployments and whether they are up."""
        jpds = self._runtime.jpds.values()
        return JSONResponse({"deployments": {jpd.name: {"url": jpd.port.url, "up": jpd.port.open} for jpd in jpds}})

    async def reset(self, _request: Request) -> Response:
        """Back to the freshly started state; addresses and credentials stay."""
        await self._runtime.reset()
        return JSONResponse({})

    async def idle(self, request: Request) -> Response:
        """`{"timeoutSeconds": 10}`: wait until replication is settled, and say what is left if it is not."""
        body = await _body(request)
        left = await self._runtime.settle(min(_number(body, "timeoutSeconds", 10.0), _LONGEST_WAIT_SECONDS))
        return JSONResponse({"idle": not left, "pending": left})

    async def requests(self, request: Request) -> Response:
        """The request log; `deployment=`, `unmatched=true` and `peers=false` filter it."""
        query = request.query_params
        rows = self._runtime.world.log.listing(
            deployment=query.get("deployment"),
            unmatched=query.get("unmatched") == "true",
            peers=query.get("peers") != "false",
        )
        return JSONResponse({"requests": rows})

    async def forget_requests(self, _request: Request) -> Response:
        """Empty the request log."""
        self._runtime.world.log.clear()
        return JSONResponse({})

    async def faults(self, _request: Request) -> Response:
        """The rules in force."""
        return JSONResponse({"faults": self._runtime.world.faults.listing()})

    async def add_fault(self, request: Request) -> Response:
        """Add a rule; its fields are those of `jpd_sim.faults.Fault`, in camelCase."""
        body = await _body(request)
        if body.get("deployment"):
            self._jpd(body["deployment"])
        try:
            return JSONResponse({"id": self._runtime.world.faults.add(body)}, status_code=201)
        except BadRule as error:
            raise HTTPException(400, str(error)) from error

    async def clear_faults(self, _request: Request) -> Response:
        """Remove all rules."""
        self._runtime.world.faults.clear()
        return JSONResponse({})

    async def remove_fault(self, request: Request) -> Response:
        """Remove one rule."""
        if not self._runtime.world.faults.remove(request.path_params["number"]):
            raise HTTPException(404, f"there is no fault rule {request.path_params['number']}")
        return JSONResponse({})

    async def stop(self, request: Request) -> Response:
        """Take a JPD down: its port closes, its connections break."""
        await self._jpd(request.path_params["name"]).stop()
        return JSONResponse({})

    async def start(self, request: Request) -> Response:
        """Bring it up again, on the same port and with what it knew."""
        try:
            await self._jpd(request.path_params["name"]).start()
        except PortInUse as error:
            raise HTTPException(409, str(error)) from error
        return JSONResponse({})

    async def importers(self, request: Request) -> Response:
        """`{"held": true}`: let a JPD know files by their metadata only, until released or downloaded."""
        held, importer = (await _body(request)).get("held"), self._jpd(request.path_params["name"]).engine.importer
        if not isinstance(held, bool):
            raise HTTPException(400, "held must be true or false")
        if held:
            importer.hold()
        else:
            importer.release()
        return JSONResponse({"held": importer.held})

    async def remove_base_url(self, request: Request) -> Response:
        """Bring a JPD into the state before anybody has configured its base URL."""
        self._jpd(request.path_params["name"]).state.base_url = None
        return JSONResponse({})

    async def links(self, _request: Request) -> Response:
        """The cut directions."""
        return JSONResponse({"cut": self._runtime.world.links.listing()})

    async def change_link(self, request: Request) -> Response:
        """`{"from": "eu", "to": "us", "cut": true, "both": true}`."""
        body = await _body(request)
        source, target = self._jpd(body.get("from")).name, self._jpd(body.get("to")).name
        act = self._runtime.world.links.cut if body.get("cut") is True else self._runtime.world.links.heal
        act(source, target)
        if body.get("both", True) is True:
            act(target, source)
        return await self.links(request)

    async def clock(self, _request: Request) -> Response:
        """Virtual time, in milliseconds since the epoch."""
        clock = self._runtime.world.clock
        return JSONResponse({"nowMs": clock.now_ms(), "frozen": clock.frozen, "offsetsMs": clock.offsets_ms})

    async def change_clock(self, request: Request) -> Response:
        """`{"frozen": true, "advanceSeconds": 60, "offsetSeconds": {"eu": 5}}`, each optional."""
        body, clock = await _body(request), self._runtime.world.clock
        offsets = body.get("offsetSeconds", {})
        if not isinstance(offsets, dict):
            raise HTTPException(400, "offsetSeconds must be an object")
        changes = {self._jpd(name).name: int(_number(offsets, name, 0) * 1000) for name in offsets}
        if "frozen" in body:
            (clock.freeze if body["frozen"] is True else clock.resume)()
        clock.advance(int(_number(body, "advanceSeconds", 0) * 1000))
        for name, milliseconds in changes.items():
            clock.set_offset(name, milliseconds)
        return await self.clock(request)

    def _jpd(self, name: object) -> Jpd:
        jpd = self._runtime.jpds.get(name) if isinstance(name, str) else None
        if jpd is None:
            raise HTTPException(404, f"there is no deployment {name!r}; known are {', '.join(self._runtime.jpds)}")
        return jpd

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            expected = self._runtime.control_token.encode()
            if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), expected):
                raise HTTPException(
                    401, "the control plane needs Authorization: Bearer <controlToken of the start line>"
                )
            return await endpoint(request)

        return guarded


async def _refusal(_request: Request, error: Exception) -> Response:
    status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, str(error))
    return JSONResponse({"error": detail}, status_code=status)


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        body = json.loads(raw or b"{}")
    except ValueError as error:
        raise HTTPException(400, f"the body is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        raise HTTPException(400, "the body must be a JSON object")
    return body


def _number(body: dict[str, Any], name: str, default: float) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise HTTPException(400, f"{name} must be a number")
    return float(value)
