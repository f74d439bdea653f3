"""How the services answer: bodies, error envelopes, and reading what a client sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

MAX_CONFIGURATION_BYTES = 4 * 1024 * 1024
"""Our choice: a thousand times the largest repository configuration, and small enough to read into memory."""

_REASONS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}


class ProductError(Exception):
    """An answer that is not a success; each service writes it in its own envelope."""

    def __init__(self, status: int, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.detail = detail


Envelope = Callable[[ProductError], Response]


def json_reply(body: object, *, status: int = 200, media_type: str = "application/json") -> Response:
    """JSON as Artifactory prints it: indented, a space before each colon (1.6)."""
    text = json.dumps(body, indent=2, separators=(",", " : "), ensure_ascii=False)
    return Response(text, status_code=status, media_type=media_type)


def text_reply(text: str, *, status: int = 200) -> Response:
    """Plain text (S12)."""
    return Response(text, status_code=status, media_type="text/plain")


def empty_reply(status: int = 204) -> Response:
    """No body."""
    return Response(status_code=status)


def artifactory_envelope(error: ProductError) -> Response:
    """Errors of Artifactory: `{"errors":[{"status":400,"message":"..."}]}` (1.6)."""
    body = {"errors": [{"status": error.status, "message": error.message}]}
    return json_reply(body, status=error.status)


def access_envelope(error: ProductError) -> Response:
    """Errors of Access: code, message and detail (trust 5; the shapes other than 401 are inferred by analogy)."""
    reason = _REASONS.get(error.status, "Error")
    code = reason.upper().replace(" ", "_")
    entry = {"code": code, "message": f"HTTP {error.status} {reason}", "detail": error.detail or error.message}
    return json_reply({"errors": [entry]}, status=error.status)


def mission_control_envelope(error: ProductError) -> Response:
    """Errors of Mission Control; their shape is not documented and assumed (trust 5)."""
    return json_reply({"errors": [{"message": error.message}]}, status=error.status)


def router_envelope(error: ProductError) -> Response:
    """Errors of the router itself: plain text."""
    text = "404 page not found" if error.status == 404 else error.message
    return text_reply(text, status=error.status)


async def read_json(request: Request) -> Any:
    """The JSON of a request, whatever its Content-Type says; 400 when it is none, 413 when it is far too long."""
    raw = await read_limited(request)
    try:
        body = json.loads(raw)
        if b"\\u" in raw:
            # Half of a surrogate pair is valid JSON, but no text: it could be kept and never be sent again.
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ProductError(400, f"The request body is not valid JSON: {error}") from error
    return body


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object of a request."""
    body = await read_json(request)
    if not isinstance(body, dict):
        raise ProductError(400, "The request body must be a JSON object")
    return body


async def read_limited(request: Request, limit: int = MAX_CONFIGURATION_BYTES) -> bytes:
    """The body of a request, up to a limit."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise ProductError(413, f"The request body is larger than {limit} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
