"""The real SSH server that these tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jpd_provider.systemyaml.channels.file import FileChannel

from . import fake_cluster, places, sshd

SUDO = """#!/bin/sh
# Stands for sudo: notes what it was asked, and asks for a password when the test says so.
printf '%s\\n' "$*" >> "{folder}/sudo.log"
[ "$1" = -n ] && [ -e "{folder}/asks" ] && {{ echo "sudo: a password is required" >&2; exit 1; }}
shift 2
exec "$@"
"""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sshd.Sshd]:
    """sshd, or a skip with the way to get it. With CI=true its absence is a failure."""
    reason = sshd.missing()
    if reason:
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("sshd")
    tools = folder / "bin"
    tools.mkdir()
    sudo = tools / "sudo"
    sudo.write_text(SUDO.format(folder=folder))
    sudo.chmod(0o755)
    running = sshd.start(folder, [tools])
    yield running
    running.stop()


@pytest.fixture
def cluster() -> Iterator[fake_cluster.FakeCluster]:
    """A Kubernetes API server with one Secret."""
    fake = fake_cluster.FakeCluster()
    yield fake
    fake.close()


DISKS = ["file", "ssh", "ssh with sudo"]


@pytest.fixture(params=DISKS)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> places.Place:
    """Each place that is a file of this machine, with an empty mapping in it."""
    return _on_disk(request, tmp_path)


@pytest.fixture(params=[*DISKS, "kubernetes", "simulator"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> places.Place:
    """Each place in turn, with an empty mapping in its system.yaml."""
    if request.param == "kubernetes":
        return places.in_a_secret(request.getfixturevalue("cluster"), tmp_path)
    if request.param == "simulator":
        return places.in_a_simulator()
    return _on_disk(request, tmp_path)


def _on_disk(request: pytest.FixtureRequest, tmp_path: Path) -> places.Place:
    path = tmp_path / "etc" / "system.yaml"
    path.parent.mkdir()
    path.write_bytes(b"{}\n")
    if request.param == "file":
        return places.on_disk("file", path, FileChannel(path))
    server: sshd.Sshd = request.getfixturevalue("server")
    target = server.target | {"path": str(path), "sudo": request.param != "ssh"}
    return places.on_disk("ssh", path, places.channel({"ssh": target}))
