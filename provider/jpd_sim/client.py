"""The control plane from Python: one method per call of `/_sim/`."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any, cast
from urllib.parse import quote, urlencode

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
        """The deployments, their nodes, and whether they are up."""
        return self._call("GET", "")

    def calls(self) -> int:
        """How many requests were made since the start or the last reset, without what the JPDs ask each other."""
        return int(self.overview()["calls"])

    def reset(self) -> None:
        """As freshly started; addresses and credentials stay."""
        self._call("POST", "/reset")

    def seed(self, topology: str) -> dict[str, Any]:
        """Build a topology, a text in YAML or JSON, on top of what is there; answers the deployments, as a start line.

        A ControlError names every mistake of the text with its line.
        """
        return cast("dict[str, Any]", self._call("POST", "/seed", text=topology)["deployments"])

    def take_snapshot(self, name: str) -> None:
        """Remember everything, for as long as the simulator lives."""
        self._call("POST", "/snapshots", {"name": name})

    def restore_snapshot(self, name: str) -> None:
        """Be as when the snapshot was taken."""
        self._call("POST", f"/snapshots/{quote(name, safe='')}/restore")

    def snapshots(self) -> list[str]:
        """The names of the snapshots."""
        return cast("list[str]", self._call("GET", "/snapshots")["snapshots"])

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

    def arm(self, n: int, *, hang: bool = False, deployment: str = "") -> int:
        """Reset the connection of the n-th call, counted as `calls` does, and of all later ones; or let them hang."""
        action = {"hang": True} if hang else {"reset": "before"}
        return self.add_fault(deployment=deployment, from_call=n, **action)

    def disarm(self) -> None:
        """Let all calls succeed again."""
        self.clear_faults()

    def stop(self, deployment: str) -> None:
        """Take a JPD down: its port closes."""
        self._call("POST", f"/deployments/{deployment}/stop")

    def start(self, deployment: str) -> None:
        """Bring it up again on the same port."""
        self._call("POST", f"/deployments/{deployment}/start")

    def restart(self, deployment: str) -> None:
        """Stop and start it."""
        self._call("POST", f"/deployments/{deployment}/restart")

    def set_nodes(self, deployment: str, count: int) -> list[dict[str, Any]]:
        """Give a JPD so many nodes; answers them."""
        answer = self._call("POST", f"/deployments/{deployment}/nodes", {"count": count})
        return cast("list[dict[str, Any]]", answer["nodes"])

    def switch_node(self, deployment: str, node: str, *, up: bool) -> None:
        """Take one node down or bring it up."""
        self._call("POST", f"/deployments/{deployment}/nodes/{node}", {"up": up})

    def restart_node(self, deployment: str, node: str) -> None:
        """Restart one node: the connections of its JPD break."""
        self._call("POST", f"/deployments/{deployment}/nodes/{node}/restart")

    def switch_service(self, deployment: str, service: str, *, up: bool, node: str = "") -> None:
        """Take a service (`artifactory`, `access`, `mc`, ...) down or bring it up, on one node or on all."""
        self._call("POST", f"/deployments/{deployment}/services/{service}", {"up": up, "node": node})

    def hold_importers(self, deployment: str, *, held: bool = True) -> None:
        """Let a JPD know files by metadata only, until released or downloaded."""
        self._call("POST", f"/deployments/{deployment}/importers", {"held": held})

    def remove_base_url(self, deployment: str) -> None:
        """Bring a JPD into the state before its base URL was configured."""
        self._call("DELETE", f"/deployments/{deployment}/baseUrl")

    def set_federated_base_url(self, deployment: str, url: str | None) -> None:
        """Let a JPD publish this URL to its federations instead of its base URL; None to publish that again."""
        path = f"/deployments/{deployment}/federatedBaseUrl"
        if url is None:
            self._call("DELETE", path)
        else:
            self._call("PUT", path, {"url": url})

    def trusted(self, deployment: str) -> dict[str, Any]:
        """The files in a JPD's `etc/access/keys/trusted`, and the fingerprints of what it has taken up."""
        return self._call("GET", f"/deployments/{deployment}/trusted")

    def lay_down_certificate(self, deployment: str, file: str, pem: str) -> None:
        """Put a file into that folder."""
        self._call("PUT", f"/deployments/{deployment}/trusted/{file}", text=pem)

    def distrust(self, deployment: str) -> None:
        """Let a JPD forget every certificate that it trusts."""
        self._call("DELETE", f"/deployments/{deployment}/trusted")

    def watch_trusted_folder(self, deployment: str, path: str) -> None:
        """Let a folder of the simulator's machine stand for a JPD's `etc/access/keys/trusted`."""
        self._call("PUT", f"/deployments/{deployment}/trustedFolder", {"path": path})

    def rotate_root_certificate(self, deployment: str, *, keep_old: bool = True) -> None:
        """Let a JPD sign with another key from now on."""
        self._call("POST", f"/deployments/{deployment}/rootCertificate", {"keepOld": keep_old})

    def change_profile(self, deployment: str, **changes: Any) -> None:
        """Change fields of one JPD's `Profile`, for example its version, until the next reset."""
        self._call("PATCH", f"/deployments/{deployment}/profile", changes)

    def cut_link(self, source: str, target: str, *, both: bool = True) -> None:
        """Stop requests between two JPDs, in both directions or one."""
        self._call("POST", "/links", {"from": source, "to": target, "cut": True, "both": both})

    def heal_link(self, source: str, target: str, *, both: bool = True) -> None:
        """Let them through again."""
        self._call("POST", "/links", {"from": source, "to": target, "cut": False, "both": both})

    def slow_link(self, source: str, target: str, delay_ms: int, *, both: bool = True) -> None:
        """Delay every request between two JPDs, in real time; 0 ends it."""
        self._call("POST", "/links", {"from": source, "to": target, "delayMs": delay_ms, "both": both})

    def flap_link(self, source: str, target: str, *, up_ms: int, down_ms: int, both: bool = True) -> None:
        """Let a link work and lose requests in turn, in virtual time; `down_ms=0` ends it."""
        body = {"from": source, "to": target, "upMs": up_ms, "downMs": down_ms, "both": both}
        self._call("POST", "/links", body)

    def links(self) -> list[dict[str, Any]]:
        """The directions that are not whole."""
        return cast("list[dict[str, Any]]", self._call("GET", "/links")["links"])

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

    def _call(self, method: str, path: str, body: object = None, *, text: str | None = None) -> dict[str, Any]:
        payload = text if text is not None else None if body is None else json.dumps(body)
        request = urllib.request.Request(  # noqa: S310 - the simulator's own http address
            self._url + path,
            method=method,
            data=None if payload is None else payload.encode(),
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
