"""Ways to write or remove one value: each yields a whole new text, the most natural first.

Nothing here is trusted: `merge` takes the first text that passes its checks. A layout that was not thought of leads to
a refusal, never to a broken file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .document import Document, Node, RefusedFile
from .rendering import Path, Text, block, flow, flow_entry, scalar

__all__ = ["removals", "settings"]


def settings(document: Document, path: Path, value: Text) -> Iterator[str]:
    """Texts with the value at the path."""
    node = document.root
    if node is None:
        yield from _inserted(document, document.end, 0, path, value)
        return
    for depth, name in enumerate(path):
        if node.kind != "map":
            raise RefusedFile(f"'{'.'.join(path[:depth])}' is not a mapping of keys", line=node.line)
        entry = node.entry(name)
        if entry is None:
            yield from _entry_added(document, node, path[depth:], value)
            return
        rest = path[depth + 1 :]
        if not rest:
            yield from _replaced(document, entry, value)
        elif entry[1].null:
            yield from _child_added(document, entry, rest, value)
            return
        node = entry[1]


def removals(document: Document, path: Path) -> Iterator[str]:
    """Texts without the key at the path, and without the parents that hold nothing else."""
    parents = [document.root, *(document.get(*path[:depth]) for depth in range(1, len(path)))]
    depth = len(path) - 1
    while depth > 0 and (holder := parents[depth]) is not None and len(holder.entries) == 1:
        depth -= 1
    parent = parents[depth]
    entry = parent.entry(path[depth]) if parent else None
    if parent is None or entry is None:
        return
    if parent.flow:
        yield _taken_from_braces(document, parent, entry)
    else:
        yield from _lines_removed(document, entry)


def _replaced(document: Document, entry: tuple[Node, Node], value: Text) -> Iterator[str]:
    key, old = entry
    colon = _after_colon(document, key)
    if isinstance(value, str):
        gap = " " if old.start == colon else ""
        yield _splice(document, old.start, old.end, gap + scalar(value, old.style))
        # The old value stands on lines of its own, such as a list where a text is due.
        yield _splice(document, colon, old.end, f" {scalar(value)}")
        return
    if old.kind == "list" and not old.flow and all(item.kind == "scalar" for item in old.items):
        yield _items_changed(document, old, value)
    if old.kind == "list" and old.flow:
        yield _splice(document, old.start, old.end, flow(value))
    indent = " " * (document.column(key) + _step(document))
    lines = "".join(f"{document.newline}{indent}- {scalar(item)}" for item in value)
    yield _splice(document, colon, old.end, lines)
    yield _splice(document, colon, old.end, f" {flow(value)}")


def _items_changed(document: Document, old: Node, value: Sequence[str]) -> str:
    """Entries that stay keep their lines, and comments between entries stay where they are.

    Each new entry stands behind the one that it follows in `value`; where the order of entries that stay is another one
    than in the file, the lines are written anew.
    """
    new = _Items(document, old)
    stay = [text for text in new.present if text in value]
    lines = list(new.woven(value) if stay == [text for text in value if text in stay] else new.fresh(value))
    begin, end = document.line_start(old.items[0].start), document.line_end(old.items[-1].end)
    joined = "".join(line if line.endswith("\n") else line + document.newline for line in lines)
    complete = document.text[begin:end].endswith("\n")
    return _splice(document, begin, end, joined if complete else joined.removesuffix(document.newline))


class _Items:
    """The lines of a block list."""

    def __init__(self, document: Document, old: Node) -> None:
        self._document = document
        self._old = old
        self.present = list(dict.fromkeys(item.text for item in old.items))

    def fresh(self, value: Sequence[str]) -> Iterator[str]:
        """One new line for each entry."""
        indent = " " * self._document.column(self._old)
        for text in value:
            yield f"{indent}- {scalar(text, self._old.items[0].style)}{self._document.newline}"

    def woven(self, value: Sequence[str]) -> Iterator[str]:
        """The old lines as far as they stay, with new ones between."""
        document, coming = self._document, list(value)
        place = document.line_start(self._old.items[0].start)
        for item in self._old.items:
            start, end = document.line_start(item.start), document.line_end(item.end)
            if place < start:
                yield document.text[place:start]
            place = end
            if item.text in coming:
                position = coming.index(item.text)
                yield from self.fresh(coming[:position])
                yield document.text[start:end]
                coming = coming[position + 1 :]
        yield from self.fresh(coming)


def _entry_added(document: Document, parent: Node, path: Path, value: Text) -> Iterator[str]:
    if parent.flow:
        inner = flow_entry(path, value)
        if parent.entries:
            place = _end(parent.entries[-1])
            yield _splice(document, place, place, f", {inner}")
        else:
            place = document.text.index("{", parent.start) + 1
            yield _splice(document, place, place, inner)
        return
    column = document.column(parent)
    places = [
        *([document.end] if parent is document.root else []),
        document.line_end(parent.end),
        document.line_end(parent.outer_end - 1),
        # Behind an open text (`|` at the end of the file) every line would become part of it.
        document.line_start(parent.entries[0][0].start),
    ]
    for place in dict.fromkeys(places):
        yield from _inserted(document, place, column, path, value)


def _child_added(document: Document, entry: tuple[Node, Node], path: Path, value: Text) -> Iterator[str]:
    """Below a key that has no value yet."""
    key, old = entry
    if old.empty:
        column = document.column(key) + _step(document)
        yield from _inserted(document, document.line_end(key.end), column, path, value)
    yield _splice(document, _after_colon(document, key), old.end, f" {{{flow_entry(path, value)}}}")


def _inserted(document: Document, place: int, column: int, path: Path, value: Text) -> Iterator[str]:
    """Lines put between two lines. A file without a final line break stays one."""
    newline = document.newline
    lines = newline.join(block(path, value, column=column, step=_step(document))) + newline
    if place == 0 and document.text.startswith("\ufeff"):
        place = 1
    if place > 0 and document.text[place - 1] not in "\n\ufeff":
        lines = newline + lines
        if place == len(document.text):
            lines = lines.removesuffix(newline)
    yield _splice(document, place, place, lines)


def _lines_removed(document: Document, entry: tuple[Node, Node]) -> Iterator[str]:
    key = entry[0]
    start, end = document.line_start(key.start), document.line_end(_end(entry))
    if document.text[start : key.start].strip("\ufeff "):
        return
    if start == 0 and document.text.startswith("\ufeff"):
        start = 1
    if end == len(document.text) and not document.text.endswith("\n") and start > 1:
        # The file had no final line break, so the line before becomes its last one.
        yield _splice(document, start - len(document.newline), end, "")
    yield _splice(document, start, end, "")
    # Before an end mark (`...`) something has to stand.
    yield _splice(document, start, end, f"{{}}{document.newline}")


def _taken_from_braces(document: Document, parent: Node, entry: tuple[Node, Node]) -> str:
    place = parent.entries.index(entry)
    if place + 1 < len(parent.entries):
        return _splice(document, entry[0].start, parent.entries[place + 1][0].start, "")
    if place > 0:
        return _splice(document, _end(parent.entries[place - 1]), _end(entry), "")
    trailing = re.match(r"\s*,", document.text[_end(entry) :])
    return _splice(document, entry[0].start, _end(entry) + (trailing.end() if trailing else 0), "")


def _splice(document: Document, start: int, end: int, text: str) -> str:
    return document.text[:start] + text + document.text[end:]


def _end(entry: tuple[Node, Node]) -> int:
    return max(entry[0].end, entry[1].end)


def _after_colon(document: Document, key: Node) -> int:
    return document.text.index(":", key.end) + 1


def _step(document: Document) -> int:
    """How many blanks this file uses for one level."""
    for key, value in document.root.entries if document.root is not None else ():
        if value.kind == "map" and not value.flow and value.entries:
            return max(1, document.column(value) - document.column(key))
    return 2
