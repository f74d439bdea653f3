"""One simulated JPD, put together: state, engine, services, port."""

from __future__ import annotations

from dataclasses import dataclass, field

from jpd_sim.faults import Faults
from jpd_sim.federation.engine import Engine
from jpd_sim.front import Front
from jpd_sim.links import Links
from jpd_sim.request_log import RequestLog
from jpd_sim.server import Port
from jpd_sim.services.access import Access
from jpd_sim.services.artifactory_artifacts import Artifacts
from jpd_sim.services.artifactory_federation import Federation
from jpd_sim.services.artifactory_federation_status import FederationStatus
from jpd_sim.services.artifactory_peer import Peer
from jpd_sim.services.artifactory_repositories import Repositories
from jpd_sim.services.artifactory_storage import Storage
from jpd_sim.services.artifactory_system import System
from jpd_sim.services.mission_control import MissionControl
from jpd_sim.services.replies import access_envelope, artifactory_envelope, mission_control_envelope, router_envelope
from jpd_sim.services.router import Router
from jpd_sim.services.routing import Service
from jpd_sim.services.service_trust import ServiceTrust
from jpd_sim.state.clock import Clock
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.profile import Profile


@dataclass(frozen=True)
class World:
    """What all JPDs of a simulator share."""

    profile: Profile = field(default_factory=Profile)
    clock: Clock = field(default_factory=Clock)
    links: Links = field(default_factory=Links)
    faults: Faults = field(default_factory=Faults)
    log: RequestLog = field(default_factory=RequestLog)


class Jpd:
    """A JPD that can be taken down and up again; what it knows survives that."""

    def __init__(self, name: str, port: Port, world: World) -> None:
        self.name = name
        self.port = port
        self.state = Deployment(name, port.url, world.clock, world.profile)
        self.engine = Engine(self.state, world.links, world.clock)
        offered = services(self.state, self.engine)
        self._front = Front(self.state, offered, world.faults, world.log, port.connections)
        world.links.register(name, port.url)

    async def start(self) -> None:
        """Open the port and take up the work."""
        await self.port.start(self._front)
        self.engine.start()

    async def stop(self) -> None:
        """Close the port and leave the work."""
        await self.engine.stop()
        await self.port.stop()

    async def reset(self) -> None:
        """As new, and up."""
        await self.engine.reset()
        self.state.reset()
        await self.start()


def services(state: Deployment, engine: Engine) -> list[Service]:
    """All services of a JPD, by the context under which its router offers them."""
    trust = ServiceTrust(state, engine)
    artifactory = [
        *Storage(state, engine).routes(),
        *Repositories(state, engine).routes(),
        *Peer(state, engine).routes(),
        *Federation(state, engine).routes(),
        *FederationStatus(state, engine).routes(),
        *System(state, engine).routes(),
        *trust.artifactory_routes(),
        *Artifacts(state, engine).routes(),
    ]
    return [
        Service("artifactory", artifactory_envelope, artifactory),
        Service("access", access_envelope, [*Access(state).routes(), *trust.access_routes()]),
        Service("mc", mission_control_envelope, MissionControl(state).routes()),
        Service("router", router_envelope, Router(state).routes()),
    ]
