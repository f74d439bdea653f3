"""Which CLI to use: the one the user names, one on PATH, one made earlier, or one made now."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import children

from . import cache, requirement, ways

if TYPE_CHECKING:
    from collections.abc import Callable

MAKERS: tuple[tuple[str, Callable[[Path, Path], None]], ...] = (
    ("the official release, by the SDK's installer", ways.download),
    ("a build from the published Go modules", ways.build),
)


class NoCli(Exception):
    """There is no usable CLI and none could be made; the text is meant for the user as it is."""


def find() -> Path:
    """The path of a usable CLI. Making one takes minutes, once per user and version."""
    if named := os.environ.get("PULUMI"):
        return _named(Path(named))
    answers: list[tuple[str, str]] = []
    found = _on_path(answers)
    return found or _cached() or _make(answers)


def _named(path: Path) -> Path:
    """What the user asked for is used or refused, never replaced by something else."""
    try:
        requirement.check(path)
    except requirement.Unusable as fault:
        raise NoCli(f"PULUMI={path}: {fault}. Name another CLI (>= {requirement.MINIMUM}) or unset PULUMI.") from fault
    return path.absolute()


def _on_path(answers: list[tuple[str, str]]) -> Path | None:
    way = f"pulumi >= {requirement.MINIMUM} on PATH"
    found = shutil.which("pulumi")
    if found is None:
        answers.append((way, "there is none"))
        return None
    try:
        requirement.check(Path(found))
    except requirement.Unusable as fault:
        children.say(f"      {found} will not do: {fault}; looking further")
        answers.append((way, f"{found}: {fault}"))
        return None
    return Path(found)


def _place() -> Path:
    return cache.directory() / f"pulumi-{requirement.PINNED}-{cache.machine()}"


def _cached() -> Path | None:
    cli = _place() / "bin" / "pulumi"
    try:
        requirement.check(cli)
    except requirement.Unusable:
        return None
    return cli


def _make(answers: list[tuple[str, str]]) -> Path:
    with cache.locked(cache.directory()):
        if made := _cached():  # by the run that held the lock before us
            return made
        for way, maker in MAKERS:
            children.say(f"      trying {way}")
            try:
                return _by(maker)
            except (ways.NotMade, requirement.Unusable) as fault:
                children.say(f"      {way}: {fault}")
                answers.append((way, str(fault)))
    raise NoCli(_explain(answers))


def _by(maker: Callable[[Path, Path], None]) -> Path:
    place = _place()
    with tempfile.TemporaryDirectory(prefix="pulumi-jpd-") as logs, cache.staged(place) as folder:
        maker(folder, Path(logs) / "log.txt")
        requirement.check(folder / "bin" / "pulumi")
    return place / "bin" / "pulumi"


def _explain(answers: list[tuple[str, str]]) -> str:
    lines = [f"No Pulumi CLI could be found or made. {len(answers)} ways were tried:"]
    lines += [f"  {number}. {way}: {answer}" for number, (way, answer) in enumerate(answers, 1)]
    lines.append(
        "Install Pulumi (https://www.pulumi.com/docs/install/), or name one that you have: PULUMI=/path/to/pulumi"
    )
    return "\n".join(lines)
