"""N JFrog Platform Deployments on N ports: they trust each other, federate over real HTTP, and break on demand."""

from jpd_sim.client import ControlClient
from jpd_sim.simulator import RunningDeployment, Simulator

__all__ = ["ControlClient", "RunningDeployment", "Simulator"]
