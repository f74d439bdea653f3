"""Restarts in turn: each node until its router is healthy, and a stop at the first that does not come back."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from jpd_provider.errors import JpdError
from jpd_provider.systemyaml.channels.contract import Channel
from jpd_provider.systemyaml.channels.opening import open_channel
from jpd_provider.systemyaml.nodes import Node
from jpd_provider.systemyaml.restart import Restarts

from .places import SimulatedNodes, channel
from .sshd import Sshd

HEALTHY = {"router": {"node_id": "eu-1", "state": "HEALTHY", "message": "OK"}, "services": []}
CHECK_URL = {
    "router": {"node_id": "eu-1", "state": "UNHEALTHY", "message": "status code: 400; Check-url failed"},
    "services": [{"service_id": "jfxr@01h", "state": "UNHEALTHY_PEER", "message": "OK"}],
}


class Router:
    """A node's router; it gives its answers in turn, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = [(200, HEALTHY)]
        self.asked: list[str] = []
        router = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                router.asked.append(self.path)
                status, body = router.answers.pop(0) if len(router.answers) > 1 else router.answers[0]
                text = body if isinstance(body, str) else json.dumps(body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02])
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def router() -> Iterator[Router]:
    running = Router()
    yield running
    running.close()


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def restarts() -> Restarts:
    time = Time()
    return Restarts(seconds=20, sleep=time.sleep, clock=lambda: time.now)


def node(tmp_path: Path, name: str, router: Router, command: list[str] | None = None) -> tuple[Node, Channel]:
    note = ["sh", "-c", f"echo {name} >> {tmp_path / 'restarted'}"]
    given = {"file": "/etc/system.yaml", "name": name, "restart_command": command or note, "router_url": router.url}
    return Node.model_validate(given), channel(given)


def restarted(tmp_path: Path) -> list[str]:
    return (tmp_path / "restarted").read_text().split()


def test_nodes_are_restarted_in_their_order_and_asked_at_their_own_address(tmp_path: Path, router: Router) -> None:
    restarts().run([node(tmp_path, name, router) for name in ("eu-1", "eu-2")])

    assert restarted(tmp_path) == ["eu-1", "eu-2"]
    assert router.asked == ["/router/api/v1/system/health"] * 2


def test_a_node_is_waited_for_until_it_is_healthy(tmp_path: Path, router: Router) -> None:
    router.answers = [(404, "page not found"), (502, ""), (503, CHECK_URL), (200, "<html>"), (200, HEALTHY)]

    restarts().run([node(tmp_path, "eu-1", router)])

    assert len(router.asked) == 5


def test_the_first_that_does_not_come_back_stops_the_rest(tmp_path: Path, router: Router) -> None:
    router.answers = [(200, HEALTHY), (503, CHECK_URL)]
    nodes = [node(tmp_path, name, router) for name in ("eu-1", "eu-2", "eu-3", "eu-4")]

    with pytest.raises(JpdError) as failure:
        restarts().run(nodes)

    assert restarted(tmp_path) == ["eu-1", "eu-2"]
    text = str(failure.value)
    assert "restart of node 'eu-2': its router is not healthy after 20 seconds" in text
    assert "Check-url failed" in text
    assert "jfxr@01h is UNHEALTHY_PEER" in text
    assert "Not restarted yet: eu-3, eu-4." in text
    assert "run `pulumi up` again" in text


def test_a_command_that_fails_is_reported_with_its_last_words(tmp_path: Path, router: Router) -> None:
    failing = ["sh", "-c", "echo no such unit >&2; exit 5"]

    with pytest.raises(JpdError, match="node 'eu-1': 'sh' ended with 5: no such unit"):
        restarts().run([node(tmp_path, "eu-1", router, failing)])


def test_a_command_that_does_not_exist_is_told(tmp_path: Path, router: Router) -> None:
    with pytest.raises(JpdError, match="'no-such-command' could not be run"):
        restarts().run([node(tmp_path, "eu-1", router, ["no-such-command"])])


def test_a_node_behind_ssh_is_restarted_there(tmp_path: Path, router: Router, server: Sshd) -> None:
    command = ["sh", "-c", f"echo over-ssh >> {tmp_path / 'restarted'}"]
    given = {"ssh": server.target | {"sudo": True}, "restart_command": command, "router_url": router.url}

    restarts().run([(Node.model_validate(given), channel(given))])

    assert restarted(tmp_path) == ["over-ssh"]
    assert "echo over-ssh" in (server.folder / "sudo.log").read_text()


def test_a_simulated_node_is_restarted_by_its_control_route() -> None:
    nodes = SimulatedNodes({})
    given = Node.model_validate({"simulator": {"deployment": "eu", "node": "eu-1"}})

    restarts().run([(given, open_channel(given, lambda _: nodes))])

    assert nodes.restarts == ["/_sim/deployments/eu/nodes/eu-1/restart"]


def test_proxies_of_our_own_environment_are_not_used(
    tmp_path: Path, router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    restarts().run([node(tmp_path, "eu-1", router)])

    assert restarted(tmp_path) == ["eu-1"]
