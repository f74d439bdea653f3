"""JoinTrust through the engine, on a file of this machine and a JPD that answers by script."""

import json
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
shared:
  # the node
  node: {id: xray-1}
  security:
    masterKeyFile: /keys/master.key  # kept elsewhere
"""
KEY = "0123456789abcdef0123456789abcdef"
OTHER_KEY = "fedcba9876543210fedcba9876543210"
ENCRYPTED = "1a2b3c.aesgcm256.c2VjcmV0LXRleHQ"
URL = "http://10.0.0.5:8082"


class FakeJpd:
    """Answers ping and health as it is told, and remembers what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str]] = {"/access/api/v1/system/ping": (200, "OK")}
        self.asked: list[str] = []
        jpd = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                jpd.asked.append(f"{self.command} {self.path}")
                status, body = jpd.answers.get(self.path, (404, "{}"))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=[0.02])
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def jpd() -> Iterator[FakeJpd]:
    fake = FakeJpd()
    fake.thread.start()
    yield fake
    fake.server.shutdown()
    fake.thread.join()
    fake.server.server_close()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, jpd: FakeJpd) -> Engine:
    monkeypatch.setitem(resources.REGISTRY, "JoinTrust", "join_trust")
    deployments = {"eu": {"url": jpd.url, "accessToken": "tok-0123456789abcdef"}}
    return Engine(InProcessTransport(), {"jpd:deployments": json.dumps(deployments), "jpd:preflight": "off"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "system.yaml"
    path.write_text(ORIGINAL)
    return path


def inputs(file: Path, **more: Any) -> dict[str, Any]:
    node = {"file": str(file), "name": "xray-1"}
    return {"node": node, "jfrog_url": URL, "join_key": wire.Secret(KEY), "verify": "eu", **more}


def up(engine: Engine, wanted: dict[str, Any]) -> dict[str, Any]:
    engine.up([program.resource("JoinTrust", "join", wanted)])
    return engine.state["join"].outputs


def edit(old: str, new: str) -> Any:
    def change(path: Path) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


def test_its_life_from_creation_to_removal(engine: Engine, file: Path) -> None:
    lifecycle.run(
        engine,
        "JoinTrust",
        [
            Step(inputs(file), expect="create", check=lambda path, _: _holds(path, KEY)),
            Step(expect="same", refresh=True, before=edit(f'"{KEY}"', ENCRYPTED)),
            Step(inputs(file, jfrog_url="http://lb:8082"), expect="update", changed=["jfrog_url"]),
            Step(expect="same", check=lambda path, _: _holds(path, ENCRYPTED)),
            Step(
                inputs(file, join_key=wire.Secret(OTHER_KEY)),
                expect="update",
                changed=["join_key", "jfrog_url"],
                check=lambda path, _: _holds(path, OTHER_KEY),
            ),
            Step(
                expect="update",
                changed=["drift"],
                refresh=True,
                before=edit(OTHER_KEY, KEY),
                check=lambda path, _: _holds(path, OTHER_KEY),
            ),
            Step(expect="update", changed=["jfrog_url", "drift"], refresh=True, before=edit("10.0.0.5", "10.0.0.6")),
        ],
        world=file,
        leftovers=lambda path: path.read_text() != ORIGINAL,
    )


def _holds(path: Path, key: str) -> None:
    assert f"joinKey: {key}" in path.read_text().replace('"', "")


def test_the_key_is_ciphertext_in_state_and_in_no_output_of_the_file(engine: Engine, file: Path) -> None:
    up(engine, inputs(file))
    engine.refresh()

    stored = engine.state["join"]
    assert isinstance(stored.inputs["join_key"], wire.Secret)
    assert isinstance(stored.outputs["join_key"], wire.Secret)
    assert KEY not in repr((stored.inputs, stored.outputs))


def test_a_key_that_the_program_gives_in_the_clear_is_secret_all_the_same(engine: Engine, file: Path) -> None:
    up(engine, inputs(file, join_key=KEY))

    stored = engine.state["join"]
    assert KEY not in repr((stored.inputs, stored.outputs))


def test_the_fingerprint_has_another_salt_each_time(engine: Engine, file: Path) -> None:
    first = dict(up(engine, inputs(file)))
    engine.destroy()
    second = up(engine, inputs(file))

    assert first["fingerprint"] != second["fingerprint"]
    assert first["salt"] != second["salt"]


def test_drift_of_the_key_shows_neither_key(engine: Engine, file: Path) -> None:
    up(engine, inputs(file))
    edit(KEY, OTHER_KEY)(file)

    engine.refresh()

    stored = engine.state["join"]
    assert stored.outputs["drift"] == ["xray-1: join_key is another key than the declared one"]
    assert OTHER_KEY not in repr((stored.inputs, stored.outputs))


def test_access_is_pinged_before_anything_is_written(engine: Engine, file: Path, jpd: FakeJpd) -> None:
    jpd.answers = {}

    with pytest.raises(HarnessFailure, match=r"has no /access/api/v1/system/ping.*nothing was written"):
        up(engine, inputs(file))

    assert file.read_text() == ORIGINAL


def test_a_page_instead_of_access_is_a_wrong_url(engine: Engine, file: Path, jpd: FakeJpd) -> None:
    jpd.answers["/access/api/v1/system/ping"] = (200, "<html>default backend</html>")

    with pytest.raises(HarnessFailure, match="does not know /access"):
        up(engine, inputs(file))

    assert file.read_text() == ORIGINAL


def test_the_products_own_join_call_is_never_made(engine: Engine, file: Path, jpd: FakeJpd) -> None:
    up(engine, inputs(file, product="xray"))
    engine.refresh()
    engine.destroy()

    assert set(jpd.asked) == {"GET /access/api/v1/system/ping", "GET /router/api/v1/system/health"}


def test_a_service_in_the_routers_health_proves_the_join(engine: Engine, file: Path, jpd: FakeJpd) -> None:
    jpd.answers["/router/api/v1/system/health"] = (
        200,
        json.dumps({"router": {"state": "HEALTHY"}, "services": [{"service_id": "jfxr@01h", "state": "HEALTHY"}]}),
    )

    assert up(engine, inputs(file, product="xray"))["joined"] == "yes"
    assert up(engine, inputs(file, product="distribution"))["joined"] == "unknown"


def test_the_master_key_is_refused_as_join_key(engine: Engine, file: Path) -> None:
    file.write_text(f"shared: {{security: {{masterKey: {KEY}}}}}\n")
    before = file.read_text()

    with pytest.raises(HarnessFailure, match="is the master key that stands in the file") as failure:
        up(engine, inputs(file))

    assert KEY not in str(failure.value)
    assert file.read_text() == before


def test_the_products_encryption_proves_a_restart(engine: Engine, file: Path) -> None:
    assert up(engine, inputs(file))["restart_required"] is True
    edit(f'"{KEY}"', ENCRYPTED)(file)

    engine.refresh()

    outputs = engine.state["join"].outputs
    assert (outputs["encrypted"], outputs["restart_required"]) == (True, False)


def test_a_restart_that_was_cut_off_is_made_up_for(engine: Engine, file: Path, jpd: FakeJpd, tmp_path: Path) -> None:
    command = ["sh", "-c", f"echo again >> {tmp_path / 'restarted'}"]
    node = {"file": str(file), "name": "xray-1", "restart_command": ["false"], "router_url": jpd.url}
    with pytest.raises(HarnessFailure, match="'false' ended with 1"):
        up(engine, inputs(file, node=node, restart=True))
    jpd.answers["/router/api/v1/system/health"] = (200, json.dumps({"router": {"state": "HEALTHY"}, "services": []}))

    outputs = up(engine, inputs(file, node=node | {"restart_command": command}, restart=True))

    assert (tmp_path / "restarted").read_text() == "again\n"
    assert outputs["restart_required"] is False


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        (
            "400: Check-url failed for http://10.0.0.7:8082",
            "Access could not call the node back",
        ),
        (
            "status code: 409; message: conflicts (IP)",
            "give the node a shared.node.id of its own",
        ),
        ("Service registry ping failed, will retry", "The node did not join in time"),
    ],
)
def test_a_join_that_fails_after_the_restart_is_told_apart(
    engine: Engine, file: Path, jpd: FakeJpd, monkeypatch: pytest.MonkeyPatch, message: str, advice: str
) -> None:
    monkeypatch.setattr("jpd_provider.systemyaml.restart.HEALTH_SECONDS", 0.0)
    router = {"router": {"state": "UNHEALTHY", "message": message}, "services": []}
    jpd.answers["/router/api/v1/system/health"] = (503, json.dumps(router))
    node = {"file": str(file), "name": "xray-1", "restart_command": ["true"], "router_url": jpd.url}

    with pytest.raises(HarnessFailure) as failure:
        up(engine, inputs(file, node=node, restart=True))

    assert message in str(failure.value)
    assert advice in str(failure.value)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"join_key": "0" * 31}, "has 31 characters"),
        ({"join_key": "x" * 32}, "other than hex digits"),
        ({"join_key": " "}, "is empty"),
        ({"join_key": "E" * 32}, "published sample key"),
        ({"join_key": "f" * 64}, "published sample key"),
        ({"join_key": "83da88eaa1b2c3d4a1b2c3d4a1b2c3d4"}, "published sample key"),
        ({"join_key": "JE" + "a" * 30}, "a product has encrypted"),
        ({"join_key": ENCRYPTED}, "a product has encrypted"),
        ({"jfrog_url": "10.0.0.5:8082"}, "has no scheme"),
        ({"jfrog_url": "http://10.0.0.5:8082/artifactory"}, "has a path"),
        ({"jfrog_url": "http://10.0.0.5:8082//"}, "has a path"),
        ({"jfrog_url": "http://u:p4ssword@10.0.0.5:8082"}, "carries credentials"),
        ({"verify": "ap"}, "There is no deployment 'ap'"),
        ({"product": "excel"}, "product"),
        ({"restart": True}, "restart needs the node's restart_command and router_url"),
    ],
)
def test_bad_input_fails_the_preview_with_one_message(
    engine: Engine, file: Path, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(CheckFailed, match=message) as failure:
        engine.preview([program.resource("JoinTrust", "join", inputs(file, **more))])

    assert more.get("join_key", "?") not in (text := str(failure.value)) or text.endswith("is empty")
    assert "p4ssword" not in text
    assert file.read_text() == ORIGINAL
