"""The running simulator: its JPDs, its control server, and what the JPDs share."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from jpd_sim import snapshots
from jpd_sim.control.app import Control
from jpd_sim.control.operation import ControlRefusal
from jpd_sim.control.operations import all_operations
from jpd_sim.jpd import Jpd
from jpd_sim.options import LAYOUT, Options, planned
from jpd_sim.seeding import Seeding
from jpd_sim.server import Port
from jpd_sim.state.identity import Identity, signing_key
from jpd_sim.state.kept import OWN, Part, Rows
from jpd_sim.storage import Storage, StorageError
from jpd_sim.topology import Topology
from jpd_sim.world import World

_SEED_SETTLE_SECONDS = 60.0


class Runtime:
    """N JPDs and a control server in one event loop."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.world = World(options.profile)
        self.jpds: dict[str, Jpd] = {}
        self._snapshots: dict[str, Rows] = {}
        self._storage = None if options.data is None else Storage(options.data)
        self._private = Path(tempfile.mkdtemp(prefix="jpd-sim-"))
        self._ports: list[Port] = []
        try:
            self._rows = self._storage.rows() if self._storage else {}
            self._layout = planned(options, self._rows)
            self._assemble()
        except BaseException:
            self._abandon()
            raise

    @property
    def control_token(self) -> str:
        """What writes to the control plane need."""
        return self._layout.control_token

    @property
    def control_host(self) -> str:
        """Where the control plane listens."""
        return self._options.control_host

    @property
    def kept_in(self) -> Path | None:
        """The data folder, if there is one."""
        return self._options.data

    @property
    def restored(self) -> bool:
        """Whether the data folder held something."""
        return bool(self._rows)

    async def start(self) -> None:
        """Open all ports, build the topology, and keep everything from then on."""
        await self._control_port.start(Control(self, all_operations(self)).app())
        for jpd in self.jpds.values():
            await jpd.start()
        if self._options.topology is not None and not self.restored:
            await self.seed(self._options.topology)
            self.world.log.clear()
            self.world.faults.reset()
        if self._storage is not None:
            self.world.storage = self._storage
            self._keep(self._parts(), report=not self.restored)
            await self._storage.durable()

    def on_failure(self, act: Callable[[], None]) -> None:
        """Do this when the data folder cannot be written any more; nothing is acknowledged from then on."""
        if self._storage is not None:
            self._storage.on_failure = act

    async def stop(self) -> None:
        """Close all ports."""
        # First everybody falls silent, else one JPD's retries would keep another's port busy.
        await asyncio.gather(*(jpd.engine.close() for jpd in self.jpds.values()))
        await asyncio.gather(*(port.stop() for port in self._ports))
        shutil.rmtree(self._private, ignore_errors=True)
        if self._storage is not None:
            await self._storage.close()

    async def reset(self) -> None:
        """As freshly started: no data, no faults, links whole, clock right, all up. Addresses and credentials stay."""
        self.world.clock.reset()
        self.world.links.clear()
        self.world.faults.reset()
        for jpd in self.jpds.values():
            await jpd.reset()
        self.world.log.clear()

    async def seed(self, topology: Topology) -> list[str]:
        """Build a topology on top of what is there; answers the names of the JPDs that were added.

        BadTopology with what the JPDs refused.
        """
        added = [entry.name for entry in topology.jpds if entry.name not in self.jpds]
        for name in added:
            jpd = self._add(name, 0)
            self._layout = replace(self._layout, ports=(*self._layout.ports, (name, jpd.port.number)))
            await jpd.start()
            if self.world.storage is not None:
                self._keep(jpd.parts(), report=True)
        await Seeding(self.jpds).build(topology)
        await self.settle(_SEED_SETTLE_SECONDS)
        return added

    def take_snapshot(self, name: str) -> None:
        """Remember everything under a name."""
        self._snapshots[name] = snapshots.record(self._parts(), self.world.storage)

    async def restore_snapshot(self, name: str) -> None:
        """Be as when the snapshot was taken; JPDs that were added since then are as new."""
        rows = self._snapshots.get(name)
        if rows is None:
            known = ", ".join(self._snapshots) or "none"
            raise ControlRefusal(404, f"there is no snapshot {name!r}; known are {known}")
        for jpd in self.jpds.values():
            await jpd.reset()
        self.world.revive(rows)
        for jpd in self.jpds.values():
            if jpd.parts()[0][0] in rows:
                await jpd.become(rows)
        if self.world.storage is not None:
            for place, _ in self._parts():
                self.world.storage.clear(place)
            self._keep(self._parts(), report=True)

    def snapshot_names(self) -> list[str]:
        """The snapshots that can be restored."""
        return list(self._snapshots)

    def jpd(self, name: str) -> Jpd:
        """The JPD of a name; refused as a call of the control plane when there is none."""
        found = self.jpds.get(name)
        if found is None:
            raise ControlRefusal(404, f"there is no deployment {name!r}; known are {', '.join(self.jpds)}")
        return found

    def pending(self) -> list[str]:
        """What replication still has to do on the JPDs that are up."""
        return [line for jpd in self.jpds.values() if jpd.port.open for line in jpd.engine.pending()]

    async def settle(self, timeout_seconds: float) -> list[str]:
        """Wait until replication has nothing left to do; answers what is left when the time is over."""
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        while (left := self.pending()) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - many conditions
            await asyncio.sleep(0.005)
        return left

    def start_line(self) -> dict[str, Any]:
        """What is printed when ready. Fields are added to it, never changed."""
        line: dict[str, Any] = {
            "control": f"{self._control_port.url}/_sim",
            "controlToken": self.control_token,
            "deployments": {name: jpd.credentials() for name, jpd in self.jpds.items()},
        }
        return line if self._ca_file is None else {**line, "caFile": str(self._ca_file)}

    def _assemble(self) -> None:
        self._ca_file: Path | None = None
        if self._layout.authority is not None:
            self._ca_file = self._layout.authority.write_certificate(self._options.data or self._private)
            self.world.links.tls = ssl.create_default_context(cafile=self._ca_file)
        self._control_port = Port(self._options.control_host, self._layout.control_port)
        self._ports.append(self._control_port)
        for name, number in self._layout.ports:
            self._add(name, number)
        ports = tuple((name, jpd.port.number) for name, jpd in self.jpds.items())
        self._layout = replace(self._layout, control_port=self._control_port.number, ports=ports)
        if self.restored:
            self._revive()

    def _add(self, name: str, number: int) -> Jpd:
        authority, host = self._layout.authority, self._options.host
        port = Port(host, number, None if authority is None else authority.issue(self._private, name, host))
        self._ports.append(port)
        self.jpds[name] = Jpd(name, port, self.world, identity=self._identity(name))
        return self.jpds[name]

    def _identity(self, name: str) -> Identity | None:
        if self._storage is None:
            return None
        kept = self._rows.get(f"jpds/{name}", {}).get(OWN)
        found = kept.get("identity") if isinstance(kept, dict) else None
        return found if isinstance(found, Identity) else Identity(name, signing=signing_key(name))

    def _revive(self) -> None:
        self.world.revive(self._rows)
        for jpd in self.jpds.values():
            jpd.revive(self._rows)
            if jpd.state.url != jpd.port.url:
                folder = self._options.data
                raise StorageError(f"the data folder {folder} was made with another --host: {jpd.state.url}")

    def _parts(self) -> list[tuple[str, Part]]:
        return [*self.world.parts(), *(part for jpd in self.jpds.values() for part in jpd.parts())]

    def _keep(self, parts: Iterable[tuple[str, Part]], *, report: bool) -> None:
        if self._storage is None:
            return
        self._storage.put(LAYOUT, LAYOUT, self._layout)
        for place, part in parts:
            part.attach(self._storage, place)
            if report:
                part.report()

    def _abandon(self) -> None:
        for port in self._ports:
            port.release()
        shutil.rmtree(self._private, ignore_errors=True)
        if self._storage is not None:
            self._storage.abandon()
