"""The simulator as a process of its own, for what only a process can show: crashes, signals, locks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from jpd_sim import ControlClient


class SimulatorProcess:
    """One running `python -m jpd_sim`."""

    def __init__(self, process: subprocess.Popen[str], line: dict[str, Any]) -> None:
        self.process = process
        self.line = line
        self.deployments = line["deployments"]
        self.control = ControlClient(line["control"], line["controlToken"])

    def client(self, name: str) -> httpx.Client:
        """A client of one JPD with its administrator's token."""
        entry = self.deployments[name]
        headers = {"Authorization": f"Bearer {entry['accessToken']}"}
        return httpx.Client(base_url=entry["url"], headers=headers, trust_env=False, timeout=20)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running(*arguments: object) -> Iterator[SimulatorProcess]:
    """Start it and wait for its start line; killed in the end if it still runs."""
    command = [sys.executable, "-m", "jpd_sim", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            text = process.stdout.readline() if process.stdout else ""
            if not text:
                raise AssertionError(process.communicate()[1])
            yield SimulatorProcess(process, json.loads(text))
        finally:
            process.kill()


def refused(*arguments: object) -> tuple[int, str]:
    """Exit code and stderr of a start that fails."""
    command = [sys.executable, "-m", "jpd_sim", *map(str, arguments)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert answer.stdout == ""
    return answer.returncode, answer.stderr
