"""Criteria to a test of one row.

Rule 1: at the top and in `$and`, everything must hold. In an element of `$or`, one of several fields is enough.
Rule 2: a condition on `@key` holds when one value of that property passes; `$ne` and `$nmatch` hold when none would
        fail, so they hold without the property too.
Rule 3: `$msp` wants one single property value that passes all of its criteria.
Rule 4: a query that does not speak of `type` is about files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timezone

from jpd_sim.aql.grammar import Object, Query, Value
from jpd_sim.aql.items import FIELDS, NUMBERS, TIMES, Row
from jpd_sim.aql.wildcards import matches

Test = Callable[[Row], bool]
PairTest = Callable[[tuple[str, str]], bool]

_ORDER: dict[str, Callable[[float, float], bool]] = {
    "$gt": lambda left, right: left > right,
    "$gte": lambda left, right: left >= right,
    "$lt": lambda left, right: left < right,
    "$lte": lambda left, right: left <= right,
}
_NEGATED = {"$ne": "$eq", "$nmatch": "$match"}
_UNITS_MS = {
    "ms": 1, "mills": 1, "s": 1_000, "seconds": 1_000, "minutes": 60_000, "d": 86_400_000, "days": 86_400_000,
    "w": 604_800_000, "weeks": 604_800_000, "mo": 2_592_000_000, "months": 2_592_000_000,
    "y": 31_536_000_000, "years": 31_536_000_000,
}  # fmt: skip


class BadCriteria(Exception):
    """The query is well formed and says something that cannot be."""


class Criteria:
    """Builds the test; `now_ms` is the time on the JPD's clock, for `$before` and `$last`."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def of(self, query: Query) -> Test:
        """The test that a row must pass."""
        tests = [self._object(criteria, any_of=False) for criteria in query.criteria]
        if not any(_speaks_of_type(criteria) for criteria in query.criteria):
            tests.append(lambda row: not row.item.folder)
        return _all(tests)

    def _object(self, criteria: Value, *, any_of: bool) -> Test:
        if not isinstance(criteria, Object):
            raise BadCriteria("Criteria must be objects")
        tests = [self._pair(key, value) for key, value in criteria.pairs]
        return _any(tests) if any_of and tests else _all(tests)

    def _pair(self, key: str, value: Value) -> Test:
        if key in {"$and", "$or"}:
            tests = [self._object(each, any_of=key == "$or") for each in _list(key, value)]
            return _all(tests) if key == "$and" else _any(tests)
        if key == "$msp":
            return self._single_property(value)
        if key.startswith("@") or key in {"property.key", "property.value"}:
            return _all([_property_test(key, name, wanted) for name, wanted in _conditions(value)])
        if key not in FIELDS:
            raise BadCriteria(f"Unknown field: {key}")
        return _all([self._field_test(key, name, wanted) for name, wanted in _conditions(value)])

    def _field_test(self, field: str, operator: str, wanted: str) -> Test:
        if field == "type" and operator == "$eq" and wanted == "any":
            return _all([])
        if operator in {"$before", "$last"}:
            return self._relative(field, operator, wanted)
        if operator in _ORDER:
            return self._comparison(field, operator, wanted)
        read = FIELDS[field]
        if field in TIMES and operator in {"$eq", "$ne"}:
            moment, at = _moment(wanted), TIMES[field]
            return lambda row: (at(row) == moment) == (operator == "$eq")
        passes = _text_test(operator, wanted)
        return lambda row: passes(read(row))

    def _comparison(self, field: str, operator: str, wanted: str) -> Test:
        compare = _ORDER[operator]
        if field in TIMES:
            moment, at = _moment(wanted), TIMES[field]
            return lambda row: compare(at(row), moment)
        if field not in NUMBERS:
            raise BadCriteria(f"{operator} compares numbers and times, not {field}")
        number, read = _number(wanted), FIELDS[field]
        return lambda row: compare(float(read(row)), number)

    def _relative(self, field: str, operator: str, wanted: str) -> Test:
        found = re.fullmatch(r"(\d{1,9})\s*([a-z]+)", wanted.strip())
        if field not in TIMES or found is None or found.group(2) not in _UNITS_MS:
            raise BadCriteria(f"{operator} needs a time field and a duration such as 3d, not {field} and {wanted}")
        border = self._now_ms - int(found.group(1)) * _UNITS_MS[found.group(2)]
        at = TIMES[field]
        return lambda row: (at(row) < border) == (operator == "$before")

    def _single_property(self, value: Value) -> Test:
        tests = [
            _pair_test(key, operator, wanted)
            for each in _list("$msp", value)
            for key, condition in (each.pairs if isinstance(each, Object) else _no_object())
            for operator, wanted in _conditions(condition)
        ]
        return lambda row: any(all(test(pair) for test in tests) for pair in row.properties)


def _property_test(key: str, operator: str, wanted: str) -> Test:
    if operator in _NEGATED:
        positive = _pair_test(key, _NEGATED[operator], wanted)
        return lambda row: not any(positive(pair) for pair in row.properties)
    passes = _pair_test(key, operator, wanted)
    return lambda row: any(passes(pair) for pair in row.properties)


def _pair_test(key: str, operator: str, wanted: str) -> PairTest:
    """A test of one property value: `@name` its value, `@*` any value, `property.key` its name."""
    if operator in _ORDER:
        compare, border = _ORDER[operator], wanted
        passes: Callable[[str], bool] = lambda text: _compared(compare, text, border)  # noqa: E731 - one of two forms
    else:
        passes = _text_test(operator, wanted)
    if key == "property.key":
        return lambda pair: passes(pair[0])
    if key in {"property.value", "@*"}:
        return lambda pair: passes(pair[1])
    if not key.startswith("@"):
        raise BadCriteria(f"Not a property: {key}")
    return lambda pair: pair[0] == key[1:] and passes(pair[1])


def _compared(compare: Callable[[float, float], bool], text: str, border: str) -> bool:
    """Properties are text; numbers among them are compared as numbers, all others by their letters."""
    try:
        return compare(float(text), float(border))
    except ValueError:
        return compare((text > border) - (text < border), 0)


def _text_test(operator: str, wanted: str) -> Callable[[str], bool]:
    if operator in {"$match", "$nmatch"}:
        return lambda text: matches(wanted, text) == (operator == "$match")
    return lambda text: (text == wanted) == (operator == "$eq")


def _conditions(value: Value) -> list[tuple[str, str]]:
    """Operator and operand; a bare value means `$eq`."""
    if isinstance(value, str):
        return [("$eq", value)]
    if not isinstance(value, Object) or not value.pairs:
        raise BadCriteria("A condition is a value, or an object with an operator")
    found = []
    for operator, wanted in value.pairs:
        if operator not in {"$eq", "$ne", "$match", "$nmatch", "$before", "$last", *_ORDER}:
            raise BadCriteria(f"Unknown operator: {operator}")
        if not isinstance(wanted, str):
            raise BadCriteria(f"{operator} needs a value")
        found.append((operator, wanted))
    return found


def _speaks_of_type(value: Value) -> bool:
    if isinstance(value, Object):
        return any(key == "type" or _speaks_of_type(each) for key, each in value.pairs)
    return isinstance(value, list) and any(_speaks_of_type(each) for each in value)


def _list(key: str, value: Value) -> list[Value]:
    if not isinstance(value, list) or not value:
        raise BadCriteria(f"{key} needs a list of criteria")
    return value


def _no_object() -> tuple[tuple[str, Value], ...]:
    raise BadCriteria("Criteria must be objects")


def _moment(text: str) -> int:
    # Offsets are written Z, +0000 or +00:00; Python 3.10 reads the last form only.
    normal = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text.strip().replace("Z", "+00:00"))
    try:
        moment = datetime.fromisoformat(normal)
    except ValueError as error:
        raise BadCriteria(f"Not a date: {text}") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return int(moment.timestamp() * 1000)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BadCriteria(f"Not a number: {text}") from error


def _all(tests: Iterable[Test]) -> Test:
    every = list(tests)
    return lambda row: all(test(row) for test in every)


def _any(tests: Iterable[Test]) -> Test:
    every = list(tests)
    return lambda row: any(test(row) for test in every)
