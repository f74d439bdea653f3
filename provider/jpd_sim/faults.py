"""Fault rules: which requests go wrong, and how.

Rule 1: of the rules in force, the first that applies to a request wins.
Rule 2: a rule counts the requests that its matchers fit (`matched`), whether it applies to them or not (`applied`).
Rule 3: chance is drawn from the rule's own seed, so the same requests meet the same faults in every run.
"""

from __future__ import annotations

import fnmatch
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from jpd_sim.state.kept import Kept
from jpd_sim.state.table import Table

HTML_PAGE = (
    "<!DOCTYPE html><html><head><title>Gateway</title></head>"
    "<body><h1>The requested service is temporarily unavailable</h1></body></html>"
)
_RESETS = ("", "before", "after")
_PEER_PATHS = (
    "/artifactory/api/federation/peer/",
    "/artifactory/api/v1/service_trust/exchange",
    "/artifactory/api/v1/service_trust/revoke",
)


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
    from_call: int = 0
    """Apply from this call on, counted over all JPDs since the last reset, without what the JPDs ask each other."""
    probability: float = 1.0
    """How likely the rule is to apply when it could."""
    seed: int = 0
    """Where the chance comes from."""
    status: int = 0
    """Answer with this status instead of handling the request."""
    body: str = ""
    """Body of that answer."""
    content_type: str = ""
    """Content-Type of the answer, of a handled request too; without one, `application/json` for a given status."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers of that answer, for example `Retry-After`."""
    html: bool = False
    """Answer with a proxy's HTML page (status 200 unless `status` says otherwise)."""
    delay_ms: int = 0
    """Wait, in real time, before anything else."""
    hang: bool = False
    """Never answer and never handle the request; ends with the client's patience or the rule."""
    reset: str = ""
    """Reset the connection `before` the request is handled, or `after` it was handled and before the answer."""
    truncate: int = -1
    """Announce the whole answer but close the connection after so many bytes of its body."""

    def __post_init__(self) -> None:
        if self.reset not in _RESETS:
            raise BadRule(f"reset must be before or after, not {self.reset!r}")
        if self.status and not 200 <= self.status <= 599:
            raise BadRule(f"status must be between 200 and 599, not {self.status}")
        if not 0 <= self.probability <= 1:
            raise BadRule(f"probability must be between 0 and 1, not {self.probability}")
        for name in ("after", "times", "from_call", "delay_ms"):
            if getattr(self, name) < 0:
                raise BadRule(f"{camel(name)} must not be negative")

    def matches(self, deployment: str, method: str, path: str) -> bool:
        """Whether the rule speaks about a request."""
        return (
            self.deployment in ("", deployment)
            and self.method.upper() in ("", method)
            and fnmatch.fnmatchcase(path, self.path)
            and not (self.from_call and is_between_jpds(path))
        )


@dataclass(frozen=True)
class Count:
    """What a rule has seen and done."""

    matched: int = 0
    applied: int = 0


class Faults(Kept):
    """The rules in force, in the order in which they were added."""

    def __init__(self) -> None:
        # Not kept, else each request would be a write to the data folder.
        self._tally: Counter[str] = Counter()
        self._last = 0
        self._rules: Table[int, Fault] = Table()
        self._counts: Table[int, Count] = Table()
        self._chances: dict[int, random.Random] = {}

    @property
    def calls(self) -> int:
        """Requests since the start or the last reset, without what the JPDs ask each other."""
        return self._tally["calls"]

    def add(self, raw: Mapping[str, Any]) -> int:
        """Add a rule from its JSON form (camelCase) and answer its number."""
        rule = _parsed(raw)
        self._last += 1
        self._rules.put(self._last, rule)
        return self._last

    def remove(self, number: int) -> bool:
        """Remove one rule."""
        self._counts.drop(number)
        self._chances.pop(number, None)
        return self._rules.drop(number) is not None

    def clear(self) -> None:
        """Remove all rules."""
        self._rules.clear()
        self._counts.clear()
        self._chances.clear()

    def reset(self) -> None:
        """Remove all rules and count from the beginning."""
        self.clear()
        self._tally.clear()

    def holds(self, number: int) -> bool:
        """Whether a rule is in force."""
        return number in self._rules

    def listing(self) -> list[dict[str, Any]]:
        """The rules in force, with how many requests each has matched, and to how many it was applied."""
        rows = []
        for number, rule in self._rules.items():
            count = self._counts.get(number) or Count()
            told = {camel(key): value for key, value in asdict(rule).items()}
            rows.append({"id": number, "matched": count.matched, "applied": count.applied, **told})
        return rows

    def take(self, deployment: str, method: str, path: str) -> tuple[int, Fault] | None:
        """The rule that applies to a request, with its number; counts the request."""
        if not is_between_jpds(path):
            self._tally["calls"] += 1
        for number, rule in self._rules.items():
            if rule.matches(deployment, method, path) and self._applies(number, rule):
                return number, rule
        return None

    def _applies(self, number: int, rule: Fault) -> bool:
        count = self._counts.get(number) or Count()
        turn = count.matched + 1 - rule.after
        due = turn > 0 and (rule.times == 0 or turn <= rule.times) and self.calls >= rule.from_call
        if due and rule.probability < 1:
            due = self._chance(number, rule).random() < rule.probability
        self._counts.put(number, Count(count.matched + 1, count.applied + due))
        return due

    def _chance(self, number: int, rule: Fault) -> random.Random:
        if number not in self._chances:
            self._chances[number] = random.Random(rule.seed)  # noqa: S311 - a reproducible test, no secret
        return self._chances[number]


def is_between_jpds(path: str) -> bool:
    """Whether only JPDs ask each other for this path."""
    return path.startswith(_PEER_PATHS)


def camel(name: str) -> str:
    """The JSON form of a field's name."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def _parsed(raw: Mapping[str, Any]) -> Fault:
    known = {camel(name): name for name in Fault.__dataclass_fields__}
    unknown = sorted(set(raw) - set(known))
    if unknown:
        raise BadRule(f"unknown fields: {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    values = {known[name]: value for name, value in raw.items()}
    for name, value in values.items():
        default = getattr(Fault(), name)
        if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            values[name] = float(value)
        elif not isinstance(value, type(default)) or (isinstance(value, bool) != isinstance(default, bool)):
            raise BadRule(f"{camel(name)} must be of type {type(default).__name__}")
    if any(not isinstance(value, str) for value in values.get("headers", {}).values()):
        raise BadRule("headers must be strings")
    return Fault(**values)
