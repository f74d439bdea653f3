"""One call of the control plane, declared once, for the check of bodies, for the OpenAPI document and for the page."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["string", "number", "integer", "boolean", "object", "array"]

_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


class ControlRefusal(Exception):
    """A call that cannot be carried out. Becomes `{"error": message}`, with `errors` when there are several."""

    def __init__(self, status: int, message: str, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors or []


@dataclass(frozen=True)
class Field:
    """One field of a body, or one query parameter."""

    name: str
    kind: Kind
    text: str
    required: bool = False

    def check(self, value: object) -> None:
        """Refuse a value of another kind."""
        right = isinstance(value, _PYTHON[self.kind]) and (self.kind == "boolean" or not isinstance(value, bool))
        if not right:
            raise ControlRefusal(400, f"{self.name} must be of type {self.kind}")


@dataclass(frozen=True)
class ControlCall:
    """One call on its way into a handler; `body` is checked."""

    parameters: Mapping[str, Any]
    query: Mapping[str, str]
    raw: bytes
    body: Mapping[str, Any]

    def flag(self, name: str, *, default: bool) -> bool:
        """A query parameter that is true or false."""
        return {"true": True, "false": False}.get(self.query.get(name, ""), default)


Handler = Callable[[ControlCall], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Operation:
    """Method, path and handler, and what a body may hold."""

    method: str
    path: str
    handler: Handler
    group: str
    body: tuple[Field, ...] = ()
    query: tuple[Field, ...] = ()
    document: str = ""
    """Set when the body is not an object with these fields but a text; says what it is."""
    status: int = 200
    example: Mapping[str, Any] | str = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The first line of the handler's documentation."""
        return (self.handler.__doc__ or "").partition("\n")[0]

    @property
    def name(self) -> str:
        """A unique name."""
        return self.handler.__name__

    def parse(self, raw: bytes) -> dict[str, Any]:
        """The body as an object whose fields are known and of the right kind."""
        if self.document:
            return {}
        try:
            body = json.loads(raw or b"{}")
        except (ValueError, RecursionError) as error:
            raise ControlRefusal(400, f"the body is not valid JSON: {error}") from error
        if not isinstance(body, dict):
            raise ControlRefusal(400, "the body must be a JSON object")
        known = {each.name: each for each in self.body}
        unknown = sorted(set(body) - set(known))
        if unknown:
            told = ", ".join(sorted(known)) or "none"
            raise ControlRefusal(400, f"unknown fields: {', '.join(unknown)}; known are {told}")
        for name, value in body.items():
            known[name].check(value)
        missing = [each.name for each in self.body if each.required and each.name not in body]
        if missing:
            raise ControlRefusal(400, f"missing fields: {', '.join(missing)}")
        return body
