"""A connection that sends what is written in one step of the event loop with one system call.

The HTTP server writes the head and the body of an answer one after the other. As two system calls, and two packets on
the wire, they cost more than all that the simulator does to make a short answer.
"""

from __future__ import annotations

import asyncio
from typing import Any

_LARGE = 64 * 1024
"""Above this, joining two pieces costs more than sending them apart."""


class OneWrite:
    """Stands for a transport; everything but writing and closing is the transport's own."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send, together with what else is written in this step."""
        if len(data) > _LARGE:
            self._flush()
            self._transport.write(data)
            return
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

    def close(self) -> None:
        """Close after what was written has been sent."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once; what was not sent is lost."""
        self._held.clear()
        self._transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._held:
            data = b"".join(self._held)
            self._held.clear()
            self._transport.write(data)
