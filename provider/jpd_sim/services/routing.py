"""Routes of one service, with the right that each needs and the contract row that it imitates.

A table of our own instead of Starlette's router, because a simulator must also answer three questions: which service
an unknown request was meant for, which routes come close to it, and which row of the contract a handler stands for.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from starlette.requests import Request
from starlette.responses import Response

from jpd_sim.services.authentication import Principal
from jpd_sim.services.replies import Envelope, ProductError


class Right(Enum):
    """Who may call a route."""

    ANYONE = "anyone"
    USER = "user"
    ADMIN = "admin"
    PEER = "peer"


@dataclass(frozen=True)
class Call:
    """One request on its way into a handler."""

    request: Request
    principal: Principal
    parameters: dict[str, str]

    def query(self, name: str) -> str | None:
        """A query parameter; empty counts as absent, as clients send empty filters (11.1)."""
        return self.request.query_params.get(name) or None


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True)
class Route:
    """One method and path of a service. `{name}` is one segment, `{name:path}` the rest.

    `{name:repository}` is a segment that can name a repository, which `api` cannot.
    """

    method: str
    path: str
    handler: Handler
    right: Right
    row: str
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        source = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        source = re.sub(r"\\\{(\w+):repository\\\}", r"(?P<\1>(?!api/)[^/]+)", source)
        source = re.sub(r"\\\{(\w+):path\\\}", r"(?P<\1>.*)", source)
        object.__setattr__(self, "pattern", re.compile(source, re.DOTALL))


@dataclass(frozen=True)
class Match:
    """The route that a request found, with the values in its path."""

    route: Route
    parameters: dict[str, str]


class Service:
    """All routes below one context of the router, for example `/artifactory`."""

    def __init__(self, context: str, envelope: Envelope, routes: Iterable[Route]) -> None:
        self.context = context
        self.envelope = envelope
        self.routes = tuple(routes)
        self._by_start = _by_start(self.routes)

    def find(self, method: str, path: str) -> Match:
        """The route of a request; ProductError 404 or 405 when there is none."""
        for candidate in (path, path.rstrip("/")):
            for route in self._candidates(method, candidate):
                found = route.pattern.fullmatch(candidate)
                if found is not None:
                    return Match(route, found.groupdict())
        others = sorted({route.method for route in self.routes if route.pattern.fullmatch(path.rstrip("/"))})
        if others:
            raise ProductError(405, f"Method Not Allowed, allowed: {', '.join(others)}")
        raise ProductError(404, "Not Found")

    def near_misses(self, method: str, path: str) -> list[str]:
        """The known routes that look most like a request that found none."""
        known = {
            f"{route.method} /{self.context}{route.path}" for route in self.routes if route.right is not Right.PEER
        }
        return difflib.get_close_matches(f"{method} /{self.context}{path}", sorted(known), n=3, cutoff=0.4)

    def _candidates(self, method: str, path: str) -> Iterable[Route]:
        start = _start(path)
        for each in ("HEAD", "GET") if method == "HEAD" else (method,):
            routes = self._by_start.get((each, start))
            yield from self._by_start.get((each, _ANY), ()) if routes is None else routes


_ANY = ""


def _start(path: str) -> str:
    """The first two segments of a path, which tell most routes apart."""
    return "/".join(path.split("/", 3)[:3])


def _by_start(routes: Sequence[Route]) -> dict[tuple[str, str], list[Route]]:
    """The routes that a path can mean, by method and start: those with that start and those with a variable in it.

    Each list keeps the order of the table, in which the first match counts.
    """
    starts = {(route.method, _start(route.path)) for route in routes if "{" not in _start(route.path)}
    variable = {route.method for route in routes}
    return {
        (method, start): [
            route
            for route in routes
            if route.method == method and ("{" in _start(route.path) or _start(route.path) == start)
        ]
        for method, start in (*starts, *((method, _ANY) for method in variable))
    }
