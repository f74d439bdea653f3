"""Text to query: the grammar, and the tree that it yields.

AQL is not JSON: a key may repeat in one object and every occurrence counts, so objects are lists of pairs here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError

_GRAMMAR = r"""
    query: "items" "." "find" "(" [object ("," object)*] ")" modifier*
    ?modifier: include | sort | offset | limit
    include: "." "include" "(" string ("," string)* ")"
    sort: "." "sort" "(" object ")"
    offset: "." "offset" "(" SIGNED_INT ")"
    limit: "." "limit" "(" SIGNED_INT ")"

    ?value: object | array | string | number | literal
    object: "{" [pair ("," pair)*] "}"
    pair: string ":" value
    array: "[" [value ("," value)*] "]"
    string: ESCAPED_STRING | SINGLE_QUOTED
    number: SIGNED_NUMBER
    !literal: "true" | "false" | "null"

    SINGLE_QUOTED: /'(\\.|[^'\\])*'/
    %import common.ESCAPED_STRING
    %import common.SIGNED_INT
    %import common.SIGNED_NUMBER
    %import common.WS
    %ignore WS
"""

_EXCERPT = 1_000
"""Our choice: enough of a query to find the place."""

Value: TypeAlias = "str | Object | list[Value]"


@dataclass(frozen=True)
class Object:
    """An object with its pairs in order, repeated keys included."""

    pairs: tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class Query:
    """A parsed query. The criteria are those of `find`, joined by AND."""

    criteria: tuple[Object, ...]
    include: tuple[str, ...] = ()
    sort: Object | None = None
    offset: int = 0
    limit: int | None = None


class SyntaxProblem(Exception):
    """The text is no query; the message is the product's, the rest of the text from where it stopped making sense."""


def parse(text: str) -> Query:
    """The query of a text; SyntaxProblem when it is none."""
    try:
        return _Tree().transform(_parser().parse(text))
    except UnexpectedInput as error:
        # The end of the text has no position; what is missing there concerns all of it.
        raise _problem(text, text[max(error.pos_in_stream or 0, 0) :]) from error
    except (RecursionError, VisitError) as error:
        raise _problem(text, "nested too deeply") from error


def _problem(text: str, near: str) -> SyntaxProblem:
    return SyntaxProblem(
        f"Failed to parse query: {_excerpt(text)}, it looks like there is syntax error near the following sub-query: "
        f"{_excerpt(near)}"
    )


def _excerpt(text: str) -> str:
    stripped = text.strip()
    return stripped if len(stripped) <= _EXCERPT else f"{stripped[:_EXCERPT]}..."


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, start="query", parser="lalr")


@v_args(inline=True)
class _Tree(Transformer[Token, Query]):
    """Turns the parser's nodes into the classes above, from the leaves up."""

    def query(self, *parts: Object | tuple[str, object] | None) -> Query:
        criteria = tuple(part for part in parts if isinstance(part, Object))
        modifiers = dict(part for part in parts if isinstance(part, tuple))
        return Query(criteria, **modifiers)  # type: ignore[arg-type]  # each modifier names its own field

    def include(self, *names: str) -> tuple[str, tuple[str, ...]]:
        return "include", names

    def sort(self, order: Object) -> tuple[str, Object]:
        return "sort", order

    def offset(self, number: Token) -> tuple[str, int]:
        return "offset", int(number)

    def limit(self, number: Token) -> tuple[str, int]:
        return "limit", int(number)

    def object(self, *pairs: tuple[str, Value] | None) -> Object:
        return Object(tuple(pair for pair in pairs if pair is not None))

    def pair(self, key: str, value: Value) -> tuple[str, Value]:
        return key, value

    def array(self, *values: Value | None) -> list[Value]:
        return [value for value in values if value is not None]

    def string(self, token: Token) -> str:
        body = str(token)[1:-1]
        return _unescaped(body)

    def number(self, token: Token) -> str:
        return str(token)

    def literal(self, token: Token) -> str:
        return str(token)


def _unescaped(body: str) -> str:
    characters = iter(body)
    named = {"n": "\n", "t": "\t", "r": "\r"}
    return "".join(
        named.get(following := next(characters, ""), following) if character == "\\" else character
        for character in characters
    )
