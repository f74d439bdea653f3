"""Fixtures for the tests of other programs: simulated JPDs that are as new in every test.

    def test_my_program(jpd_simulator):
        eu = jpd_simulator.deployments["eu"]
        ...

`jpd_simulator_options` says how it is started; override it where the defaults do not fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from jpd_sim.simulator import Simulator

_SNAPSHOT = "pytest: as started"


@pytest.fixture(scope="session")
def jpd_simulator_options() -> Mapping[str, Any]:
    """Arguments of `jpd_sim.Simulator`: two JPDs, eu and us. Override it in a conftest.py."""
    return {"deployments": ["eu", "us"]}


@pytest.fixture(scope="session")
def jpd_simulator_session(jpd_simulator_options: Mapping[str, Any]) -> Iterator[Simulator]:
    """One simulator for the whole session; what a test leaves in it, the next one finds. Starting it costs most."""
    with Simulator(**jpd_simulator_options) as simulator:
        simulator.control.take_snapshot(_SNAPSHOT)
        yield simulator


@pytest.fixture
def jpd_simulator(jpd_simulator_session: Simulator) -> Simulator:
    """The simulator as it was started: the topology is built, nothing else is there, and nothing is broken."""
    jpd_simulator_session.control.reset()
    jpd_simulator_session.control.restore_snapshot(_SNAPSHOT)
    return jpd_simulator_session
