"""One system.yaml as text, and as a tree whose every node knows its place in that text.

Rule 1: the text is the truth. The YAML library parses and validates; it never writes (its output may reformat).
Rule 2: a file that cannot be understood completely is refused before anything changes.
Rule 3: messages give the line and the reason, never a piece of the file: the file holds keys and passwords.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    StreamStartEvent,
)

from jpd_provider.errors import UserError

__all__ = ["SIZE_LIMIT", "Document", "Node", "RefusedFile", "decode", "parse"]

SIZE_LIMIT = 5 * 1024 * 1024
"""Bytes. The product's full template is far below 100 KB, so a larger file is no system.yaml. Our choice."""


class RefusedFile(UserError):
    """A system.yaml that we do not touch, and why. Nothing has been changed."""

    def __init__(self, reason: str, *, line: int | None = None, hint: str = "") -> None:
        where = f"line {line}: " if line else ""
        super().__init__(f"{where}{reason}.", hint=hint)
        self.reason = reason
        self.line = line


@dataclasses.dataclass
class Node:
    """One value and where its text begins and ends (without trailing blanks, comments and line breaks)."""

    kind: Literal["scalar", "map", "list", "alias"]
    start: int
    end: int
    line: int
    text: str = ""
    """The value of a scalar, or the name of an alias."""

    style: str = ""
    """How a scalar is written: "" plain, or one of `'`, `"`, `|`, `>`."""

    tag: str = ""
    """An explicit tag, or ""."""

    anchor: str = ""
    flow: bool = False
    """Whether a collection is written in brackets or braces."""

    outer_end: int = 0
    """Where the text of a block scalar ends with the empty lines that may belong to it; else the same as `end`."""

    entries: list[tuple[Node, Node]] = dataclasses.field(default_factory=list)
    items: list[Node] = dataclasses.field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing is written here: `router:` with no value."""
        return self.kind == "scalar" and self.start == self.end

    @property
    def null(self) -> bool:
        """Whether this is no value: nothing at all, `~` or `null`."""
        return (
            self.kind == "scalar" and not self.style and not self.tag and self.text in ("", "~", "null", "Null", "NULL")
        )

    def entry(self, name: str) -> tuple[Node, Node] | None:
        """Key and value of that name in a mapping."""
        for key, value in self.entries:
            if key.kind == "scalar" and key.text == name:
                return key, value
        return None


@dataclasses.dataclass(frozen=True)
class Document:
    """A parsed system.yaml."""

    text: str
    root: Node | None
    """The top mapping; None: the file has none yet (empty, or comments only)."""

    end: int
    """Where the document's text ends: the end of the file, or the line of its end marker `...`."""

    def get(self, *path: str) -> Node | None:
        """The value at a path; None: it is not there, or something on the way is no mapping."""
        node = self.root
        for name in path:
            entry = node.entry(name) if node is not None else None
            if entry is None:
                return None
            node = entry[1]
        return node

    def line_start(self, index: int) -> int:
        """Where the line of this place begins."""
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """Where the next line begins, or the end of the text."""
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1

    def column(self, node: Node) -> int:
        """How far a node is indented. A byte order mark does not count."""
        return len(self.text[self.line_start(node.start) : node.start].lstrip("\ufeff"))

    @property
    def newline(self) -> str:
        """The line break of this file: that of its first line."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"


def decode(content: bytes) -> str:
    """The text of a file. Byte order mark and line breaks stay as they are.

    Raises:
        RefusedFile: It is too large, or not UTF-8.
    """
    if len(content) > SIZE_LIMIT:
        raise RefusedFile(f"the file has {len(content)} bytes, more than {SIZE_LIMIT}; that is no system.yaml")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedFile("the file is not UTF-8 text") from None


def parse(text: str) -> Document:
    """The text with its tree.

    Raises:
        RefusedFile: It does not parse, has several documents, a key twice, or no mapping at the top.
    """
    try:
        document = _Builder(text).document()
    except MarkedYAMLError as error:
        raise _does_not_parse(text, error) from None
    except YAMLError:
        raise RefusedFile("the file has characters that YAML does not allow") from None
    except RecursionError:
        raise RefusedFile("the file is nested too deeply") from None
    if document.root is not None and document.root.kind != "map":
        raise RefusedFile("the file is YAML, but not a mapping of keys", line=document.root.line)
    return document


def _does_not_parse(text: str, error: MarkedYAMLError) -> RefusedFile:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark is not None else None
    lines = text.splitlines()
    if line is not None and line <= len(lines) and "\t" in lines[line - 1][: mark.column + 1]:
        return RefusedFile(
            "a tab is used for indentation, which YAML does not allow", line=line, hint="Replace the tab by blanks."
        )
    # The library's `problem` names a token; the excerpt of the file that it prints beside it stays out (rule 3).
    return RefusedFile(
        "the file does not parse as YAML", line=line, hint="Repair it, then run `pulumi up` again; nothing was changed."
    )


class _Builder:
    """Makes the tree from the parser's events, which know the place of everything, aliases included."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events: Iterator[Any] = iter(YAML(typ="safe", pure=True).parse(text))
        self._anchors: set[str] = set()

    def document(self) -> Document:
        self._next(StreamStartEvent)
        event = next(self._events)
        if not isinstance(event, DocumentStartEvent):
            return Document(self._text, None, len(self._text))
        root = self._node(next(self._events), None)
        closing = self._next(DocumentEndEvent)
        following = next(self._events)
        if isinstance(following, DocumentStartEvent):
            raise RefusedFile("the file holds several YAML documents", line=following.start_mark.line + 1)
        end = closing.start_mark.index if closing.explicit else len(self._text)
        return Document(self._text, None if root.empty and not root.tag else root, end)

    def _next(self, kind: type[Event]) -> Any:
        event = next(self._events)
        if not isinstance(event, kind):
            raise RefusedFile("the file does not parse as YAML")
        return event

    def _node(self, event: Any, key: Node | None) -> Node:
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            if event.anchor not in self._anchors:
                raise RefusedFile("an alias has no anchor before it", line=line)
            start, end = event.start_mark.index, event.end_mark.index
            return Node("alias", start, end, line, text=event.anchor, outer_end=end)
        if event.anchor:
            self._anchors.add(event.anchor)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, key, line)
        kind: Literal["map", "list"] = "map" if isinstance(event, MappingStartEvent) else "list"
        node = Node(kind, event.start_mark.index, 0, line, tag=_tag(event), anchor=event.anchor or "")
        node.flow = bool(event.flow_style)
        self._close(node, self._fill_list(node) if kind == "list" else self._fill_map(node))
        return node

    def _fill_list(self, node: Node) -> Any:
        while not hasattr(event := next(self._events), "anchor"):
            return event
        while True:
            node.items.append(self._node(event, None))
            event = next(self._events)
            if not hasattr(event, "anchor"):
                return event

    def _fill_map(self, node: Node) -> Any:
        seen: set[tuple[str, str]] = set()
        while True:
            event = next(self._events)
            if not hasattr(event, "anchor"):
                return event
            key = self._node(event, None)
            if key.kind == "scalar":
                if (key.tag, key.text) in seen:
                    raise RefusedFile("a key stands here for the second time in its mapping", line=key.line)
                seen.add((key.tag, key.text))
            node.entries.append((key, self._node(next(self._events), key)))

    def _close(self, node: Node, closing: Any) -> None:
        if node.flow:
            node.end = node.outer_end = closing.end_mark.index
            return
        # The end event of a block collection stands behind the comments that follow; its last child does not.
        last = node.items[-1] if node.items else node.entries[-1][1]
        node.end, node.outer_end = last.end, last.outer_end

    def _scalar(self, event: ScalarEvent, key: Node | None, line: int) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        style = event.style or ""
        if not style and not event.value:
            # The parser puts an empty value anywhere between its key and the next token; we want the colon.
            start = end = self._after_colon(key, start)
        outer_end = end
        if style and style in "|>":
            end = start + len(self._text[start:end].rstrip())
        return Node(
            "scalar",
            start,
            end,
            line,
            text=event.value,
            style=style,
            tag=_tag(event),
            anchor=event.anchor or "",
            outer_end=outer_end,
        )

    def _after_colon(self, key: Node | None, otherwise: int) -> int:
        if key is None:
            return otherwise
        index = key.end
        while index < len(self._text) and self._text[index] in " \t":
            index += 1
        return index + 1 if self._text[index : index + 1] == ":" else otherwise


def _tag(event: Any) -> str:
    return str(event.tag) if event.tag else ""
