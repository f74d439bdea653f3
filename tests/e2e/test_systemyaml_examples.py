"""The examples that manage system.yaml, under the real engine and on files of this machine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.conftest import NewProject, Simulator
from e2e.project import NO_CHANGES_EXPECTED
from provider.systemyaml import sshd

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROXY = "http://proxy.example.com:3128"
KEY = "0123456789abcdef0123456789abcdef"


def system_yaml(folder: Path, name: str, number: int) -> Path:
    """A node's file, with a comment and keys that are not ours."""
    path = folder / f"{name}.yaml"
    path.write_text(f"# {name}\nshared:\n    node: {{id: {name}, ip: 10.0.0.{number}}}   # never moved\n")
    return path


def test_a_fleet_of_six_nodes_with_one_that_was_forgotten(
    project_of_folder: NewProject, simulator: Simulator, tmp_path: Path
) -> None:
    names = ["eu-1", "eu-2", "eu-3", "us-1", "us-2", "us-3"]
    files = {name: system_yaml(tmp_path, name, number) for number, name in enumerate(names, start=1)}
    originals = {name: path.read_text() for name, path in files.items()}
    project = project_of_folder(EXAMPLES / "router-proxy-fleet")
    simulator.configure(project)
    project.set_config("proxy", PROXY)
    for number, name in enumerate(names):
        node = f"nodes.{name[:2]}[{number % 3}]"
        project.set_config(f"{node}.name", name)
        project.set_config(f"{node}.file", str(files[name]))
        project.set_config(f"{node}.addresses[0]", f"10.0.0.{number + 1}")

    project.up()
    project.preview("--refresh", "--expect-no-changes")
    assert all(PROXY in path.read_text() for path in files.values())
    files["eu-3"].write_text(originals["eu-3"])
    drifted = project.preview("--refresh", "--diff", "--expect-no-changes", expect=NO_CHANGES_EXPECTED)
    project.up("--refresh")
    assert PROXY in files["eu-3"].read_text()
    project.preview("--refresh", "--expect-no-changes")
    project.destroy()

    assert f"eu-3: http_url is not set, declared '{PROXY}'" in drifted.output
    assert {name: path.read_text() for name, path in files.items()} == originals


def test_values_for_a_chart(project_of_folder: NewProject, simulator: Simulator) -> None:
    project = project_of_folder(EXAMPLES / "router-proxy-helm")
    simulator.configure(project)
    project.set_config("proxy", PROXY)
    project.set_config("podNetwork", "10.42.0.0/16")

    project.up()
    project.preview("--refresh", "--expect-no-changes")

    values = json.loads(project.run("stack", "output", "values", "--json").output)
    proxy = values["artifactory"]["artifactory"]["extraSystemYaml"]["router"]["proxy"]
    assert proxy["httpUrl"] == PROXY
    assert "10.42.0.0/16" in proxy["ignoredHosts"]


def test_a_node_joins_and_its_product_encrypts_the_key(
    project_of_folder: NewProject, simulator: Simulator, tmp_path: Path
) -> None:
    file = system_yaml(tmp_path, "xray-1", 7)
    original = file.read_text()
    project = project_of_folder(EXAMPLES / "join-a-node")
    simulator.configure(project)
    project.set_config("jfrogUrl", simulator.deployments["eu"].url)
    project.set_config("joinKey", KEY, secret=True)
    project.set_config("node.name", "xray-1")
    project.set_config("node.file", str(file))

    up = project.up()
    assert f'joinKey: "{KEY}"' in file.read_text()
    file.write_text(file.read_text().replace(KEY, "1a2b3c.aesgcm256.c2VjcmV0"))
    same = project.preview("--refresh", "--diff", "--expect-no-changes")
    file.write_text(file.read_text().replace(simulator.deployments["eu"].url, "http://elsewhere:8082"))
    drifted = project.preview("--refresh", "--diff", "--expect-no-changes", expect=NO_CHANGES_EXPECTED)
    project.up("--refresh")
    state = project.export()
    project.destroy()

    assert "xray-1: jfrog_url is 'http://elsewhere:8082'" in drifted.output
    assert KEY not in up.output + same.output + drifted.output + state
    assert file.read_text() == original


@pytest.fixture
def ssh_server(tmp_path: Path) -> Iterator[sshd.Sshd]:
    """A real sshd; see there for what a machine needs."""
    reason = sshd.missing()
    if reason:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    folder = tmp_path / "sshd"
    folder.mkdir()
    server = sshd.start(folder)
    yield server
    server.stop()


def test_a_machine_behind_ssh_gets_its_proxy_with_credentials_that_nobody_sees(
    project_of_folder: NewProject, simulator: Simulator, ssh_server: sshd.Sshd, tmp_path: Path
) -> None:
    file = tmp_path / "system.yaml"
    file.write_text(original := "# node 1\nshared: {node: {ip: 127.0.0.1}}\n")
    proxy = "http://corp:p4ss%40word@proxy.example.com:3128"
    project = project_of_folder(EXAMPLES / "router-proxy-ssh")
    simulator.configure(project)
    for name, value in {
        "hosts[0]": "127.0.0.1",
        "port": str(ssh_server.port),
        "user": ssh_server.target["user"],
        "keyFile": ssh_server.target["key_file"],
        "knownHosts": ssh_server.target["known_hosts"],
        "path": str(file),
    }.items():
        project.set_config(name, value)
    project.set_config("proxy", proxy, secret=True)

    up = project.up()
    again = project.preview("--refresh", "--diff", "--expect-no-changes")
    state = project.export()
    written = file.read_text()
    project.destroy()

    assert f'httpUrl: "{proxy}"' in written
    assert "p4ss" not in up.output + again.output + state
    assert file.read_text() == original
