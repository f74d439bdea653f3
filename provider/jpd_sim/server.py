"""Ports: one uvicorn server each, that can be closed and opened again, and connections that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from jpd_sim.one_write import OneWrite

_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 30
# Longer than HTTP clients keep idle connections (httpx: 5 s): were both the same, a request could meet the closing.
_LINGER_NOTHING = struct.pack("ii", 1, 0)


_REACHABLE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where to reach, on this machine, what listens everywhere."""


class PortInUse(Exception):
    """The port that was asked for is taken."""


class Connections:
    """The open connections of one port by the client's address, for faults that act below HTTP."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def add(self, transport: asyncio.Transport) -> None:
        """A client has connected."""
        self._transports[_peer(transport)] = transport

    def remove(self, transport: asyncio.Transport) -> None:
        """A connection has ended."""
        self._transports.pop(_peer(transport), None)

    def reset(self, client: tuple[str, int]) -> None:
        """End a connection so that the client sees `connection reset by peer`."""
        transport = self._transports.get((client[0], client[1]))
        if transport is not None:
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOTHING)
            transport.abort()

    def close(self, client: tuple[str, int]) -> None:
        """End a connection after what was written has been sent."""
        transport = self._transports.get((client[0], client[1]))
        if transport is not None:
            transport.close()

    def abort_all(self) -> None:
        """End every connection at once, as a power cut does."""
        for transport in list(self._transports.values()):
            transport.abort()


class Port:
    """A listening address with an application behind it."""

    def __init__(self, host: str, port: int, certificate: Path | None = None) -> None:
        self.host = host
        self.certificate = certificate
        """File with key and certificate; with one, the port speaks TLS."""
        self._reserved: socket.socket | None = _bind(host, port)
        self.number: int = self._reserved.getsockname()[1]
        self.connections = Connections()
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        host = _REACHABLE.get(self.host, self.host)
        scheme = "http" if self.certificate is None else "https"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.number}"

    @property
    def open(self) -> bool:
        """Whether it accepts connections."""
        return self._serving is not None

    async def start(self, app: ASGIApp) -> None:
        """Listen; returns when connections are accepted."""
        if self._serving is not None:
            return
        listener = self._reserved or _bind(self.host, self.number)
        self._reserved = None
        self._server = _Server(_config(app, self.connections, self.certificate))
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started and not self._serving.done():  # noqa: ASYNC110 - uvicorn has a flag, no event
            await asyncio.sleep(0.001)
        if self._serving.done():
            await self._serving

    def release(self) -> None:
        """Give the port back that was never opened."""
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None

    async def stop(self) -> None:
        """Close the port and every connection; what is being handled is abandoned."""
        self.release()
        if self._server is None or self._serving is None:
            return
        self._server.should_exit = True
        self.connections.abort_all()
        await self._serving
        self._server, self._serving = None, None


class _Server(uvicorn.Server):
    """A server that leaves the signals to the process that runs several of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


def _config(app: ASGIApp, connections: Connections, certificate: Path | None) -> uvicorn.Config:
    class TrackedProtocol(H11Protocol):
        """The HTTP protocol, with its connection entered in the list above."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
            whole = cast("asyncio.Transport", OneWrite(transport, self.loop))
            super().connection_made(whole)
            connections.add(whole)

        def connection_lost(self, exc: Exception | None) -> None:
            connections.remove(self.transport)
            super().connection_lost(exc)

    return uvicorn.Config(
        app,
        http=TrackedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,  # the Date of a JPD comes from its own clock
        timeout_graceful_shutdown=1,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        backlog=_BACKLOG,
        ssl_certfile=certificate,
    )


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it on, an answer takes 40 ms longer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # Listening at once makes a second simulator on the same port fail here, with a message, instead of later.
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortInUse(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listener


def _peer(transport: asyncio.Transport) -> tuple[str, int]:
    name = cast("tuple[str, int] | None", transport.get_extra_info("peername"))
    return ("", 0) if name is None else (name[0], name[1])
