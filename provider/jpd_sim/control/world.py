"""Control of what the JPDs share: reset, clock, links, faults, request log, and waiting for replication."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from typing import TYPE_CHECKING, Any

from jpd_sim.control.operation import ControlCall, ControlRefusal, Field, Operation
from jpd_sim.faults import BadRule, Fault, camel
from jpd_sim.links import Link

if TYPE_CHECKING:
    from jpd_sim.runtime import Runtime

_LONGEST_WAIT_SECONDS = 300.0
_LINK = (
    Field("from", "string", "JPD that sends the requests.", required=True),
    Field("to", "string", "JPD that they are for.", required=True),
    Field("both", "boolean", "Change the other direction too; true unless said otherwise."),
    Field("cut", "boolean", "Lose every request."),
    Field("delayMs", "integer", "Delay every request so many milliseconds of real time; 0 ends it."),
    Field("upMs", "integer", "With downMs: work so many milliseconds of virtual time, then lose requests for downMs."),
    Field("downMs", "integer", "See upMs; 0 ends the flapping."),
)
_CLOCK = (
    Field("frozen", "boolean", "Stop time, or let it run on without a jump."),
    Field("advanceSeconds", "number", "Jump forward, or (negative) back."),
    Field("offsetSeconds", "object", "How far the clocks of single JPDs are off, by name."),
)
_LOG = (
    Field("deployment", "string", "Requests to this JPD only."),
    Field("unmatched", "string", "true: only requests for which no route was found, with the nearest known routes."),
    Field("peers", "string", "false: without what the JPDs ask each other."),
)
_FAULT_KINDS: dict[str, Any] = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


class WorldControl:
    """Handlers."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def operations(self) -> list[Operation]:
        """The table."""
        wait = (Field("timeoutSeconds", "number", "How long to wait at most; 10 unless said otherwise, 300 at most."),)
        fault = {"deployment": "eu", "method": "GET", "path": "/artifactory/api/*", "status": 503, "times": 2}
        return [
            Operation("GET", "/_sim", self.overview, "World"),
            Operation("POST", "/_sim/reset", self.reset, "World"),
            Operation("POST", "/_sim/idle", self.wait_until_idle, "World", wait, example={"timeoutSeconds": 10}),
            Operation("GET", "/_sim/requests", self.requests, "Request log", query=_LOG),
            Operation("DELETE", "/_sim/requests", self.forget_requests, "Request log"),
            Operation("GET", "/_sim/faults", self.faults, "Faults"),
            Operation("POST", "/_sim/faults", self.add_fault, "Faults", _fault_fields(), status=201, example=fault),
            Operation("DELETE", "/_sim/faults", self.clear_faults, "Faults"),
            Operation("DELETE", "/_sim/faults/{number:int}", self.remove_fault, "Faults"),
            Operation("GET", "/_sim/links", self.links, "Links"),
            Operation(
                "POST", "/_sim/links", self.change_link, "Links", _LINK, example={"from": "eu", "to": "us", "cut": True}
            ),
            Operation("GET", "/_sim/clock", self.clock, "Clock"),
            Operation("POST", "/_sim/clock", self.change_clock, "Clock", _CLOCK, example={"advanceSeconds": 60}),
        ]

    async def overview(self, _call: ControlCall) -> dict[str, Any]:
        """The deployments, whether they are up, and how many requests were made.

        The count leaves out what the JPDs ask each other.
        """
        rows = {
            jpd.name: {"url": jpd.port.url, "up": jpd.port.open, "nodes": jpd.nodes.listing()}
            for jpd in self._runtime.jpds.values()
        }
        return {"deployments": rows, "calls": self._runtime.world.faults.calls}

    async def reset(self, _call: ControlCall) -> dict[str, Any]:
        """Back to the freshly started state; addresses and credentials stay."""
        await self._runtime.reset()
        return {}

    async def wait_until_idle(self, call: ControlCall) -> dict[str, Any]:
        """Wait until replication is settled, and say what is left if it is not."""
        left = await self._runtime.settle(min(float(call.body.get("timeoutSeconds", 10.0)), _LONGEST_WAIT_SECONDS))
        return {"idle": not left, "pending": left}

    async def requests(self, call: ControlCall) -> dict[str, Any]:
        """The last requests, oldest first, without credentials."""
        rows = self._runtime.world.log.listing(
            deployment=call.query.get("deployment"),
            unmatched=call.flag("unmatched", default=False),
            peers=call.flag("peers", default=True),
        )
        return {"requests": rows}

    async def forget_requests(self, _call: ControlCall) -> dict[str, Any]:
        """Empty the request log."""
        self._runtime.world.log.clear()
        return {}

    async def faults(self, _call: ControlCall) -> dict[str, Any]:
        """The fault rules in force, with how many requests they matched and to how many they were applied."""
        return {"faults": self._runtime.world.faults.listing()}

    async def add_fault(self, call: ControlCall) -> dict[str, Any]:
        """Add a fault rule: matchers, when it applies, and what then goes wrong."""
        if call.body.get("deployment"):
            self._runtime.jpd(call.body["deployment"])
        try:
            return {"id": self._runtime.world.faults.add(call.body)}
        except BadRule as error:
            raise ControlRefusal(400, str(error)) from error

    async def clear_faults(self, _call: ControlCall) -> dict[str, Any]:
        """Remove all fault rules; what hangs is reset."""
        self._runtime.world.faults.clear()
        return {}

    async def remove_fault(self, call: ControlCall) -> dict[str, Any]:
        """Remove one fault rule."""
        number = call.parameters["number"]
        if not self._runtime.world.faults.remove(number):
            raise ControlRefusal(404, f"there is no fault rule {number}")
        return {}

    async def links(self, _call: ControlCall) -> dict[str, Any]:
        """The directions between JPDs that are not whole."""
        return {"links": self._runtime.world.links.listing()}

    async def change_link(self, call: ControlCall) -> dict[str, Any]:
        """Cut, delay or let flap what one JPD sends to another; fields that are left out stay as they are."""
        body = call.body
        source, target = self._runtime.jpd(body["from"]).name, self._runtime.jpd(body["to"]).name
        directions = [(source, target), (target, source)] if body.get("both", True) else [(source, target)]
        for one, other in directions:
            self._runtime.world.links.change(self._changed(one, other, body))
            self._runtime.jpd(one).engine.retry_now()
        return await self.links(call)

    async def clock(self, _call: ControlCall) -> dict[str, Any]:
        """Virtual time, in milliseconds since the epoch."""
        clock = self._runtime.world.clock
        return {"nowMs": clock.now_ms(), "frozen": clock.frozen, "offsetsMs": clock.offsets_ms}

    async def change_clock(self, call: ControlCall) -> dict[str, Any]:
        """Freeze, resume or advance virtual time, and set the clocks of single JPDs wrong."""
        body, clock = call.body, self._runtime.world.clock
        offsets = {self._runtime.jpd(name).name: seconds for name, seconds in body.get("offsetSeconds", {}).items()}
        for name, seconds in offsets.items():
            Field(f"offsetSeconds of {name}", "number", "").check(seconds)
        if "frozen" in body:
            (clock.freeze if body["frozen"] else clock.resume)()
        clock.advance(int(body.get("advanceSeconds", 0) * 1000))
        for name, seconds in offsets.items():
            clock.set_offset(name, int(seconds * 1000))
        return await self.clock(call)

    def _changed(self, source: str, target: str, body: Any) -> Link:
        link = self._runtime.world.links.current(source, target)
        for name, attribute in (("delayMs", "delay_ms"), ("upMs", "up_ms"), ("downMs", "down_ms")):
            if body.get(name, 0) < 0:
                raise ControlRefusal(400, f"{name} must not be negative")
            link = replace(link, **{attribute: body.get(name, getattr(link, attribute))})
        if {"upMs", "downMs"} & set(body):
            link = replace(link, since_ms=self._runtime.world.clock.now_ms())
        return replace(link, cut=body.get("cut", link.cut))


def _fault_fields() -> tuple[Field, ...]:
    """The fields of a rule as they are declared, so that none is missing here."""
    return tuple(
        Field(camel(each.name), _FAULT_KINDS.get(str(each.type), "object"), _default_text(each.name))
        for each in fields(Fault)
        if each.default is not MISSING or each.default_factory is not MISSING
    )


def _default_text(name: str) -> str:
    value = getattr(Fault(), name)
    told = FAULT_TEXTS[name]
    return told if value in ("", {}) else f"{told} Default {str(value).lower() if isinstance(value, bool) else value}."


FAULT_TEXTS = {
    "deployment": "Name of the JPD that misbehaves; without one, all.",
    "method": "HTTP method; without one, all.",
    "path": "Shell-style pattern of the whole path.",
    "after": "How many matching requests pass before the rule applies.",
    "times": "To how many requests it then applies; 0 means all.",
    "from_call": "Apply from this call on, counted over all JPDs since the last reset, as `calls` of `GET /_sim` does.",
    "probability": "How likely the rule is to apply when it could.",
    "seed": "Where the chance comes from: the same seed and requests, the same faults.",
    "status": "Answer with this status instead of handling the request.",
    "body": "Body of that answer.",
    "content_type": "Content-Type of the answer, of a handled request too.",
    "headers": "Further headers of that answer.",
    "html": "Answer with a proxy's HTML page, with status 200 unless `status` says otherwise.",
    "delay_ms": "Wait so many milliseconds of real time before anything else.",
    "hang": "Never answer and never handle the request.",
    "reset": "Reset the connection `before` the request is handled, or `after` it, before the answer.",
    "truncate": "Announce the whole answer, but close the connection after so many bytes of it.",
}
"""One sentence for each field of `jpd_sim.faults.Fault`."""
