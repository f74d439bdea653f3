"""RouterProxy through the engine, on files of this machine."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness import lifecycle, program, wire
from harness.engine import Engine
from harness.failures import CheckFailed, HarnessFailure
from harness.lifecycle import Step
from harness.transport import InProcessTransport
from jpd_provider import resources

ORIGINAL = """\
# managed by hand since 2019
shared:
    node:
        ip: 10.0.0.5   # eu-1
artifactory: {port: 8081}
"""
NO_JPDS: Any = {}  # for nodes that belong to none
PROXY = "http://proxy.corp:3128"
HOSTS = ["10.0.0.5", "eu.corp"]
DEPLOYMENTS = {"eu": {"url": "https://eu.example.com", "accessToken": "tok-0123456789abcdef"}}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setitem(resources.REGISTRY, "RouterProxy", "router_proxy")
    return Engine(InProcessTransport(), {"jpd:deployments": json.dumps(DEPLOYMENTS), "jpd:preflight": "off"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "system.yaml"
    path.write_text(ORIGINAL)
    return path


def up(engine: Engine, inputs: dict[str, Any]) -> dict[str, Any]:
    engine.up([program.resource("RouterProxy", "proxy", inputs)])
    return engine.state["proxy"].outputs


def test_its_life_from_creation_to_removal(engine: Engine, file: Path) -> None:
    node = {"file": str(file), "name": "eu-1"}
    first = {"node": node, "http_url": PROXY, "ignored_hosts": HOSTS}

    lifecycle.run(
        engine,
        "RouterProxy",
        [
            Step(first, expect="create", check=lambda path, _: _holds(path, PROXY)),
            Step(first | {"ignored_hosts": ["eu.corp", "localhost", "10.0.0.5"]}, expect="update"),
            Step(
                first | {"https_url": "https://proxy.corp:3129"},
                expect="update",
                changed=["https_url", "ignored_hosts"],
            ),
            Step(first, expect="update", changed=["https_url"]),
            Step(first, expect="same", before=_encrypt_something_else),
            Step(
                expect="update",
                refresh=True,
                changed=["http_url", "drift"],
                before=lambda path: path.write_text(path.read_text().replace("3128", "9999")),
                check=lambda path, _: _holds(path, PROXY),
            ),
            Step(first | {"restart": True}, fails="restart needs the node's restart_command and router_url"),
        ],
        world=file,
        leftovers=lambda path: path.read_text() != ORIGINAL.replace("8081", "8091"),
    )


def _holds(path: Path, text: str) -> None:
    assert path.read_text().startswith(ORIGINAL[:60])
    assert f'httpUrl: "{text}"' in path.read_text()


def _encrypt_something_else(path: Path) -> None:
    path.write_text(path.read_text().replace("8081", "8091"))


def test_the_file_keeps_its_mode_and_the_old_content_is_kept_beside_it(engine: Engine, file: Path) -> None:
    file.chmod(0o640)

    up(engine, {"node": {"file": str(file)}, "http_url": PROXY, "ignored_hosts": HOSTS})

    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert (file.parent / "system.yaml.pulumi-jpd.bak").read_text() == ORIGINAL


def test_a_change_without_restart_says_that_one_is_required(engine: Engine, file: Path) -> None:
    outputs = up(engine, {"node": {"file": str(file), "name": "eu-1"}, "http_url": PROXY, "ignored_hosts": HOSTS})

    assert outputs["restart_required"] is True
    assert outputs["effective"] == {"eu-1": "no"}
    assert outputs["stored"]["eu-1"]["http_url"] == PROXY


def test_taking_over_what_is_there_claims_nothing_about_the_running_router(engine: Engine, file: Path) -> None:
    file.write_text(f"router:\n  proxy:\n    httpUrl: {PROXY}\n    ignoredHosts: [localhost, a]\n")
    before = file.read_text()

    outputs = up(engine, {"node": {"file": str(file), "name": "eu-1"}, "http_url": PROXY, "ignored_hosts": ["a"]})

    assert (outputs["restart_required"], outputs["effective"]) == (False, {"eu-1": "unknown"})
    assert file.read_text() == before


def test_credentials_are_secret_in_inputs_and_outputs(engine: Engine, file: Path) -> None:
    url = "http://corp:p4ss%40word@proxy.corp:3128"

    up(engine, {"node": {"file": str(file)}, "http_url": url, "ignored_hosts": HOSTS})

    stored = engine.state["proxy"]
    assert "p4ss" not in repr((stored.inputs, stored.outputs))
    assert url in {secret for bag in (stored.inputs, stored.outputs) for secret in wire.secrets_in(bag)}
    assert url in file.read_text()


def test_credentials_that_somebody_writes_by_hand_are_secret_in_the_preview(engine: Engine, file: Path) -> None:
    up(engine, {"node": {"file": str(file)}, "http_url": PROXY, "ignored_hosts": HOSTS})
    file.write_text(file.read_text().replace("proxy.corp", "corp:p4ssword@proxy.corp"))

    engine.refresh()

    stored = engine.state["proxy"]
    assert "p4ssword" not in repr((stored.inputs, stored.outputs))
    assert "(a URL with credentials)" in stored.outputs["drift"][0]


def test_a_node_that_was_forgotten_is_named_with_the_field(engine: Engine, tmp_path: Path) -> None:
    files = [tmp_path / f"eu-{number}.yaml" for number in (1, 2, 3)]
    for path in files:
        path.write_text(ORIGINAL)
    inputs = {
        "nodes": [{"file": str(path), "name": path.stem} for path in files],
        "http_url": PROXY,
        "ignored_hosts": HOSTS,
    }
    up(engine, inputs)
    files[1].write_text(ORIGINAL)

    result = engine.preview([program.resource("RouterProxy", "proxy", inputs)], refresh=True)

    assert result.of("proxy").changed == {"drift"}
    engine.refresh()
    drift = engine.state["proxy"].outputs["drift"]
    assert drift[0] == f"eu-2: http_url is not set, declared '{PROXY}'"
    assert {text.split(":")[0] for text in drift} == {"eu-2"}


def test_a_node_that_is_no_longer_named_loses_our_keys_only(engine: Engine, tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    for path in (one, two):
        path.write_text(ORIGINAL)
    rest = {"http_url": PROXY, "ignored_hosts": HOSTS}
    up(engine, {"nodes": [{"file": str(one)}, {"file": str(two)}], **rest})

    up(engine, {"nodes": [{"file": str(two)}], **rest})

    assert one.read_text() == ORIGINAL
    assert PROXY in two.read_text()


def test_an_address_that_the_file_names_must_be_ignored_and_no_file_is_changed(engine: Engine, file: Path) -> None:
    with pytest.raises(HarnessFailure, match=r"ignored_hosts lacks 10\.0\.0\.5: .*takes the node down.*no file was"):
        up(engine, {"node": {"file": str(file)}, "http_url": PROXY, "ignored_hosts": ["eu.corp"]})

    assert file.read_text() == ORIGINAL


def test_what_was_written_before_a_failure_is_said(engine: Engine, file: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked.yaml"
    locked.write_text(ORIGINAL)
    locked.chmod(0o444)
    nodes = [{"file": str(file), "name": "eu-1"}, {"file": str(locked), "name": "eu-2"}]

    with pytest.raises(HarnessFailure, match=r"node 'eu-2': .*read-only.*Written before it: eu-1"):
        up(engine, {"nodes": nodes, "http_url": PROXY, "ignored_hosts": HOSTS})

    assert locked.read_text() == ORIGINAL


def test_a_file_that_is_gone_makes_the_resource_gone(engine: Engine, file: Path) -> None:
    up(engine, {"node": {"file": str(file)}, "http_url": PROXY, "ignored_hosts": HOSTS})
    file.unlink()

    engine.refresh()

    assert "proxy" not in engine.state.resources


def test_a_file_that_does_not_parse_is_an_error_on_refresh_never_gone(engine: Engine, file: Path) -> None:
    up(engine, {"node": {"file": str(file)}, "http_url": PROXY, "ignored_hosts": HOSTS})
    file.write_text("a: [\n")

    with pytest.raises(HarnessFailure, match="does not parse"):
        engine.refresh()

    assert "proxy" in engine.state.resources


def test_deleting_after_the_file_is_gone_succeeds(engine: Engine, file: Path) -> None:
    up(engine, {"node": {"file": str(file)}, "http_url": PROXY, "ignored_hosts": HOSTS})
    file.unlink()

    engine.destroy()

    assert not engine.state


def test_without_a_node_nothing_is_written_and_the_values_are_there(engine: Engine) -> None:
    outputs = up(engine, {"http_url": PROXY, "ignored_hosts": ["a", "b"]})

    proxy = {"httpUrl": PROXY, "ignoredHosts": ["a", "b"]}
    assert outputs["helm_values"]["artifactory"] == {"artifactory": {"extraSystemYaml": {"router": {"proxy": proxy}}}}
    assert outputs["environment"] == {"JF_ROUTER_PROXY_HTTPURL": PROXY, "JF_ROUTER_PROXY_IGNOREDHOSTS": "a,b"}


def test_the_id_alone_leads_to_what_is_in_the_file(engine: Engine, file: Path) -> None:
    file.write_text(f"router:\n  proxy:\n    httpUrl: {PROXY}\n    ignoredHosts: [a, localhost]\n")
    kind = resources.find("RouterProxy")

    reading = kind.read(NO_JPDS, f"file://{file}", None, None)

    assert reading is not None
    assert reading.drift == ()
    assert reading.inputs.model_dump(exclude_unset=True) == {
        "node": {"file": str(file)},
        "http_url": PROXY,
        "ignored_hosts": ["a"],
    }
    assert kind.identity(reading.inputs) == f"file://{file}"


def test_a_node_that_does_not_answer_is_unknown_never_gone_and_shows_no_secret(engine: Engine) -> None:
    host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9nmJ3ZOPjVSE3lJC2cSHtFVMD+RIbKnPq3pZX0RcYz"
    node = {"ssh": {"host": "127.0.0.1", "port": 1, "host_key": host_key}, "name": "eu-1"}
    url = "http://corp:p4ssword@proxy:1"
    kind = resources.find("RouterProxy")
    inputs = kind.inputs.model_validate({"node": node, "http_url": url})
    state = kind.state.model_validate({"stored": {"eu-1": {"http_url": url}}, "effective": {"eu-1": "yes"}})

    reading = kind.read(NO_JPDS, "ssh://127.0.0.1:1/opt/jfrog/artifactory/var/etc/system.yaml", inputs, state)

    assert reading is not None
    assert reading.inputs == inputs
    assert [str(drift).split(" by SSH")[0] for drift in reading.drift] == ["eu-1: unknown: connect to 127.0.0.1:1"]
    assert reading.state.effective == {"eu-1": "yes"}
    assert "p4ssword" not in repr(reading)


def test_values_that_are_not_known_yet_do_not_fail_the_preview(engine: Engine) -> None:
    later: dict[str, Any] = {
        "nodes": [{"ssh": {"host": wire.UNKNOWN}, "deployment": wire.UNKNOWN}, wire.UNKNOWN],
        "http_url": wire.UNKNOWN,
        "ignored_hosts": [wire.UNKNOWN, "localhost"],
    }

    result = engine.preview([program.resource("RouterProxy", "proxy", later)])

    assert result.of("proxy").op.value == "create"


def test_a_variable_that_beats_the_file_is_a_warning(engine: Engine, file: Path) -> None:
    node = {"file": str(file), "environment": ["JF_ROUTER_PROXY_HTTPURL", "HOME"]}

    outputs = up(engine, {"node": node, "http_url": PROXY, "ignored_hosts": HOSTS})

    assert any("JF_ROUTER_PROXY_HTTPURL" in text and "beats system.yaml" in text for text in outputs["warnings"])


@pytest.fixture
def router() -> Iterator[Router]:
    running = Router()
    yield running
    running.close()


def test_with_restart_each_node_is_restarted_once_and_known_to_be_effective(
    engine: Engine, tmp_path: Path, router: Router
) -> None:
    inputs = fleet(tmp_path, router, restart=True)

    first = dict(up(engine, inputs))
    again = up(engine, inputs)

    assert (tmp_path / "restarted").read_text().split() == ["eu-1", "eu-2"]
    assert first["effective"] == again["effective"] == {"eu-1": "yes", "eu-2": "yes"}
    assert first["restart_required"] is False


def test_a_node_that_does_not_come_back_stops_the_others_and_says_how_to_go_on(
    engine: Engine, tmp_path: Path, router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jpd_provider.systemyaml.restart.HEALTH_SECONDS", 0.0)
    router.state = "UNHEALTHY"

    with pytest.raises(HarnessFailure, match=r"node 'eu-1': .*not healthy.*Not restarted yet: eu-2.*`pulumi up` again"):
        up(engine, fleet(tmp_path, router, restart=True))
    router.state = "HEALTHY"
    outputs = up(engine, fleet(tmp_path, router, restart=True))

    assert (tmp_path / "restarted").read_text().split() == ["eu-1", "eu-1", "eu-2"]
    assert outputs["effective"] == {"eu-1": "yes", "eu-2": "yes"}


def test_drift_that_was_repaired_needs_another_restart_of_that_node_alone(
    engine: Engine, tmp_path: Path, router: Router
) -> None:
    inputs = fleet(tmp_path, router, restart=True)
    up(engine, inputs)
    (tmp_path / "eu-2.yaml").write_text(ORIGINAL)

    engine.up([program.resource("RouterProxy", "proxy", inputs)], refresh=True)

    assert (tmp_path / "restarted").read_text().split() == ["eu-1", "eu-2", "eu-2"]


def fleet(tmp_path: Path, router: Router, *, restart: bool) -> dict[str, Any]:
    nodes = []
    for name in ("eu-1", "eu-2"):
        path = tmp_path / f"{name}.yaml"
        if not path.exists():
            path.write_text(ORIGINAL)
        command = ["sh", "-c", f"echo {name} >> {tmp_path / 'restarted'}"]
        nodes.append({"file": str(path), "name": name, "restart_command": command, "router_url": router.url})
    return {"nodes": nodes, "http_url": PROXY, "ignored_hosts": HOSTS, "restart": restart}


class Router:
    """A router that is in one state."""

    def __init__(self) -> None:
        self.state = "HEALTHY"
        router = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps({"router": {"state": router.state, "message": ""}, "services": []}).encode()
                self.send_response(200 if router.state == "HEALTHY" else 503)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

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


NODE = {"file": "/etc/system.yaml", "addresses": ["10.0.0.5"]}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"http_url": "proxy.corp:3128"}, "http_url: has no scheme"),
        ({"http_url": "http://proxy.corp:3128/path"}, "http_url: has a path or query"),
        ({"http_url": "http://proxy.corp:3128/"}, "http_url: has a path or query"),
        ({"https_url": "http://proxy.corp:3128?x=1"}, "https_url: has a path or query"),
        ({"http_url": "http://proxy.corp"}, "http_url: has no port"),
        ({"http_url": "http://proxy.corp:99999"}, "http_url: has a port that is no number up to 65535"),
        ({"http_url": "http://u:p4ss@word@proxy.corp:3128"}, "percent-encode it"),
        ({"http_url": "http://u:p4ss/word@proxy.corp:3128"}, "percent-encode it"),
        ({"http_url": "http://u:p4ss#word@proxy.corp:3128"}, "percent-encode it"),
        ({"http_url": "http://u:p4ss word@proxy.corp:3128"}, "percent-encode it"),
        ({"http_url": "http://u:p4ss%word@proxy.corp:3128"}, "percent-encode it"),
        ({"http_url": "http://u:{{.x}}@proxy.corp:3128"}, "Helm would evaluate"),
        ({"ignored_hosts": ["*.example.com"]}, r"write '\.example\.com' for all hosts below"),
        ({"ignored_hosts": ["a b"]}, "'a b' has blanks"),
        ({"ignored_hosts": ["http://a"]}, "'http://a' has a scheme"),
        ({"ignored_hosts": ["a,b"]}, "'a,b' has a comma"),
        ({"ignored_hosts": ["a/b"]}, "'a/b' has a slash"),
        ({"ignored_hosts": [""]}, "has blanks"),
        ({"node": NODE, "nodes": [NODE]}, "nodes: contradicts node"),
        ({"node": {"file": "/a", "ssh": {"host": "b"}}}, "exactly one of file, ssh, .*; here is file and ssh"),
        ({"node": {"name": "a"}}, "exactly one of .*; here is none"),
        ({"nodes": [NODE, NODE]}, "'file:///etc/system.yaml' is given twice"),
        ({"node": NODE, "http_url": PROXY, "ignored_hosts": ["10.0.0.6"]}, r"lacks 10\.0\.0\.5: .*takes the node down"),
        ({"node": {"simulator": {"deployment": "ap", "node": "x"}}}, "There is no deployment 'ap'"),
        ({"node": {"ssh": {"host": "a", "path": "relative"}}}, "node.ssh.path"),
        ({"node": NODE, "restart": True}, "restart needs the node's restart_command and router_url"),
    ],
)
def test_bad_input_fails_the_preview_with_one_clear_message(
    engine: Engine, inputs: dict[str, Any], message: str
) -> None:
    with pytest.raises(CheckFailed, match=message) as failure:
        engine.preview([program.resource("RouterProxy", "proxy", inputs)])

    assert "p4ss" not in str(failure.value)
