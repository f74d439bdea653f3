"""Run other programs: their output to a log, a sign of life every few seconds, and no process left behind.

Rule 1: every child leads a process group of its own, so ^C reaches it only through us and in our order.
Rule 2: whoever starts a child stops it on every way out: a result, a failure, ^C, a time limit.
Rule 3: a group is not the whole family. Pulumi puts its plugins into groups of their own, so what a child leaves behind
        is found through the process table before the first signal is sent.

Standard library only: the virtual environment is made with this module.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FIRST_SIGN_SECONDS = 2.0
NEXT_SIGN_SECONDS = 5.0
INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = ((signal.SIGINT, 20.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
"""What a child is sent, and the seconds it has to follow. Pulumi cancels on the first; Go and pip end at once."""


class Expired(Exception):
    """A child did not end within its time limit and was stopped."""


def run(
    argv: Sequence[str | Path],
    *,
    what: str,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin_text: str = "",
    limit_seconds: float = 3600,
) -> int:
    """Runs `argv` to its end with stdout and stderr appended to `log`, and returns its exit code.

    `what` is the present participle that the user reads while it lasts ("building the engine"). `stdin_text` is the way
    in for a secret: arguments are visible to every user of the machine.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as ending:
        sink = ending.enter_context(log.open("ab"))
        with undisturbed():
            child = start(argv, sink=sink, cwd=cwd, env=env, stdin=subprocess.PIPE)
            ending.callback(stop, child)
        if child.stdin is not None:
            with contextlib.suppress(BrokenPipeError), child.stdin as pipe:
                pipe.write(stdin_text.encode())
        return _wait(child, what, limit_seconds)


def start(
    argv: Sequence[str | Path],
    *,
    sink: object,
    errors: object = subprocess.STDOUT,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Starts `argv` as the leader of its own session and group, and returns at once."""
    words = [str(word) for word in argv]
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # typeshed lists files one by one, not `object`
        words, stdin=stdin, stdout=sink, stderr=errors, cwd=cwd, env=env, start_new_session=True
    )


def stop(child: subprocess.Popen[bytes]) -> None:
    """Stops `child`, and what it started, unless it has ended."""
    if child.poll() is None:
        with undisturbed():
            end_family(child.pid, reap=child)


def end_family(
    pid: int, *, reap: subprocess.Popen[bytes] | None = None, grace: Sequence[tuple[signal.Signals, float]] = GRACE
) -> None:
    """Ends the group of `pid` with ever harder signals, then kills whatever of its descendants is still there."""
    family = descendants(pid)
    for number, seconds in grace:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)
        if _gone_within(pid, seconds, reap):
            break
    for orphan in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """The process ids below `pid`, parents first. POSIX `ps`, since macOS has no /proc."""
    table = subprocess.run(
        ["ps", "-A", "-o", "pid=", "-o", "ppid="], capture_output=True, text=True, check=False
    ).stdout
    children: dict[int, list[int]] = {}
    for line in table.splitlines():
        own, parent = (int(word) for word in line.split())
        children.setdefault(parent, []).append(own)
    found: list[int] = []
    queue = [pid]
    while queue:
        below = children.get(queue.pop(0), [])
        found += below
        queue += below
    return found


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Puts an interruption off to the end of the block: between a start and its `finally` there must be no gap."""
    seen: list[int] = []
    previous = {number: signal.signal(number, lambda number, _: seen.append(number)) for number in INTERRUPTIONS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if seen:
        raise KeyboardInterrupt


def interrupt_on_signals() -> None:
    """Gives ^C, a closed terminal and a plain `kill` the same tidy way out: KeyboardInterrupt.

    Said for SIGINT too: a shell starts background jobs with it ignored, and our children would inherit that.
    """
    for number in INTERRUPTIONS:
        signal.signal(number, signal.default_int_handler)


def alive(pid: int) -> bool:
    """Whether a process with this id runs. One that ended and was not reaped by its parent yet does not."""
    state = subprocess.run(["ps", "-p", str(pid), "-o", "stat="], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


def say(text: str) -> None:
    """Writes one line for the reader at the terminal. Standard output is kept for results."""
    print(text, file=sys.stderr, flush=True)


def elapsed(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`: as exact as the reader needs."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _wait(child: subprocess.Popen[bytes], what: str, limit_seconds: float) -> int:
    begin = time.monotonic()
    pause = FIRST_SIGN_SECONDS
    while True:
        try:
            return child.wait(timeout=pause)
        except subprocess.TimeoutExpired:
            spent = time.monotonic() - begin
        if spent > limit_seconds:
            raise Expired(f"{what} took longer than {elapsed(limit_seconds)} and was stopped")
        say(f"      {what} ... {elapsed(spent)}")
        pause = min(NEXT_SIGN_SECONDS, max(0.1, limit_seconds - spent))


def _gone_within(pid: int, seconds: float, reap: subprocess.Popen[bytes] | None) -> bool:
    """Waits for the end of `pid`; a child of ours has to be reaped, or it stays in the table as a zombie."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if reap is not None and reap.poll() is not None:
            return True
        if reap is None and not alive(pid):
            return True
        time.sleep(0.05)
    return False
