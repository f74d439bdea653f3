"""Changes a few values of a system.yaml and leaves every other byte as it is.

Rule 1: a change is a splice of the text at the place of one node; nothing is dumped.
Rule 2: after each splice the new text is parsed again. It must hold the new value, and everything else must mean what
        it meant before. Where two ways of writing are possible the first that passes is taken; where none passes, the
        file is refused.
Rule 3: what is shared with other parts of the file (anchors, aliases, merge keys on the way to our keys) is refused:
        a change would reach farther than it shows.
Rule 4: removing a key removes its lines, and the parents that hold nothing else, whoever wrote them: an empty `router:`
        says nothing to the product. Comments around the removed lines stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import splicing
from .document import Document, Node, RefusedFile, parse
from .rendering import Path, Text

__all__ = ["Path", "Value", "merge"]

Value = Text | None
"""What a key shall hold: text, a list of texts, or None for "not there"."""

_NOT_UNDERSTOOD = "the file is laid out in a way that cannot be changed safely"


def merge(text: str, changes: Mapping[Path, Value]) -> str:
    """The text with the changes applied, one after the other; the same text if it holds them already.

    Raises:
        RefusedFile: The file does not parse, or our keys cannot be changed without touching others.
    """
    # What is removed comes last: a parent that would be empty in between would lose its place and its comments.
    for path, value in sorted(changes.items(), key=lambda change: change[1] is None):
        document = parse(text)
        _refuse_what_is_shared(document, path)
        if _holds(document, path, value):
            continue
        text = _first_that_passes(document, path, value)
    return text


def _first_that_passes(document: Document, path: Path, value: Value) -> str:
    writings = splicing.removals(document, path) if value is None else splicing.settings(document, path, value)
    for candidate in writings:
        if _passes(document, candidate, path, value):
            return candidate
    node = _deepest(document, path)
    raise RefusedFile(
        f"{_NOT_UNDERSTOOD} ('{'.'.join(path)}')",
        line=node.line if node else None,
        hint="Write that part in the usual form, one key on a line; nothing was changed.",
    )


def _holds(document: Document, path: Path, value: Value) -> bool:
    node = document.get(*path)
    if node is None or value is None:
        return node is None and value is None
    if isinstance(value, str):
        return node.kind == "scalar" and node.text == value and not node.null
    return node.kind == "list" and [item.text for item in node.items if item.kind == "scalar"] == list(value)


def _passes(before: Document, candidate: str, path: Path, value: Value) -> bool:
    try:
        after = parse(candidate)
    except RefusedFile:
        return False
    return _holds(after, path, value) and _meaning(after.root, path) == _meaning(before.root, path)


def _meaning(node: Node | None, without: Path) -> Any:
    """What a tree says, without the value at a path and without parents that hold nothing else.

    An alias counts as its name, so the size stays that of the file.
    """
    if node is None or node.null:
        return None
    if node.kind in ("scalar", "alias"):
        return node.kind, node.tag, node.anchor, node.text, node.style == ""
    if node.kind == "list":
        return node.tag, node.anchor, [_meaning(item, ()) for item in node.items]
    meaning = {}
    for key, value in node.entries:
        on_the_way = bool(without) and key.kind == "scalar" and key.text == without[0]
        if on_the_way and len(without) == 1:
            continue
        said = _meaning(value, without[1:] if on_the_way else ())
        if not (on_the_way and said is None):
            meaning[repr(_meaning(key, ()))] = said
    return (node.tag, node.anchor, meaning) if meaning or not without else None


def _refuse_what_is_shared(document: Document, path: Path) -> None:
    node = document.root
    for depth, name in enumerate((*path, "")):
        if node is None:
            return
        where = ".".join(path[:depth]) or "the top of the file"
        if node.kind == "alias" or node.anchor:
            raise RefusedFile(
                f"{where} is shared with another part of the file by an anchor or alias",
                line=node.line,
                hint="Write its values out; a change here would change the other part too.",
            )
        if node.kind == "list":
            for item in node.items:
                if item.kind == "alias" or item.anchor:
                    raise RefusedFile(
                        f"an entry of {where} is shared with another part of the file by an anchor or alias",
                        line=item.line,
                        hint="Write the entry out.",
                    )
        merged = node.entry("<<") if node.kind == "map" else None
        if merged is not None:
            raise RefusedFile(
                f"{where} takes keys from another part of the file by a merge key (<<)",
                line=merged[0].line,
                hint="Write its keys out; what they are could not be told apart otherwise.",
            )
        entry = node.entry(name) if depth < len(path) else None
        if entry is not None and entry[0].anchor:
            raise RefusedFile(f"the key '{name}' carries an anchor", line=entry[0].line)
        node = entry[1] if entry else None


def _deepest(document: Document, path: Path) -> Node | None:
    for length in range(len(path), 0, -1):
        node = document.get(*path[:length])
        if node is not None:
            return node
    return None
