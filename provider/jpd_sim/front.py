"""The front door of one JPD: its router. Log, faults, authentication, and the way to the service behind the context.

Order of events: the request is logged, a fault rule may spoil it, the route is found, the caller is identified, the
right is checked, the handler runs. Errors of a handler become the answer that the service's envelope gives them.
"""

from __future__ import annotations

import asyncio
import functools
import re
import time
from collections.abc import Iterable
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from jpd_sim.faults import HTML_PAGE, Fault
from jpd_sim.nodes import Node, Nodes
from jpd_sim.request_log import Entry
from jpd_sim.services.authentication import ANONYMOUS, Principal, authenticate
from jpd_sim.services.replies import ProductError, router_envelope, text_reply
from jpd_sim.services.routing import Call, Match, Right, Service
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.errors import Missing, StateError
from jpd_sim.storage import StorageError
from jpd_sim.world import World

if TYPE_CHECKING:
    from jpd_sim.server import Connections

_HANG_CHECK_SECONDS = 0.02
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Front:
    """The ASGI application of one JPD."""

    def __init__(
        self,
        deployment: Deployment,
        services: Iterable[Service],
        world: World,
        connections: Connections,
        nodes: Nodes,
    ) -> None:
        self._deployment = deployment
        self._services = {service.context: service for service in services}
        self._world = world
        self._connections = connections
        self._nodes = nodes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope["path"]
        entry = self._world.log.open(self._deployment.name, scope["method"], path, scope["query_string"])
        node = scope["jpd_sim.node"] = self._nodes.next()
        started = time.monotonic()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
                entry.duration_ms = round((time.monotonic() - started) * 1000, 3)
                self._add_headers(message, node, _request_id(scope, entry))
                # An answer may leave only when what it acknowledges survives a crash.
                await self._world.durable()
            await send(message)

        fault = self._world.faults.take(self._deployment.name, scope["method"], path)
        try:
            if fault is None:
                await self._serve(scope, receive, noted, entry)
            else:
                entry.fault = True
                await self._spoil(fault, scope, receive, noted, entry)
        except StorageError as error:
            await text_reply(str(error), status=500)(scope, receive, send)

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
        if request.scope["jpd_sim.node"] is None:
            return text_reply("no node is up", status=503)  # the load balancer's answer
        if service is None:
            return router_envelope(ProductError(404, "Not Found"))
        if context != "router" and not self._nodes.run(context):
            return router_envelope(ProductError(502, "Bad Gateway"))
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

    async def _spoil(self, rule: tuple[int, Fault], scope: Scope, receive: Receive, send: Send, entry: Entry) -> None:
        number, fault = rule
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        if fault.hang:
            await self._hang(number, receive)
        if fault.reset or fault.hang:
            await self._reset(fault, scope, receive, entry)
        elif fault.truncate >= 0:
            await self._serve(scope, receive, _cut_after(fault.truncate, send), entry)
            self._connections.close(scope["client"])
            await _until_gone(receive)
        elif (answer := _canned(fault)) is not None:
            await answer(scope, receive, send)
        elif fault.content_type:
            await self._serve(scope, receive, _relabelled(fault.content_type, send), entry)
        else:
            await self._serve(scope, receive, send, entry)

    async def _reset(self, fault: Fault, scope: Scope, receive: Receive, entry: Entry) -> None:
        if fault.reset == "after":
            await self._serve(scope, receive, _swallow, entry)
        elif fault.reset:
            await _read_all(receive)
        self._connections.reset(scope["client"])
        await _until_gone(receive)

    async def _hang(self, number: int, receive: Receive) -> None:
        """Hold the connection until the client gives up or the rule is gone."""
        gone = asyncio.ensure_future(_until_gone(receive))
        while self._world.faults.holds(number) and not gone.done():
            await asyncio.wait([gone], timeout=_HANG_CHECK_SECONDS)
        gone.cancel()

    def _add_headers(self, message: Message, node: Node | None, request_id: bytes) -> None:
        """The headers that every answer of the product has (contract: federation 9)."""
        identity, profile = self._deployment.identity, self._deployment.profile
        message["headers"] = [
            *message["headers"],
            (b"date", _http_date(self._deployment.now_ms() // 1000)),
            (b"x-artifactory-id", identity.artifactory_id.encode()),
            (b"x-artifactory-node-id", (node.name if node else identity.node_id).encode()),
            (b"x-jfrog-version", f"Artifactory/{profile.version} {profile.revision}".encode()),
            (b"x-request-id", request_id),
        ]


def _canned(fault: Fault) -> Response | None:
    """The answer that a rule gives in the handler's place; None when it has none."""
    if fault.html:
        return Response(HTML_PAGE, fault.status or 200, headers=dict(fault.headers), media_type="text/html")
    if fault.status:
        media_type = fault.content_type or "application/json"
        return Response(fault.body, fault.status, headers=dict(fault.headers), media_type=media_type)
    return None


def _check_right(match: Match, principal: Principal) -> None:
    right = match.route.right
    if right is Right.ANYONE:
        return
    if not principal.name:
        raise ProductError(401, "Bad credentials")
    if (right is Right.ADMIN and not principal.admin) or (right is Right.PEER and not principal.peer):
        raise ProductError(403, "Forbidden")


@functools.lru_cache(maxsize=64)
def _http_date(seconds: int) -> bytes:
    return formatdate(seconds, usegmt=True).encode()


def _request_id(scope: Scope, entry: Entry) -> bytes:
    """The client's own, so that it finds its request in logs, or the number of the request."""
    sent: bytes = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return sent if _REQUEST_ID.fullmatch(sent) else f"{entry.number:016x}".encode()


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


def _relabelled(content_type: str, send: Send) -> Send:
    async def relabelled(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if name.lower() != b"content-type"]
            message = {**message, "headers": [*kept, (b"content-type", content_type.encode("latin-1", "replace"))]}
        await send(message)

    return relabelled


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
