"""The simulator as a process of its own: started, watched until it is ready, found again, and stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import children

from . import folder as demo_folder
from .jpd import Jpd

if TYPE_CHECKING:
    from collections.abc import Mapping

READY_SECONDS = 30
"""Ours: it is ready in under a second; a busy machine may need several."""
COMMAND = ("sim", "--deployments", "eu,us", "--port", "0")
GRACE = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))


class NotReady(Exception):
    """The simulator ended, or printed no addresses in time."""


class StoppedBadly(Exception):
    """The simulator did not end with code 0 when it was asked to."""


@dataclass(frozen=True)
class Simulator:
    """A running simulator and its JPDs."""

    process: subprocess.Popen[bytes]
    jpds: Mapping[str, Jpd]


def launch(folder: demo_folder.Folder) -> subprocess.Popen[bytes]:
    """Starts the process. Its output goes to files, not pipes, so that a kept simulator outlives the demo."""
    demo_folder.private(folder.simulator, "")
    with folder.simulator.open("ab") as sink, (folder.logs / "simulator.log").open("ab") as errors:
        jpd_command = demo_folder.ROOT / ".venv" / "bin" / "jpd"
        process = children.start([jpd_command, *COMMAND], sink=sink, errors=errors, cwd=demo_folder.ROOT, env=_plain())
    folder.pid.write_text(f"{process.pid}\n")
    return process


def wait_until_ready(process: subprocess.Popen[bytes], folder: demo_folder.Folder) -> Simulator:
    """Waits for the one line of JSON that says where the JPDs are."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        text = folder.simulator.read_text()
        if text.endswith("\n"):
            return Simulator(process, _jpds(json.loads(text)))
        if process.poll() is not None:
            raise NotReady(f"the simulator ended with code {process.returncode} before it was ready")
        time.sleep(0.02)
    raise NotReady(f"the simulator printed no addresses within {READY_SECONDS} s")


def stop(process: subprocess.Popen[bytes], folder: demo_folder.Folder) -> None:
    """Asks it to end. Any other answer than 0 is a fault, unless another one is on its way already."""
    if process.poll() is None:
        with children.undisturbed():
            children.end_family(process.pid, reap=process, grace=GRACE)
    folder.pid.unlink(missing_ok=True)
    if process.returncode != 0 and sys.exc_info()[0] is None:
        raise StoppedBadly(f"the simulator ended with code {process.returncode}")


def kept(folder: demo_folder.Folder) -> int | None:
    """The process id of a simulator that was left running. An id that another program got meanwhile does not count."""
    if not folder.pid.is_file():
        return None
    pid = int(folder.pid.read_text())
    ask = ["ps", "-ww", "-p", str(pid), "-o", "args="]  # -ww: not cut to the width of a terminal
    arguments = subprocess.run(ask, capture_output=True, text=True, check=False).stdout
    return pid if " ".join(COMMAND) in arguments else None


def _jpds(ready: dict[str, Any]) -> dict[str, Jpd]:
    return {name: Jpd(name, it["url"], it["accessToken"]) for name, it in ready["deployments"].items()}


def _plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(demo_folder.FOREIGN)}
