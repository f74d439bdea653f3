"""The reference that users' state holds: the same few characters for ever, on every Python, for every credential."""

import base64
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.dynamic import Config, serialize_provider

import jpd_provider
from jpd_provider import anchor, resources
from jpd_provider.hosts.dynamic import DynamicProvider, Tombstone

GOLDEN: dict[str, str] = json.loads((Path(__file__).parent / "golden_blobs.json").read_text())
"""What releases have written. An entry is added with a resource, and never changed: state in the field holds it."""

NEWEST = 14

# Runs on Pythons without our dependencies: a stand-in for the anchor records what the reference calls.
LOADS = """
import base64, io, json, pickle, sys, types
class Reference:
    def __init__(self, *args): self.args = args
    def __reduce__(self): return load, self.args
def load(kind, format): return Reference(kind, format)
load.__module__, load.__qualname__ = "jpd_provider.anchor", "load"
module = types.ModuleType("jpd_provider.anchor")
module.load = load
sys.modules.update({"jpd_provider": types.ModuleType("jpd_provider"), "jpd_provider.anchor": module})
found = []
for blob in json.load(sys.stdin):
    reference = pickle.loads(base64.b64decode(blob))
    written = io.BytesIO()
    pickle._Pickler(written, 4).dump(reference)
    found.append([list(reference.args), base64.b64encode(written.getvalue()).decode()])
print(json.dumps(found))
"""


def configured(provider: Any, token: str) -> Any:
    deployments = json.dumps({"eu": {"url": "https://eu.example.com", "accessToken": token}})
    provider.configure(ConfigureRequest(Config({"jpd:deployments": deployments}, "project")))
    return provider


def python(minor: int) -> str | None:
    """A Python 3.<minor>: this one, one on PATH that runs, or one of pyenv."""
    if minor == sys.version_info.minor:
        return sys.executable
    name = f"python3.{minor}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [shutil.which(name), *sorted(pyenv.glob(f"versions/3.{minor}.*/bin/{name}"))]
    return next((str(found) for found in candidates if found is not None and _runs(str(found))), None)


def _runs(program: str) -> bool:
    # A pyenv shim is on PATH even for versions that are not switched on.
    return subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode == 0


def test_every_resource_has_a_golden_reference() -> None:
    assert set(GOLDEN) == set(resources.REGISTRY)


@pytest.mark.parametrize("kind", sorted(GOLDEN))
def test_the_stored_reference_is_what_releases_have_written(kind: str) -> None:
    assert serialize_provider(anchor.load(kind, 1)) == GOLDEN[kind]


@pytest.mark.parametrize("kind", sorted(GOLDEN))
def test_the_stored_reference_is_short(kind: str) -> None:
    assert len(serialize_provider(anchor.load(kind, 1))) < 128


@pytest.mark.parametrize("kind", sorted(GOLDEN))
def test_neither_credential_nor_configuration_shows_in_the_reference(kind: str) -> None:
    one = configured(anchor.load(kind, 1), "tok-0123456789-one")
    other = configured(anchor.load(kind, 1), "tok-0123456789-two")

    assert serialize_provider(one) == serialize_provider(other) == GOLDEN[kind]


@pytest.mark.parametrize("kind", sorted(GOLDEN))
def test_the_golden_reference_loads_the_provider_of_today(kind: str) -> None:
    loaded = pickle.loads(base64.b64decode(GOLDEN[kind]))

    assert type(loaded) is DynamicProvider
    assert serialize_provider(loaded) == GOLDEN[kind]


@pytest.mark.parametrize("minor", range(10, NEWEST + 1))
def test_the_reference_is_the_same_call_on_every_python(minor: int) -> None:
    program = python(minor)
    if program is None:
        pytest.skip(f"no python3.{minor} on this machine; get one: uv python install 3.{minor}, and put it on PATH")

    ran = subprocess.run(
        [program, "-I", "-c", LOADS],
        input=json.dumps(list(GOLDEN.values())),
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(ran.stdout) == [[[kind, 1], blob] for kind, blob in GOLDEN.items()]


@pytest.mark.parametrize(("kind", "format_"), [("RouterProxy2", 1), ("FederatedRepository", 2), ("", 0)])
def test_what_this_release_does_not_know_becomes_a_tombstone(kind: str, format_: int) -> None:
    assert type(anchor.load(kind, format_)) is Tombstone


@pytest.mark.parametrize(("kind", "format_"), [("RouterProxy2", 1), ("FederatedRepository", 2)])
def test_a_tombstone_keeps_the_reference_that_it_was_found_under(kind: str, format_: int) -> None:
    blob = serialize_provider(anchor.load(kind, format_))

    again = pickle.loads(base64.b64decode(blob))

    assert again.__reduce__() == (anchor.load, (kind, format_))
    assert serialize_provider(again) == blob


@pytest.mark.parametrize("operation", ["diff", "create", "read", "update", "delete"])
def test_a_tombstone_refuses_in_words_that_name_kind_and_release(operation: str) -> None:
    short: dict[str, tuple[Any, ...]] = {"create": ({},), "read": ("id", {}), "delete": ("id", {})}
    arguments = short.get(operation, ("id", {}, {}))

    with pytest.raises(Exception, match="does not know") as caught:
        getattr(anchor.load("Later", 1), operation)(*arguments)

    assert type(caught.value).__name__ == "JpdError"
    assert f"kind 'Later' (format 1), which pulumi-jpd {jpd_provider.__version__} does not know" in str(caught.value)
    assert "pip install --upgrade pulumi-jpd" in str(caught.value)


def test_a_tombstone_fails_the_check_and_gives_the_inputs_back() -> None:
    result = anchor.load("Later", 1).check({}, {"a": 1})

    assert result.inputs == {"a": 1}
    assert [failure.property for failure in result.failures] == [""]
    assert "'Later'" in result.failures[0].reason


def test_the_signature_is_frozen() -> None:
    assert anchor.load.__module__ == "jpd_provider.anchor"
    assert anchor.load.__code__.co_varnames[: anchor.load.__code__.co_argcount] == ("kind", "format")
    assert anchor.FORMAT == 1
