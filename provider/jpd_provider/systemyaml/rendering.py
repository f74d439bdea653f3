"""How our own values look in a system.yaml: in the style that is there, else as JFrog's pages show them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

__all__ = ["Path", "Text", "block", "flow", "flow_entry", "scalar"]

Path = tuple[str, ...]
Text = str | Sequence[str]
"""A text, or a list of texts."""

_PLAIN = re.compile(r"https?://[a-z0-9.-]+(:\d+)?|[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+|\d+\.\d+\.\d+\.\d+")
# What no YAML version reads as anything but text, with or without brackets around.

_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def block(path: Path, value: Text, *, column: int, step: int) -> Iterator[str]:
    """The lines of a value below its keys, from a column on, each level a step deeper."""
    for depth, name in enumerate(path[:-1]):
        yield f"{' ' * (column + depth * step)}{name}:"
    column += (len(path) - 1) * step
    if isinstance(value, str):
        yield f"{' ' * column}{path[-1]}: {scalar(value)}"
        return
    yield f"{' ' * column}{path[-1]}:"
    for item in value:
        yield f"{' ' * (column + step)}- {scalar(item)}"


def flow(value: Text) -> str:
    """A value in one line."""
    return scalar(value) if isinstance(value, str) else f"[{', '.join(scalar(item) for item in value)}]"


def flow_entry(path: Path, value: Text) -> str:
    """A value below its keys, in one line."""
    opening = "".join(f"{name}: {{" for name in path[:-1])
    return f"{opening}{path[-1]}: {flow(value)}{'}' * (len(path) - 1)}"


def scalar(text: str, style: str = '"') -> str:
    """A text in the style that its predecessor had where that is safe, else in double quotes."""
    if not style and _PLAIN.fullmatch(text):
        return text
    if style == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    # JSON's strings are YAML's double-quoted ones, up to some characters that YAML wants escaped.
    return _ESCAPED.sub(lambda match: f"\\u{ord(match.group()):04x}", json.dumps(text, ensure_ascii=False))
