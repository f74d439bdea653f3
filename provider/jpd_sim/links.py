"""The network between JPDs: which of them can reach which. Clients are not concerned."""

from __future__ import annotations

from urllib.parse import urlsplit


class Links:
    """Cut connections, each in one direction."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._cut: set[tuple[str, str]] = set()

    def register(self, name: str, url: str) -> None:
        """Say under which address a JPD can be reached."""
        self._names[urlsplit(url).netloc] = name

    def cut(self, source: str, target: str) -> None:
        """Stop requests from one JPD to another."""
        self._cut.add((source, target))

    def heal(self, source: str, target: str) -> None:
        """Let them through again."""
        self._cut.discard((source, target))

    def clear(self) -> None:
        """Heal everything."""
        self._cut.clear()

    def listing(self) -> list[dict[str, str]]:
        """The cut directions."""
        return [{"from": source, "to": target} for source, target in sorted(self._cut)]

    def blocked(self, source: str, url: str) -> bool:
        """Whether a request of one JPD to this URL would be lost."""
        return (source, self._names.get(urlsplit(url).netloc, "")) in self._cut
