"""Rows to the answer: which fields are shown, in which order, and which part of the list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from jpd_sim.aql.criteria import BadCriteria, Criteria
from jpd_sim.aql.grammar import Object, Query, SyntaxProblem, parse
from jpd_sim.aql.items import DEFAULT_FIELDS, FIELDS, NUMBERS, Row, rows
from jpd_sim.state.deployment import Deployment

_ALL_PROPERTIES = frozenset({"property", "property.*", "@*"})


class BadQuery(Exception):
    """A query that cannot be answered; the message says why."""


def answer(deployment: Deployment, text: str) -> dict[str, Any]:
    """The results of a query and which part of all results they are; BadQuery otherwise."""
    try:
        query = parse(text)
        return _answer(deployment, query)
    except (SyntaxProblem, BadCriteria) as error:
        raise BadQuery(str(error)) from error


def _answer(deployment: Deployment, query: Query) -> dict[str, Any]:
    passes = Criteria(deployment.now_ms()).of(query)
    fields, properties = _shown(query.include)
    found = [row for row in rows(deployment) if passes(row)]
    if query.sort is not None:
        found = _sorted(found, query.sort, fields)
    if query.offset < 0 or (query.limit is not None and query.limit < 0):
        raise BadCriteria("offset and limit must not be negative")
    last = None if query.limit is None else query.offset + query.limit
    part = [_result(row, fields, properties) for row in found[query.offset : last]]
    span: dict[str, int] = {"start_pos": query.offset, "end_pos": query.offset + len(part), "total": len(part)}
    if query.limit is not None:
        span["limit"] = query.limit
    return {"results": part, "range": span}


def _shown(include: Iterable[str]) -> tuple[tuple[str, ...], Callable[[str], bool] | None]:
    """The item's fields, and which properties are shown; None means no property."""
    fields: list[str] = []
    names: set[str] = set()
    for name in include:
        if name in {"*", "item.*"}:
            fields += FIELDS
        elif name in _ALL_PROPERTIES or name in {"property.key", "property.value"}:
            names.add("*")
        elif name.startswith("@"):
            names.add(name[1:])
        elif name in FIELDS:
            fields.append(name)
        else:
            raise BadCriteria(f"Unknown field: {name}")
    shown = tuple(dict.fromkeys(fields)) or DEFAULT_FIELDS
    return shown, (lambda name: "*" in names or name in names) if names else None


def _sorted(found: list[Row], order: Object, fields: tuple[str, ...]) -> list[Row]:
    if len(order.pairs) != 1 or order.pairs[0][0] not in {"$asc", "$desc"}:
        raise BadCriteria('sort needs one object such as {"$asc":["name"]}')
    direction, names = order.pairs[0]
    if not isinstance(names, list) or not names:
        raise BadCriteria(f"{direction} needs a list of fields")
    wanted = [name for name in names if isinstance(name, str)]
    if len(wanted) != len(names) or not set(wanted) <= set(fields):
        raise BadCriteria(
            f"Only the following result fields are allowed to use in the sort section : [{', '.join(fields)}]"
        )
    return sorted(found, key=lambda row: [_key(row, name) for name in wanted], reverse=direction == "$desc")


def _key(row: Row, field: str) -> tuple[float, str]:
    text = FIELDS[field](row)
    return (float(text), "") if field in NUMBERS else (0.0, text)


def _result(row: Row, fields: tuple[str, ...], properties: Callable[[str], bool] | None) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name in fields:
        text = FIELDS[name](row)
        if text or name not in {"original_md5", "actual_md5", "original_sha1", "actual_sha1", "sha256"}:
            result[name] = int(text) if name in NUMBERS else text
    if properties is not None:
        pairs = [{"key": key, "value": value} for key, value in row.properties if properties(key)]
        if pairs:
            result["properties"] = pairs
    return result
