"""What every folder of tests may need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
