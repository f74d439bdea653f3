"""Control of what concerns trust: certificates that administrators lay down, keys that rotate, other product versions.

Routes of the control plane below `/_sim/deployments/{name}/`, see control/. Not part of any product.
"""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jpd_sim.control.operation import ControlCall, ControlRefusal, Field, Kind, Operation
from jpd_sim.state.circle import TrustedFile
from jpd_sim.state.identity import new_key
from jpd_sim.state.profile import Profile

if TYPE_CHECKING:
    from jpd_sim.runtime import Runtime
    from jpd_sim.state.deployment import Deployment

_LONGEST_FILE = 65_536


class TrustControl:
    """Handlers of one simulator."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def operations(self) -> list[Operation]:
        """The table."""
        base, group = "/_sim/deployments/{name}", "Trust"
        path = (Field("path", "string", "A folder of the machine on which the simulator runs.", required=True),)
        keep = (Field("keepOld", "boolean", "Trust the old certificate; true unless said otherwise."),)
        return [
            Operation("GET", f"{base}/trusted", self.trusted, group),
            Operation("PUT", f"{base}/trusted/{{file}}", self.lay_down, group, document="A certificate in PEM form."),
            Operation("DELETE", f"{base}/trusted", self.distrust, group),
            Operation("PUT", f"{base}/trustedFolder", self.watch, group, path),
            Operation("POST", f"{base}/rootCertificate", self.rotate, group, keep, example={"keepOld": True}),
            Operation(
                "PATCH", f"{base}/profile", self.profile, group, _profile_fields(), example={"version": "7.104.5"}
            ),
        ]

    async def trusted(self, call: ControlCall) -> dict[str, Any]:
        """The files in `etc/access/keys/trusted`, and the fingerprints of what was taken up."""
        circle = self._state(call).tokens.circle
        return {
            "waiting": [file.name for file in circle.waiting()],
            "fingerprints": [fingerprint for fingerprint, _ in circle.stored.items()],
        }

    async def lay_down(self, call: ControlCall) -> dict[str, Any]:
        """Put a file into the folder; the body is its content."""
        text = call.raw[:_LONGEST_FILE].decode("utf-8", "replace")
        name = call.parameters["file"]
        self._state(call).tokens.circle.files.put(name, TrustedFile(name, text))
        return {}

    async def distrust(self, call: ControlCall) -> dict[str, Any]:
        """Forget every certificate and every file, as if the database had been cleaned by hand."""
        circle = self._state(call).tokens.circle
        circle.files.clear()
        circle.stored.clear()
        return {}

    async def watch(self, call: ControlCall) -> dict[str, Any]:
        """Let a folder of this machine stand for `etc/access/keys/trusted`."""
        folder = Path(call.body["path"])
        if not folder.is_dir():  # noqa: ASYNC240 - one look at a local folder
            raise ControlRefusal(400, "path must name a folder")
        self._state(call).tokens.circle.folder = folder
        return {}

    async def rotate(self, call: ControlCall) -> dict[str, Any]:
        """Sign with another root certificate. While the old one is trusted, old tokens live."""
        tokens = self._state(call).tokens
        if call.body.get("keepOld", True):
            tokens.circle.trust(tokens.key.certificate)
        tokens.rotate(new_key())
        return {}

    async def profile(self, call: ControlCall) -> dict[str, Any]:
        """Behave otherwise until the next reset: another version, no Mission Control, and so on."""
        state = self._state(call)
        state.change_profile(replace(state.profile, **call.body))
        return {}

    def _state(self, call: ControlCall) -> Deployment:
        return self._runtime.jpd(call.parameters["name"]).state


def _profile_fields() -> tuple[Field, ...]:
    kinds: dict[type, Kind] = {str: "string", bool: "boolean", int: "integer"}
    default = Profile()
    return tuple(
        Field(each.name, kinds[type(getattr(default, each.name))], f"Default {getattr(default, each.name)}.")
        for each in fields(Profile)
    )
