"""What every folder of tests may need."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def pulumi_cli() -> Path:
    """The CLI that `make engine` prints. Without one: a skip that says so; with CI=true a failure."""
    finder = [sys.executable, str(ROOT / "tools" / "pulumi_cli.py")]
    found = subprocess.run(finder, capture_output=True, text=True, check=False)
    if found.returncode == 0:
        return Path(found.stdout.strip())
    missing = f"no Pulumi CLI; `make engine` gets one, PULUMI=path names one. {found.stderr.strip()}"
    if os.environ.get("CI") == "true":
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


_LOOP = asyncio.new_event_loop()
asyncio.set_event_loop(_LOOP)
# From the beginning, or Pulumi would make one that nobody closes.


def pytest_unconfigure() -> None:
    """Close the loop that Pulumi's mocks ran on."""
    asyncio.set_event_loop(None)
    _LOOP.close()


@pytest.fixture(autouse=True)
def _event_loop_of_this_thread() -> None:
    """What Pulumi's code expects to find; a test that ran `asyncio.run` before has left the thread without one."""
    asyncio.set_event_loop(_LOOP)


# In CI the same examples each time: what is green there stays green until the code changes. Elsewhere new ones.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    hypothesis.settings.load_profile("ci")
