"""One simulated JPD, put together: state, engine, services, port."""

from __future__ import annotations

from jpd_sim.federation.engine import Engine
from jpd_sim.front import Front
from jpd_sim.nodes import Nodes
from jpd_sim.server import Port
from jpd_sim.services.access import Access
from jpd_sim.services.access_federation import AccessFederation
from jpd_sim.services.artifactory_artifacts import Artifacts
from jpd_sim.services.artifactory_batch import Batch
from jpd_sim.services.artifactory_configuration import Configuration
from jpd_sim.services.artifactory_copies import Copies
from jpd_sim.services.artifactory_federation_routes import federation_routes
from jpd_sim.services.artifactory_repositories import Repositories
from jpd_sim.services.artifactory_search import Search
from jpd_sim.services.artifactory_security import Security
from jpd_sim.services.artifactory_storage import Storage
from jpd_sim.services.artifactory_storage_info import StorageInfo
from jpd_sim.services.artifactory_system import System
from jpd_sim.services.mission_control import MissionControl
from jpd_sim.services.projects import Projects
from jpd_sim.services.replies import access_envelope, artifactory_envelope, mission_control_envelope, router_envelope
from jpd_sim.services.router import Router
from jpd_sim.services.routing import Service
from jpd_sim.services.service_trust import ServiceTrust
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.identity import Identity
from jpd_sim.state.kept import Part, Rows, below
from jpd_sim.state.profile import Profile
from jpd_sim.world import World


class Jpd:
    """A JPD that can be taken down and up again; what it knows survives that."""

    def __init__(
        self, name: str, port: Port, world: World, profile: Profile | None = None, identity: Identity | None = None
    ) -> None:
        self.name = name
        self.port = port
        self.nodes = Nodes(name)
        self.state = Deployment(name, port.url, world.clock, profile or world.profile, identity)
        self.engine = Engine(self.state, world.links, world.clock)
        self.front = Front(
            self.state, services(self.state, self.engine, self.nodes), world, port.connections, self.nodes
        )
        world.links.register(name, port.url)

    async def start(self) -> None:
        """Open the port and take up the work."""
        await self.port.start(self.front)
        self.engine.start()

    async def stop(self) -> None:
        """Close the port and leave the work."""
        await self.engine.stop()
        await self.port.stop()

    async def fit_engine(self) -> None:
        """Replicate while some node runs Artifactory, and only then."""
        if self.nodes.run("artifactory") and self.port.open:
            self.engine.start()
        else:
            await self.engine.stop()

    async def become(self, rows: Rows) -> None:
        """Know what was kept and nothing else, and take up the work that it leaves."""
        await self.engine.reset()
        self.revive(rows)
        await self.start()

    def revive(self, rows: Rows) -> None:
        """Know what was kept."""
        for place, part in self.parts():
            part.revive(rows, place)

    async def reset(self) -> None:
        """As new, and up."""
        await self.engine.reset()
        self.state.reset()
        self.nodes.reset()
        await self.start()

    def credentials(self) -> dict[str, str]:
        """Where it is and how to get in, as the start line tells."""
        return {
            "url": self.port.url,
            "accessToken": self.state.admin_token,
            "username": "admin",
            "password": self.state.identity.admin_password,
            "readerToken": self.state.reader_token,
            "serviceId": self.state.identity.artifactory_id,
            "joinKey": self.state.identity.join_key,
        }

    def parts(self) -> list[tuple[str, Part]]:
        """What is kept, with its place."""
        place = below("jpds", self.name)
        return [(place, self.state), (below("nodes", self.name), self.nodes)]


def services(state: Deployment, engine: Engine, nodes: Nodes) -> list[Service]:
    """All services of a JPD, by the context under which its router offers them."""
    trust = ServiceTrust(state, engine)
    artifactory = [
        *Storage(state, engine).routes(),
        *Copies(state, engine).routes(),
        *Search(state).routes(),
        *Batch(state, engine).routes(),
        *Repositories(state, engine).routes(),
        *federation_routes(state, engine),
        *System(state, nodes).routes(),
        *Configuration(state, engine).routes(),
        *StorageInfo(state).routes(),
        *Security(state).routes(),
        *trust.artifactory_routes(),
        *Artifacts(state, engine).routes(),
    ]
    access = [*Access(state).routes(), *AccessFederation(state, engine).routes(), *trust.access_routes()]
    access += Projects(state, engine).routes()
    return [
        Service("artifactory", artifactory_envelope, artifactory),
        Service("access", access_envelope, access),
        Service("mc", mission_control_envelope, MissionControl(state, engine).routes()),
        Service("router", router_envelope, Router(state, nodes).routes()),
    ]
