"""Fault rules: which requests go wrong, and how."""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

HTML_PAGE = (
    "<!DOCTYPE html><html><head><title>Gateway</title></head>"
    "<body><h1>The requested service is temporarily unavailable</h1></body></html>"
)
_RESETS = ("", "before", "after")


class BadRule(Exception):
    """A rule that makes no sense; the message names the field."""


@dataclass(frozen=True)
class Fault:
    """One rule. An empty matcher matches everything; an action that is not set does nothing."""

    deployment: str = ""
    """Name of the JPD that misbehaves."""
    method: str = ""
    """HTTP method."""
    path: str = "*"
    """Shell-style pattern of the whole path, for example `/artifactory/api/repositories/*`."""
    after: int = 0
    """How many matching requests pass before the rule applies."""
    times: int = 0
    """To how many requests it then applies; 0 means all."""
    status: int = 0
    """Answer with this status instead of handling the request."""
    body: str = ""
    """Body of that answer."""
    content_type: str = "application/json"
    """Content-Type of that answer."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers of that answer, for example `Retry-After`."""
    html: bool = False
    """Answer with a proxy's HTML page (status 200 unless `status` says otherwise)."""
    delay_ms: int = 0
    """Wait, in real time, before anything else."""
    reset: str = ""
    """Reset the connection `before` the request is handled, or `after` it was handled and before the answer."""
    truncate: int = -1
    """Announce the whole answer but close the connection after so many bytes of its body."""

    def __post_init__(self) -> None:
        if self.reset not in _RESETS:
            raise BadRule(f"reset must be before or after, not {self.reset!r}")
        if self.status and not 200 <= self.status <= 599:
            raise BadRule(f"status must be between 200 and 599, not {self.status}")

    def matches(self, deployment: str, method: str, path: str) -> bool:
        """Whether the rule speaks about a request."""
        return (
            self.deployment in ("", deployment)
            and self.method.upper() in ("", method)
            and fnmatch.fnmatchcase(path, self.path)
        )


class Faults:
    """The rules in force, in the order in which they were added; the first that applies wins."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._rules: dict[int, Fault] = {}
        self._seen: dict[int, int] = {}

    def add(self, raw: Mapping[str, Any]) -> int:
        """Add a rule from its JSON form (camelCase) and answer its number."""
        known = {_camel(name): name for name in Fault.__dataclass_fields__}
        unknown = sorted(set(raw) - set(known))
        if unknown:
            raise BadRule(f"unknown fields: {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        values = {known[name]: value for name, value in raw.items()}
        for name, value in values.items():
            default = getattr(Fault(), name)
            if not isinstance(value, type(default)) or (isinstance(value, bool) != isinstance(default, bool)):
                raise BadRule(f"{_camel(name)} must be of type {type(default).__name__}")
        number = next(self._numbers)
        self._rules[number] = Fault(**values)
        self._seen[number] = 0
        return number

    def remove(self, number: int) -> bool:
        """Remove one rule."""
        return self._rules.pop(number, None) is not None

    def clear(self) -> None:
        """Remove all rules."""
        self._rules.clear()

    def listing(self) -> list[dict[str, Any]]:
        """The rules in force, with how many requests each has matched."""
        return [
            {"id": number, "matched": self._seen[number], **{_camel(key): value for key, value in asdict(rule).items()}}
            for number, rule in self._rules.items()
        ]

    def take(self, deployment: str, method: str, path: str) -> Fault | None:
        """The rule that applies to a request; counts it."""
        for number, rule in self._rules.items():
            if not rule.matches(deployment, method, path):
                continue
            self._seen[number] += 1
            turn = self._seen[number] - rule.after
            if turn > 0 and (rule.times == 0 or turn <= rule.times):
                return rule
        return None


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)
