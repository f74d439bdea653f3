"""Includes and excludes patterns of a repository: Ant patterns, comma separated (contract 1.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_TRANSLATION = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def accepts(settings: Mapping[str, Any], path: str) -> bool:
    """Whether a repository takes and serves a path."""
    included = _compiled(settings.get("includesPattern") or "**/*")
    excluded = _compiled(settings.get("excludesPattern") or "")
    return bool(included.fullmatch(path)) and not excluded.fullmatch(path)


@lru_cache(maxsize=1024)
def _compiled(patterns: str) -> re.Pattern[str]:
    parts = [part.strip().lstrip("/") for part in patterns.split(",")]
    sources = [_source(f"{part}**" if part.endswith("/") else part) for part in parts if part]
    # No pattern at all matches nothing, not everything.
    return re.compile("|".join(sources) or r"(?!)", re.DOTALL)


def _source(pattern: str) -> str:
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return "".join(_TRANSLATION.get(piece, re.escape(piece)) for piece in pieces)
