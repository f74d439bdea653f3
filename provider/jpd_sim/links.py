"""The network between JPDs: which of them reach which, how fast, and whom they believe. Clients are not concerned.

Every rule is for one direction. Cut and flapping links lose requests; slow ones delay them in real time.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from jpd_sim.state.kept import Kept
from jpd_sim.state.table import Table


@dataclass(frozen=True)
class Link:
    """How one direction behaves that is not simply whole."""

    source: str
    target: str
    cut: bool = False
    delay_ms: int = 0
    up_ms: int = 0
    """How long a flapping link works, on the virtual clock; 0 means that it does not flap."""
    down_ms: int = 0
    """How long it then does not."""
    since_ms: int = 0
    """When its first working period began."""

    @property
    def whole(self) -> bool:
        """Whether the rule says nothing."""
        return not self.cut and not self.delay_ms and not self.down_ms

    def lost(self, now_ms: int) -> bool:
        """Whether a request is lost now."""
        if self.cut or not self.down_ms:
            return self.cut
        return (now_ms - self.since_ms) % (self.up_ms + self.down_ms) >= self.up_ms


class Links(Kept):
    """The rules that are in force, by direction."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._names: dict[str, str] = {}
        self._links: Table[tuple[str, str], Link] = Table()
        self.tls: ssl.SSLContext | bool = True
        """What the JPDs believe about each other's certificates; True means what this machine believes."""

    def register(self, name: str, url: str) -> None:
        """Say under which address a JPD can be reached."""
        self._names[urlsplit(url).netloc] = name

    def change(self, link: Link) -> None:
        """Let one direction behave like this from now on."""
        if link.whole:
            self._links.drop((link.source, link.target))
        else:
            self._links.put((link.source, link.target), link)

    def current(self, source: str, target: str) -> Link:
        """The rule of a direction."""
        return self._links.get((source, target)) or Link(source, target)

    def clear(self) -> None:
        """Heal everything."""
        self._links.clear()

    def listing(self) -> list[dict[str, Any]]:
        """The directions that are not whole."""
        now = self._now_ms()
        return [
            {
                "from": link.source,
                "to": link.target,
                "cut": link.cut,
                "delayMs": link.delay_ms,
                "upMs": link.up_ms,
                "downMs": link.down_ms,
                "losing": link.lost(now),
            }
            for link in sorted(self._links, key=lambda link: (link.source, link.target))
        ]

    def blocked(self, source: str, url: str) -> bool:
        """Whether a request of one JPD to this URL would be lost."""
        return self._to(source, url).lost(self._now_ms())

    async def travel(self, source: str, url: str) -> None:
        """Take as long as a request of one JPD to this URL takes on its way."""
        delay_ms = self._to(source, url).delay_ms
        if delay_ms:
            await asyncio.sleep(delay_ms / 1000)

    def _to(self, source: str, url: str) -> Link:
        return self.current(source, self._names.get(urlsplit(url).netloc, ""))
