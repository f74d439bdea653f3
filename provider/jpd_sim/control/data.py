"""Control of what the JPDs hold: topologies, snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jpd_sim.control.operation import ControlCall, ControlRefusal, Field, Operation
from jpd_sim.topology import BadTopology

if TYPE_CHECKING:
    from jpd_sim.runtime import Runtime

_EXAMPLE = """\
deployments: {eu: {}, us: {}}
trust:
  - [eu, us]
federations:
  - {key: demo, packageType: generic, members: [eu, us]}
artifacts:
  - {deployment: eu, path: demo/hello.txt, content: hello}
"""


class DataControl:
    """Handlers."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def operations(self) -> list[Operation]:
        """The table."""
        name = (Field("name", "string", "Name of the snapshot.", required=True),)
        example, document = {"name": "before"}, "A topology in YAML or JSON."
        return [
            Operation("POST", "/_sim/seed", self.seed, "Data", document=document, example=_EXAMPLE),
            Operation("GET", "/_sim/snapshots", self.snapshots, "Data"),
            Operation("POST", "/_sim/snapshots", self.take_snapshot, "Data", name, status=201, example=example),
            Operation("POST", "/_sim/snapshots/{name}/restore", self.restore_snapshot, "Data"),
        ]

    async def seed(self, call: ControlCall) -> dict[str, Any]:
        """Build a topology on top of what is there, and wait until it is replicated; adds JPDs that are not there.

        A text with mistakes builds nothing and answers all of them, each with its line.
        """
        from jpd_sim.topology_file import parse  # noqa: PLC0415 - the YAML library costs time at start

        try:
            topology = parse(call.raw.decode("utf-8", "replace"), tuple(self._runtime.jpds))
            added = await self._runtime.seed(topology)
        except BadTopology as error:
            errors = [{"line": mistake.line, "message": mistake.message} for mistake in error.mistakes]
            raise ControlRefusal(400, str(error), errors) from error
        return {"added": added, "deployments": self._runtime.start_line()["deployments"]}

    async def snapshots(self, _call: ControlCall) -> dict[str, Any]:
        """The names of the snapshots."""
        return {"snapshots": self._runtime.snapshot_names()}

    async def take_snapshot(self, call: ControlCall) -> dict[str, Any]:
        """Remember all that the JPDs hold, the clock, links and faults, for as long as the process lives."""
        self._runtime.take_snapshot(call.body["name"])
        return {}

    async def restore_snapshot(self, call: ControlCall) -> dict[str, Any]:
        """Be as when a snapshot was taken."""
        await self._runtime.restore_snapshot(call.parameters["name"])
        return {}
