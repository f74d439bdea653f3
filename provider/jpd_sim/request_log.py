"""What was asked of the JPDs. Headers and bodies are not kept, so no credential is; secrets in queries are masked."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

_KEPT = 20_000
_SECRET_WORDS = ("token", "password", "secret", "key")
_HARMLESS = frozenset({"repoKey", "projectKey", "token_id", "project_key"})


@dataclass
class Entry:
    """One request. `status` 0 means that the connection ended without an answer."""

    number: int
    deployment: str
    method: str
    path: str
    query: str
    user: str = ""
    status: int = 0
    duration_ms: float = 0.0
    row: str = ""
    """Contract row of the route that took it; empty when none did."""
    peer: bool = False
    """Whether another JPD asked, over a path that is not part of the documented contract."""
    fault: bool = False
    """Whether a fault rule interfered."""
    near_misses: list[str] = field(default_factory=list)

    @property
    def unmatched(self) -> bool:
        """Whether no route was found for it."""
        return not self.row and not self.fault and self.status in (404, 405)


class RequestLog:
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._count = 0

    def open(self, deployment: str, method: str, path: str, query: bytes) -> Entry:
        """Note a request; the caller fills in how it went."""
        self._count += 1
        entry = Entry(self._count, deployment, method, path, _masked(query))
        self._entries.append(entry)
        return entry

    def clear(self) -> None:
        """Forget all requests."""
        self._entries.clear()

    def listing(
        self, *, deployment: str | None = None, unmatched: bool = False, peers: bool = True
    ) -> list[dict[str, Any]]:
        """The requests as JSON objects, filtered."""
        return [
            {_camel(name): value for name, value in asdict(entry).items()}
            for entry in self._entries
            if (deployment is None or entry.deployment == deployment)
            and (not unmatched or entry.unmatched)
            and (peers or not entry.peer)
        ]


def _masked(query: bytes) -> str:
    if not query:
        return ""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode([(name, "***" if _is_secret(name) else value) for name, value in pairs])


def _is_secret(name: str) -> bool:
    return name not in _HARMLESS and any(word in name.lower() for word in _SECRET_WORDS)


def _camel(name: str) -> str:
    return "nearMisses" if name == "near_misses" else "durationMs" if name == "duration_ms" else name
