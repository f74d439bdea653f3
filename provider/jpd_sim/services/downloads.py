"""Sending a file: checksums in headers, conditional requests, parts of it (row A4; RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import re
from datetime import timezone
from email.utils import formatdate, parsedate_to_datetime
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from jpd_sim.state.items import Item

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def is_unchanged(request: Request, item: Item) -> bool:
    """Whether the client has this version already. If-None-Match counts more than If-Modified-Since."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        known = {tag.strip().removeprefix("W/").strip('"') for tag in tags.split(",")}
        return "*" in known or _tag(item) in known
    since = request.headers.get("if-modified-since")
    return since is not None and _not_after(item, since)


def unchanged(item: Item) -> Response:
    """304."""
    return Response(status_code=304, headers=_headers(item))


def head(item: Item) -> Response:
    """What GET would answer, without the bytes. Clients ask for parts only where `Accept-Ranges` offers them (9.1)."""
    return Response(headers={**_headers(item), "Content-Length": str(item.size)}, media_type=item.mime)


def whole_or_part(request: Request, item: Item, content: bytes) -> Response:
    """200 with everything, 206 with a part, 416 for a part that is not there."""
    span = _span(request, item)
    if span is None:
        return Response(content, headers=_headers(item), media_type=item.mime)
    first, last = span
    if first > last or first >= len(content):
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(content)}"})
    last = min(last, len(content) - 1)
    headers = {**_headers(item), "Content-Range": f"bytes {first}-{last}/{len(content)}"}
    return Response(content[first : last + 1], status_code=206, headers=headers, media_type=item.mime)


def _span(request: Request, item: Item) -> tuple[int, int] | None:
    """First and last byte that are wanted; None for all, as for several parts at once and forms nobody knows."""
    condition = request.headers.get("if-range")
    if condition is not None and condition.strip('"') != _tag(item):
        return None
    found = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        length = int(last)
        return (item.size - min(length, item.size), item.size - 1) if length else (item.size, item.size)
    return int(first), int(last) if last else max(item.size - 1, int(first))


def _headers(item: Item) -> dict[str, str]:
    checksums = item.checksums
    if checksums is None:
        return {}
    return {
        "X-Checksum-Md5": checksums.md5,
        "X-Checksum-Sha1": checksums.sha1,
        "X-Checksum-Sha256": checksums.sha256,
        "X-Artifactory-Filename": quote(item.name),
        "ETag": checksums.sha1,
        "Accept-Ranges": "bytes",
        "Last-Modified": formatdate(item.modified_ms / 1000, usegmt=True),
    }


def _tag(item: Item) -> str:
    return item.checksums.sha1 if item.checksums is not None else ""


def _not_after(item: Item, since: str) -> bool:
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        return False
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    # HTTP dates have whole seconds.
    return item.modified_ms // 1000 <= int(moment.timestamp())
