"""No secret that trust is made of is seen anywhere but where it is used."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

import jpd_provider
from harness import program, wire
from harness.engine import Engine
from harness.failures import HarnessFailure
from harness.transport import ProcessTransport
from jpd_sim.state.tokens import Tokens

SOURCES = sorted(Path(jpd_provider.__file__).parent.rglob("*.py"))
PARIS = {"city_name": "Paris", "country_code": "FR", "latitude": 48.85, "longitude": 2.35}
TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.")
DAY = 86_400


@pytest.fixture
def minted(monkeypatch):
    """Every token that a simulated JPD signs from here on, as it is handed out."""
    tokens: list[str] = []
    sign = Tokens._sign

    def noting(self, token, extension):
        tokens.append(sign(self, token, extension))
        return tokens[-1]

    monkeypatch.setattr(Tokens, "_sign", noting)
    return tokens


class ProcessList(threading.Thread):
    """Looks at the arguments of all processes again and again."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen: set[str] = set()
        self._done = threading.Event()

    def run(self):
        while not self._done.wait(0.02):
            listed = subprocess.run(["ps", "-axww", "-o", "args="], capture_output=True, text=True, check=True)
            self.seen.update(listed.stdout.splitlines())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self.join()


def trust(world, folder):
    key = world.simulator.deployments["ap"].join_key
    return [
        program.resource("BindingToken", "eu-us", {"source": "eu", "target": "us"}),
        program.resource("DeploymentRegistration", "us", {"home": "eu", "target": "us", "location": PARIS}),
        program.resource(
            "DeploymentRegistration",
            "ap",
            {"home": "eu", "target": "ap", "location": PARIS, "join_key": wire.Secret(key)},
            secret_outputs=frozenset({"join_key"}),
        ),
        program.resource("CircleOfTrust", "circle", {"deployment": "eu", "trusts": "us", "folder": str(folder)}),
    ]


def live_through(world, engine, folder):
    """Everything that happens to trust, with the errors that it meets. Returns what they say and all states."""
    wanted = trust(world, folder)
    states, errors = [], []
    world.control.add_fault(method="PUT", path="*/service_trust/pairing/*", status=400, body='{"errors":[]}', times=2)
    for operation in (
        lambda: engine.up(wanted),  # fails: the exchange is refused twice
        lambda: engine.up(wanted),
        lambda: world.control.advance_clock(340 * DAY),
        lambda: world.control.rotate_root_certificate("us"),
        lambda: engine.up(wanted, refresh=True),
        engine.destroy,
    ):
        try:
            operation()
        except HarnessFailure as failure:
            errors.append(str(failure))
        states.append(engine.state.plaintext())
    return states, errors


@pytest.mark.skipif(shutil.which("ps") is None, reason="no ps on this machine to list processes with")
def test_no_minted_token_and_no_key_is_seen_anywhere(world, minted, tmp_path):
    folder = tmp_path / "trusted"
    folder.mkdir()
    world.control.watch_trusted_folder("eu", str(folder))
    transport = ProcessTransport(tmp_path, env={"JPD_LOG": "debug"})
    engine = Engine(transport, {"jpd:deployments": json.dumps(world.configuration())})

    with ProcessList() as processes:
        states, errors = live_through(world, engine, folder)

    seen = {
        "state": "\n".join(states),
        "errors": "\n".join(errors),
        "stdout": transport.stdout,
        "stderr": transport.stderr,
        "processes": "\n".join(processes.seen),
        "request logs": json.dumps(world.control.requests()),
    }
    jpds = world.simulator.deployments.values()
    secrets = [*minted, *(jpd.access_token for jpd in jpds), *(jpd.join_key for jpd in jpds)]
    assert len(minted) >= 8, "two pairings and a registration, twice, make more tokens than these"
    assert len(errors) == 1
    assert "PUT" in seen["stderr"], "the log was not at its most talkative"
    assert [
        (place, number) for place, text in seen.items() for number, secret in enumerate(secrets) if secret in text
    ] == []
    assert [place for place, text in seen.items() if TOKEN.search(text)] == []


def test_the_endpoint_with_which_products_join_is_in_no_code_of_the_provider():
    """Contract trust 1.4: the provider must never call it. It is the product's alone."""
    assert len(SOURCES) > 50

    naming = [
        f"{source.name}:{node.lineno}"
        for source in SOURCES
        for node in _texts_used(source)
        if _names_the_endpoint(node.value)
    ]

    assert naming == []


@pytest.mark.parametrize(
    "text", ["/access/api/v1/registry/join", "/access/api/v1/registry", "registry/join", "v1/registry/"]
)
def test_the_guard_recognises_the_endpoint_also_in_parts(text):
    assert _names_the_endpoint(text)


def test_nothing_that_is_done_for_trust_calls_the_endpoint(world, tmp_path):
    world.control.watch_trusted_folder("eu", str(tmp_path))
    engine = world.engine(preflight="on")

    engine.up(trust(world, tmp_path))
    engine.refresh()
    engine.destroy()

    paths = [row["path"] for row in world.control.requests()]
    assert len(paths) > 30
    assert [path for path in paths if "registry" in path] == []


def _texts_used(source):
    """Every text in a module but the docstrings, which may say what is never called; parts of f-strings too."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node


def _names_the_endpoint(text):
    """A path of the service registry, whole or in parts; prose has blanks around the word."""
    return re.search(r"registry/|/registry\b", text) is not None
