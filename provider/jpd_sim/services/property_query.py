"""Properties as they stand in a query (rows A8 and A9).

`k=v1,v2;k2=v3`, with `|` as well as `;` between properties. A backslash (`%5C`) takes the meaning of the sign after it.
Of the separators only the comma loses its meaning by being percent-encoded: clients escape the comma inside a value,
and some escape the whole query (9.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from jpd_sim.services.replies import ProductError
from jpd_sim.services.routing import Call

_SIGNS = ",;|=\\"
_BAD_IN_NAME = re.compile(r"[)(}{\]\[*+^$\\/~`!@#%&<>;=,±§\s]")

Token = tuple[str, bool]
"""A character, and whether it separates."""


def properties_to_set(call: Call) -> dict[str, tuple[str, ...]]:
    """The properties of A8; 400 when there are none or one is malformed."""
    properties: dict[str, tuple[str, ...]] = {}
    for pair in _split(_query(call), ";|"):
        name, equals, values = _partition(pair)
        if not equals:
            raise ProductError(400, f"Invalid property: '{name}' has no value")
        properties[check_name(name)] = tuple(_text(value) for value in _split(values, ",")) or ("",)
    if not properties:
        raise ProductError(400, "The query parameter properties is missing or empty")
    return properties


def properties_to_delete(call: Call) -> set[str]:
    """The names of A9; 400 when there are none."""
    names = {_text(name) for name in _split(_query(call), ",")}
    if not names:
        raise ProductError(400, "The query parameter properties is missing or empty")
    return names


def properties_to_show(call: Call) -> set[str]:
    """The names of A7; none means all."""
    return {_text(name) for name in _split(_query(call), ",")}


def check_name(name: str) -> str:
    """Refuse a name that the product refuses (JFrog, "Properties": special characters; a letter comes first)."""
    if not name or not name[0].isalpha() or _BAD_IN_NAME.search(name):
        raise ProductError(400, f"Invalid property name: '{name}'")
    return name


def _query(call: Call) -> list[Token]:
    raw = call.request.scope["query_string"].decode("latin-1")
    found = re.search(r"(?:^|&)properties=([^&]*)", raw)
    return list(_tokens(found.group(1))) if found else []


def _tokens(raw: str) -> Iterator[Token]:
    characters = list(_characters(raw))
    position = 0
    while position < len(characters):
        character, encoded = characters[position]
        following = characters[position + 1][0] if position + 1 < len(characters) else ""
        if character == "\\" and following and following in _SIGNS:
            yield following, False
            position += 2
            continue
        yield character, character in _SIGNS and not (character == "," and encoded)
        position += 1


def _characters(raw: str) -> Iterator[Token]:
    """Each character, and whether it was percent-encoded."""
    for piece in re.findall(r"(?:%[0-9A-Fa-f]{2})+|.", raw, re.DOTALL):
        if len(piece) > 1:
            yield from ((character, True) for character in unquote(piece))
        else:
            yield " " if piece == "+" else piece, False


def _split(tokens: list[Token], separators: str) -> list[list[Token]]:
    """Parts between separators, without empty ones."""
    parts: list[list[Token]] = [[]]
    for character, separates in tokens:
        if separates and character in separators:
            parts.append([])
        else:
            parts[-1].append((character, separates))
    return [part for part in parts if part]


def _partition(pair: list[Token]) -> tuple[str, bool, list[Token]]:
    for position, token in enumerate(pair):
        if token == ("=", True):
            return _text(pair[:position]), True, pair[position + 1 :]
    return _text(pair), False, []


def _text(tokens: list[Token]) -> str:
    return "".join(character for character, _ in tokens)
