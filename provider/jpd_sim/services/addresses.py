"""What an artifact's address says: the path, and matrix parameters (`;k=v`), which become properties."""

from __future__ import annotations

from urllib.parse import unquote

from jpd_sim.services.routing import Call
from jpd_sim.state.items import check_path

Properties = dict[str, tuple[str, ...]]


def split_matrix(call: Call) -> tuple[str, Properties]:
    """Path and matrix parameters of an artifact's address; only a `;` that was sent as such separates."""
    raw = bytes(call.request.scope.get("raw_path") or b"").partition(b"?")[0].decode("latin-1")
    # What follows `/artifactory/`; its first segment is the repository.
    address, *pairs = raw.lstrip("/").partition("/")[2].split(";")
    properties: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name:
            properties.setdefault(unquote(name), []).append(unquote(value))
    return check_path(unquote(address).partition("/")[2]), {name: tuple(values) for name, values in properties.items()}
