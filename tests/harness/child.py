"""A child process whose first line of output says where to reach it."""

import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO


class Child:
    """Started at once; both streams are drained all the time, so that it never blocks on a full pipe."""

    def __init__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        self._command = " ".join(argv)
        self._process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._stdout: list[str] = []
        self._stderr: list[str] = []
        self._readers = [
            self._drain(self._process.stdout, self._stdout, self._lines),
            self._drain(self._process.stderr, self._stderr, None),
        ]

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def stdout(self) -> str:
        """All that it printed so far."""
        return "".join(self._stdout)

    @property
    def stderr(self) -> str:
        """All that it logged so far."""
        return "".join(self._stderr)

    def first_line(self, timeout_seconds: float = 30) -> str:
        """The first line of standard output; RuntimeError with what it logged if there is none in time."""
        try:
            line = self._lines.get(timeout=timeout_seconds)
        except queue.Empty:
            line = None
        if line is None:
            self.kill()
            raise RuntimeError(f"{self._command} printed no line (exit {self._process.returncode}): {self.stderr}")
        return line.strip()

    def kill(self) -> None:
        """SIGKILL: no handler of the child runs. Does nothing if it has ended."""
        self._process.kill()
        self._finish()

    def terminate(self, timeout_seconds: float = 15) -> int:
        """SIGTERM, and the exit code. A child that does not end in time is killed and reported."""
        self._process.terminate()
        try:
            return self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired as error:
            self._process.kill()
            raise RuntimeError(f"{self._command} ignores SIGTERM: {self.stderr}") from error
        finally:
            self._finish()

    def _finish(self) -> None:
        self._process.wait()
        for reader in self._readers:
            reader.join(5)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    @staticmethod
    def _drain(stream: IO[str] | None, into: list[str], first: "queue.Queue[str | None] | None") -> threading.Thread:
        def read() -> None:
            for line in stream or ():
                into.append(line)
                if first is not None:
                    first.put(line)
            if first is not None:
                first.put(None)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        return reader
