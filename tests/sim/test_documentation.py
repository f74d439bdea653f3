"""docs/simulator.md: its examples run, its topology builds, and its tables name what there is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from jpd_sim import ControlClient, Simulator
from jpd_sim.cli import sim
from jpd_sim.faults import Fault, camel

TEXT = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)```", TEXT, re.DOTALL))


def test_the_pytest_example_passes_as_it_stands(tmp_path):
    for name in ("conftest.py", "test_example.py"):
        (tmp_path / name).write_text(EXAMPLES[name])
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "jpd_sim.pytest_plugin",
        "-p",
        "no:cacheprovider",
        "-W",
        "error",
    ]

    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)

    assert "2 passed" in answer.stdout, answer.stdout + answer.stderr


def test_the_topology_example_builds():
    with Simulator(topology=EXAMPLES["topology.yaml"]) as simulator:
        assert list(simulator.deployments) == ["eu", "us", "ap"]
        assert simulator.control.wait_until_idle(30) == []


@pytest.mark.parametrize("option", [option for parameter in sim.params for option in parameter.opts])
def test_every_option_of_the_command_is_documented(option):
    assert f"`{option}" in TEXT


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(\w+)\(", TEXT))))
def test_every_method_that_is_named_exists(name):
    assert hasattr(ControlClient, name)


@pytest.mark.parametrize("name", [camel(name) for name in Fault.__dataclass_fields__ if name != "content_type"])
def test_every_field_of_a_fault_is_documented(name):
    assert f"`{name}`" in TEXT
