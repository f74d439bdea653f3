"""The front door of one JPD: its router. Log, faults, authentication, and the way to the service behind the context.

Order of events: the request is logged, a fault rule may spoil it, the route is found, the caller is identified, the
right is checked, the handler runs. Errors of a handler become the answer that the service's envelope gives them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from jpd_sim.faults import HTML_PAGE, Fault, Faults
from jpd_sim.request_log import Entry, RequestLog
from jpd_sim.services.authentication import ANONYMOUS, Principal, authenticate
from jpd_sim.services.replies import ProductError, router_envelope
from jpd_sim.services.routing import Call, Match, Right, Service
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.errors import Missing, StateError

if TYPE_CHECKING:
    from jpd_sim.server import Connections


class Front:
    """The ASGI application of one JPD."""

    def __init__(
        self,
        deployment: Deployment,
        services: Iterable[Service],
        faults: Faults,
        log: RequestLog,
        connections: Connections,
    ) -> None:
        self._deployment = deployment
        self._services = {service.context: service for service in services}
        self._faults = faults
        self._log = log
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        entry = self._log.open(self._deployment.name, scope["method"], scope["path"], scope["query_string"])
        started = time.monotonic()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
                entry.duration_ms = round((time.monotonic() - started) * 1000, 3)
                self._add_headers(message)
            await send(message)

        fault = self._faults.take(self._deployment.name, scope["method"], scope["path"])
        if fault is None:
            await self._serve(scope, receive, noted, entry)
        else:
            entry.fault = True
            await self._spoil(fault, scope, receive, noted, entry)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, entry: Entry) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request, entry)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request, entry: Entry) -> Response:
        context, _, rest = request.scope["path"].lstrip("/").partition("/")
        service = self._services.get(context)
        if service is None:
            return router_envelope(ProductError(404, "Not Found"))
        try:
            match = self._find(service, request, f"/{rest}", entry)
            principal = authenticate(self._deployment, request) if match.route.right is not Right.ANYONE else ANONYMOUS
            entry.user = principal.name
            _check_right(match, principal)
            return await match.route.handler(Call(request, principal, match.parameters))
        except ProductError as error:
            return service.envelope(error)
        except StateError as error:
            return service.envelope(ProductError(404 if isinstance(error, Missing) else 400, error.message))

    def _find(self, service: Service, request: Request, path: str, entry: Entry) -> Match:
        try:
            match = service.find(request.method, path)
        except ProductError:
            entry.near_misses = service.near_misses(request.method, path)
            raise
        entry.row = match.route.row
        entry.peer = match.route.right is Right.PEER
        return match

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send, entry: Entry) -> None:
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        if fault.reset:
            if fault.reset == "after":
                await self._serve(scope, receive, _swallow, entry)
            else:
                await _read_all(receive)
            self._connections.reset(scope["client"])
            await _until_gone(receive)
        elif fault.truncate >= 0:
            await self._serve(scope, receive, _cut_after(fault.truncate, send), entry)
            self._connections.close(scope["client"])
            await _until_gone(receive)
        elif fault.html:
            page = Response(HTML_PAGE, status_code=fault.status or 200, media_type="text/html", headers=fault.headers)
            await page(scope, receive, send)
        elif fault.status:
            answer = Response(fault.body, fault.status, headers=dict(fault.headers), media_type=fault.content_type)
            await answer(scope, receive, send)
        else:
            await self._serve(scope, receive, send, entry)

    def _add_headers(self, message: Message) -> None:
        date = formatdate(self._deployment.now_ms() / 1000, usegmt=True)
        identity = self._deployment.identity
        message["headers"] = [
            *message["headers"],
            (b"date", date.encode()),
            (b"x-artifactory-id", identity.artifactory_id.encode()),
            (b"x-artifactory-node-id", identity.node_id.encode()),
            (b"x-jfrog-version", f"Artifactory/{self._deployment.profile.version}".encode()),
        ]


def _check_right(match: Match, principal: Principal) -> None:
    right = match.route.right
    if right is Right.ANYONE:
        return
    if not principal.name:
        raise ProductError(401, "Bad credentials")
    if (right is Right.ADMIN and not principal.admin) or (right is Right.PEER and not principal.peer):
        raise ProductError(403, "Forbidden")


async def _read_all(receive: Receive) -> None:
    """A client that is still sending would notice a reset in another way each time."""
    while (await receive()).get("more_body"):
        pass


async def _until_gone(receive: Receive) -> None:
    """Returning without an answer before the connection is known to be gone would make the server send a 500."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _swallow(_message: Message) -> None:
    """Where the answer goes that nobody gets."""


def _cut_after(limit: int, send: Send) -> Send:
    left = limit

    async def cut(message: Message) -> None:
        nonlocal left
        if message["type"] == "http.response.body":
            body = message.get("body", b"")[:left]
            left -= len(body)
            message = {"type": "http.response.body", "body": body, "more_body": True}
        await send(message)

    return cut
