"""The control plane from Python: one method per call of `/_sim/`."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any, cast
from urllib.parse import urlencode

# No proxy of the environment may stand between a test and its simulator.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_TIMEOUT_SECONDS = 330.0


class ControlError(Exception):
    """The control plane refused a call; the message is its own."""


class ControlClient:
    """Drives a simulator, in this process or another."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token

    def overview(self) -> dict[str, Any]:
        """The deployments and whether they are up."""
        return self._call("GET", "")

    def reset(self) -> None:
        """As freshly started; addresses and credentials stay."""
        self._call("POST", "/reset")

    def wait_until_idle(self, timeout_seconds: float = 10.0) -> list[str]:
        """Wait until replication is settled; answers what is left, in words, when it does not settle in time."""
        answer = self._call("POST", "/idle", {"timeoutSeconds": timeout_seconds})
        return cast("list[str]", answer["pending"])

    def requests(self, *, deployment: str = "", unmatched: bool = False, peers: bool = True) -> list[dict[str, Any]]:
        """The request log. `peers=False` leaves out what the JPDs asked each other."""
        query = {"unmatched": str(unmatched).lower(), "peers": str(peers).lower()}
        if deployment:
            query["deployment"] = deployment
        return cast("list[dict[str, Any]]", self._call("GET", f"/requests?{urlencode(query)}")["requests"])

    def forget_requests(self) -> None:
        """Empty the request log."""
        self._call("DELETE", "/requests")

    def faults(self) -> list[dict[str, Any]]:
        """The fault rules in force."""
        return cast("list[dict[str, Any]]", self._call("GET", "/faults")["faults"])

    def add_fault(self, **rule: Any) -> int:
        """Add a rule with the fields of `jpd_sim.faults.Fault` (snake_case); answers its number."""
        return int(self._call("POST", "/faults", {_camel(name): value for name, value in rule.items()})["id"])

    def remove_fault(self, number: int) -> None:
        """Remove one rule."""
        self._call("DELETE", f"/faults/{number}")

    def clear_faults(self) -> None:
        """Remove all rules."""
        self._call("DELETE", "/faults")

    def stop(self, deployment: str) -> None:
        """Take a JPD down: its port closes."""
        self._call("POST", f"/deployments/{deployment}/stop")

    def start(self, deployment: str) -> None:
        """Bring it up again on the same port."""
        self._call("POST", f"/deployments/{deployment}/start")

    def hold_importers(self, deployment: str, *, held: bool = True) -> None:
        """Let a JPD know files by metadata only, until released or downloaded."""
        self._call("POST", f"/deployments/{deployment}/importers", {"held": held})

    def remove_base_url(self, deployment: str) -> None:
        """Bring a JPD into the state before its base URL was configured."""
        self._call("DELETE", f"/deployments/{deployment}/baseUrl")

    def cut_link(self, source: str, target: str, *, both: bool = True) -> None:
        """Stop requests between two JPDs, in both directions or one."""
        self._call("POST", "/links", {"from": source, "to": target, "cut": True, "both": both})

    def heal_link(self, source: str, target: str, *, both: bool = True) -> None:
        """Let them through again."""
        self._call("POST", "/links", {"from": source, "to": target, "cut": False, "both": both})

    def clock(self) -> dict[str, Any]:
        """Virtual time."""
        return self._call("GET", "/clock")

    def freeze_clock(self) -> None:
        """Stop virtual time."""
        self._call("POST", "/clock", {"frozen": True})

    def resume_clock(self) -> None:
        """Let it run on."""
        self._call("POST", "/clock", {"frozen": False})

    def advance_clock(self, seconds: float) -> None:
        """Jump."""
        self._call("POST", "/clock", {"advanceSeconds": seconds})

    def offset_clock(self, deployment: str, seconds: float) -> None:
        """Put one JPD's clock ahead, or behind."""
        self._call("POST", "/clock", {"offsetSeconds": {deployment: seconds}})

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the simulator's own http address
            self._url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with _OPENER.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                return cast("dict[str, Any]", json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                raise ControlError(f"{method} {path}: {json.load(error)['error']}") from None


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)
