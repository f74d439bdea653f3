"""Write docs/simulator-coverage.md: each row of the contract, its handler, its tests, its switches.

Everything is read from where it is true: the rows from contract_rows.yaml, the handlers from the simulator's routes,
the tests from the test files, the switches from the docstrings of the profile. `--check` writes nothing and fails when
the document is not what it would be, or when a row has neither a test nor a reason.
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from jpd_sim.federation.engine import Engine
from jpd_sim.jpd import services
from jpd_sim.nodes import Nodes
from jpd_sim.services.routing import Right, Route
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.profile import Profile
from jpd_sim.world import World

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "simulator-coverage.md"
ROWS = ROOT / "tools" / "contract_rows.yaml"
TESTS = ROOT / "tests" / "sim"
PROFILE = ROOT / "provider" / "jpd_sim" / "state" / "profile.py"

_ROW = re.compile(r"\b[RFMLBA]\d{1,2}a?\b")
_INTRODUCTION = """# What the simulator covers

<!-- Made by tools/simulator_coverage.py from the simulator's routes and its tests. Do not edit. -->

Each row of the contract that the simulator imitates, the code that answers it, the tests that hold it to its word,
and the switches of a [profile](../provider/jpd_sim/state/profile.py) for rows where the sources contradict each other
or are silent. Rows that are not done say so. Calls that are not listed answer 404, as an unknown route of the product.
"""


@dataclass(frozen=True)
class Row:
    """One row of the contract."""

    id: str
    section: str
    what: str
    reason: str = ""
    within: str = ""
    tests: tuple[str, ...] = ()
    profile: tuple[str, ...] = ()


@dataclass
class Evidence:
    """What was found for a row."""

    calls: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    switches: list[str] = field(default_factory=list)


def rows() -> list[Row]:
    """The rows of the data file."""
    sections: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(ROWS.read_text())
    return [
        Row(
            id=id_,
            section=section["section"],
            what=fields["what"],
            reason=fields.get("reason", ""),
            within=fields.get("within", ""),
            tests=tuple(fields.get("tests", ())),
            profile=tuple(fields.get("profile", ())),
        )
        for section in sections
        for id_, fields in section["rows"].items()
    ]


def evidence(wanted: Iterable[Row]) -> dict[str, Evidence]:
    """What there is for each row."""
    served, named, switched = _served(), _tests_by_row(), _switches_by_row()
    found = {}
    for row in wanted:
        routes = served.get(row.within or row.id, [])
        found[row.id] = Evidence(
            calls=[call for call, _ in routes],
            handlers=list(dict.fromkeys(_handler(route) for _, route in routes)),
            tests=sorted({*named.get(row.id, ()), *(name for name in row.tests if (TESTS / name).is_file())}),
            switches=[*row.profile, *(name for name in switched.get(row.id, ()) if name not in row.profile)],
        )
    return found


def problems(wanted: list[Row], found: dict[str, Evidence]) -> list[str]:
    """What keeps the table from being the truth."""
    known = {row.id for row in wanted}
    complaints = [f"{row}: a route has this row, contract_rows.yaml does not" for row in _served() if row not in known]
    for row in wanted:
        missing = [name for name in row.tests if not (TESTS / name).is_file()]
        complaints += [f"{row.id}: there is no test file {name}" for name in missing]
        if not found[row.id].tests and not row.reason:
            complaints.append(f"{row.id} ({row.what}): neither a test nor a reason")
        if not found[row.id].handlers and not row.reason:
            complaints.append(f"{row.id} ({row.what}): neither a handler nor a reason")
    return complaints


def document(wanted: list[Row], found: dict[str, Evidence]) -> str:
    """The document's text."""
    parts = [_INTRODUCTION]
    for section in dict.fromkeys(row.section for row in wanted):
        lines = [f"## {section}", "", "| row | what | handler | tests | profile |", "|---|---|---|---|---|"]
        lines += [_line(row, found[row.id]) for row in wanted if row.section == section]
        parts.append("\n".join([*lines, ""]))
    return "\n".join(parts)


def _line(row: Row, proof: Evidence) -> str:
    calls = "<br>".join(f"`{call}`" for call in proof.calls)
    handlers = ", ".join(f"`{name}`" for name in proof.handlers) or "**not done**"
    tests = ", ".join(f"[{name}](../tests/sim/{name})" for name in proof.tests) or "none"
    what = f"{row.what}: {row.reason}" if row.reason else row.what
    answered = f"{handlers}<br>{calls}" if calls else handlers
    return f"| {row.id} | {what} | {answered} | {tests} | {', '.join(f'`{name}`' for name in proof.switches)} |"


def _served() -> dict[str, list[tuple[str, Route]]]:
    """The calls of the contract by row; what JPDs ask each other is not part of it."""
    world = World()
    state = Deployment("eu", "http://localhost", world.clock, Profile())
    served: dict[str, list[tuple[str, Route]]] = {}
    for service in services(state, Engine(state, world.links, world.clock), Nodes("eu")):
        for route in service.routes:
            if route.right is not Right.PEER:
                served.setdefault(route.row, []).append((f"{route.method} /{service.context}{route.path}", route))
    return served


def _handler(route: Route) -> str:
    function = route.handler.func if isinstance(route.handler, functools.partial) else route.handler
    return f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"


def _tests_by_row() -> dict[str, set[str]]:
    """Test files by the rows that names and docstrings of tests mention, and docstrings of files."""
    found: dict[str, set[str]] = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        for id_ in _mentioned(ast.parse(file.read_text())):
            found.setdefault(id_, set()).add(file.name)
    return found


def _mentioned(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield from _ids_in_name(node.name)
            yield from _ROW.findall(ast.get_docstring(node) or "")


def _ids_in_name(name: str) -> Iterator[str]:
    """`test_r10_and_r11_refuse` speaks of R10 and R11; only the beginning counts."""
    for word in name.removeprefix("test_").split("_"):
        if re.fullmatch(r"[rfmlba]\d{1,2}a?", word):
            yield word[0].upper() + word[1:]
        elif word not in {"and", "to", "or"}:
            return


def _switches_by_row() -> dict[str, list[str]]:
    """The profile's fields by the rows that their docstrings begin with."""
    found: dict[str, list[str]] = {}
    body = next(node for node in ast.parse(PROFILE.read_text()).body if isinstance(node, ast.ClassDef)).body
    for statement, text in itertools.pairwise(body):
        if not (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)):
            continue
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            for id_ in _ROW.findall(str(text.value.value)):
                found.setdefault(id_, []).append(statement.target.id)
    return found


def main(arguments: list[str]) -> int:
    """The command line."""
    wanted = rows()
    found = evidence(wanted)
    text = document(wanted, found)
    complaints = problems(wanted, found)
    if arguments == ["--check"]:
        if not DOCUMENT.is_file() or DOCUMENT.read_text() != text:
            complaints.append(f"{DOCUMENT.relative_to(ROOT)} is out of date; tools/simulator_coverage.py writes it")
    else:
        DOCUMENT.write_text(text)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
