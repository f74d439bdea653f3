"""The control plane under `/_sim/`: what tests and people do to the simulated world. Not part of any product.

Every call needs `Authorization: Bearer <controlToken>`, so that a page open in a browser cannot reset the simulator;
only the OpenAPI document and the page to try it are free. A name in `Host` that is not this machine's, or an `Origin`
of somebody else, is refused: with them a foreign page could pose as ours (DNS rebinding).
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jpd_sim.control.documents import openapi, page
from jpd_sim.control.operation import ControlCall, ControlRefusal, Operation
from jpd_sim.services.replies import ProductError, read_limited
from jpd_sim.state.errors import Missing, StateError
from jpd_sim.storage import StorageError

if TYPE_CHECKING:
    from jpd_sim.runtime import Runtime

Endpoint = Callable[[Request], Awaitable[Response]]
_MAX_BODY_BYTES = 64 * 1024 * 1024
"""Our choice: room for a topology with a hundred thousand artifacts."""


class Control:
    """The ASGI application of the control plane."""

    def __init__(self, runtime: Runtime, operations: list[Operation]) -> None:
        self._runtime = runtime
        self._operations = operations

    def app(self) -> Starlette:
        """All operations, and the two documents about them."""
        routes = [Route(each.path, self._endpoint(each), methods=[each.method]) for each in self._operations]
        free = [
            Route("/_sim/openapi.json", self._free(lambda: JSONResponse(openapi(self._operations)))),
            Route("/_sim/docs", self._free(page)),
        ]
        return Starlette(routes=[*free, *routes], exception_handlers={HTTPException: _not_found})

    def _free(self, answer: Callable[[], Response]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            try:
                self._check_origin(request)
            except ControlRefusal as error:
                return _refusal(error)
            return answer()

        return endpoint

    def _endpoint(self, operation: Operation) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            try:
                self._check_origin(request)
                self._check_token(request)
                raw = await read_limited(request, _MAX_BODY_BYTES)
                query = dict(request.query_params)
                answer = await operation.handler(ControlCall(request.path_params, query, raw, operation.parse(raw)))
                await self._runtime.world.durable()
            except ControlRefusal as error:
                return _refusal(error)
            except ProductError as error:
                return _refusal(ControlRefusal(error.status, error.message))
            except StateError as error:
                return _refusal(ControlRefusal(404 if isinstance(error, Missing) else 400, error.message))
            except StorageError as error:
                return _refusal(ControlRefusal(500, str(error)))
            except ClientDisconnect:
                return Response(status_code=400)
            return JSONResponse(answer, status_code=operation.status)

        return endpoint

    def _check_token(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        expected = self._runtime.control_token.encode()
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), expected):
            raise ControlRefusal(401, "the control plane needs Authorization: Bearer <controlToken of the start line>")

    def _check_origin(self, request: Request) -> None:
        host = request.headers.get("host", "")
        if not self._is_ours(host):
            raise ControlRefusal(403, f"{host!r} is no address of this simulator")
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            raise ControlRefusal(403, f"pages of {origin!r} may not use the control plane")

    def _is_ours(self, host: str) -> bool:
        """An address, `localhost` or the name that the simulator was told to listen on: no name somebody else gives."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
            ipaddress.ip_address(name)
        except ValueError:
            return name in {"localhost", self._runtime.control_host}
        return True


def _refusal(error: ControlRefusal) -> Response:
    body: dict[str, object] = {"error": error.message}
    if error.errors:
        body["errors"] = error.errors
    return JSONResponse(body, status_code=error.status)


async def _not_found(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    text = f"there is no {request.method} {request.url.path}; see /_sim/docs"
    return JSONResponse({"error": text}, status_code=status)
