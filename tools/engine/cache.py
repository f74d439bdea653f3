"""Where made things are kept: whole or not at all.

Rule 1: a thing is made in a sibling folder whose name contains `.partial-` and renamed when it is complete.
Rule 2: whoever makes holds the lock, so a partial folder seen under the lock is left from a killed run, and is removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import children

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTIAL = ".partial-"
POLL_SECONDS = 0.5
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def directory() -> Path:
    """The cache of this user: `$XDG_CACHE_HOME/pulumi-jpd`, by default under `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "pulumi-jpd"


def machine() -> str:
    """Operating system and processor in Go's words, for example `linux-amd64`."""
    processor = platform.machine().lower()
    return f"{platform.system().lower()}-{MACHINES.get(processor, processor)}"


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Holds the cache for one maker at a time, and clears what a killed one left. Says so when it has to wait."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as handle:
        _acquire(handle.fileno())
        remove_partial(root)
        yield  # the lock ends with the file, also when the process is killed


@contextlib.contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A folder to make `target` in. It takes the name of `target` if the block succeeds and vanishes otherwise."""
    folder = Path(tempfile.mkdtemp(prefix=f"{target.name}{PARTIAL}", dir=target.parent))
    try:
        yield folder
        folder.chmod(0o755)
        remove(target)
        folder.rename(target)
    finally:
        remove(folder)


def remove(folder: Path) -> None:
    """Removes a folder if it is there."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


def remove_partial(root: Path) -> None:
    """Removes what killed runs left in `root`. Only under the lock: a partial folder may be somebody's work."""
    for rest in root.glob(f"*{PARTIAL}*"):
        remove(rest)


def _acquire(descriptor: int) -> None:
    begin = time.monotonic()
    sign = begin + children.FIRST_SIGN_SECONDS
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() > sign:
            children.say(f"      waiting for another run that makes the CLI ... {children.elapsed(sign - begin)}")
            sign += children.NEXT_SIGN_SECONDS
        time.sleep(POLL_SECONDS)
