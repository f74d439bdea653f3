"""All operations of the control plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jpd_sim.control.data import DataControl
from jpd_sim.control.deployments import DeploymentControl
from jpd_sim.control.operation import Operation
from jpd_sim.control.world import WorldControl
from jpd_sim.control_federation import FederationControl
from jpd_sim.control_trust import TrustControl

if TYPE_CHECKING:
    from jpd_sim.runtime import Runtime


def all_operations(runtime: Runtime) -> list[Operation]:
    """Everything that can be done to a simulator."""
    parts = (
        WorldControl(runtime),
        DataControl(runtime),
        DeploymentControl(runtime),
        FederationControl(runtime),
        TrustControl(runtime),
    )
    return [operation for part in parts for operation in part.operations()]
