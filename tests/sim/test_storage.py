"""`--data`: what was acknowledged is there after any end of the process, and one process has the folder."""

from __future__ import annotations

import os
import sqlite3
import threading

import httpx
import pytest

from jpd_sim import Simulator
from jpd_sim.state import codec
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.kept import Kept, Part

from .processes import refused, running

TOPOLOGY = """
deployments: {eu: {version: 7.104.5, nodes: 2}, us: {}}
trust: [[eu, us]]
federations:
  - {key: demo, packageType: generic, members: [eu, us]}
artifacts:
  - {deployment: eu, path: demo/hello.txt, content: hello, properties: {colour: [red, blue]}}
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "jpds"


@pytest.fixture
def topology(tmp_path):
    path = tmp_path / "topology.yaml"
    path.write_text(TOPOLOGY)
    return path


def write_until_it_dies(client, acknowledged):
    number = 0
    try:
        while True:
            answer = client.put(f"/artifactory/demo/{number}.txt", content=f"content {number}")
            if answer.status_code == 201:
                acknowledged.append(number)
            number += 1
    except httpx.TransportError:
        return


@pytest.mark.parametrize("patience_seconds", [0.05, 0.2, 0.5, 1.0])
def test_no_acknowledged_write_is_lost_by_a_kill(folder, topology, patience_seconds):
    acknowledged: list[int] = []
    with running("--topology", topology, "--data", folder) as simulator, simulator.client("eu") as client:
        writer = threading.Thread(target=write_until_it_dies, args=[client, acknowledged])
        writer.start()
        writer.join(patience_seconds)
        simulator.kill()
        writer.join()

    with running("--data", folder) as simulator, simulator.client("eu") as eu, simulator.client("us") as us:
        contents = [eu.get(f"/artifactory/demo/{number}.txt").text for number in acknowledged]
        assert simulator.control.wait_until_idle(30) == []
        replicated = [us.get(f"/artifactory/demo/{number}.txt").text for number in acknowledged]

    assert len(acknowledged) > 0
    assert contents == replicated == [f"content {number}" for number in acknowledged]


def test_events_that_were_not_delivered_survive_a_kill(folder, topology):
    with running("--topology", topology, "--data", folder) as simulator, simulator.client("eu") as eu:
        simulator.control.cut_link("eu", "us")
        eu.put("/artifactory/demo/late.txt", content=b"late").raise_for_status()
        eu.delete("/artifactory/demo/hello.txt").raise_for_status()
        simulator.kill()

    with running("--data", folder) as simulator, simulator.client("us") as us:
        before = us.get("/artifactory/demo/late.txt").status_code
        simulator.control.heal_link("eu", "us")
        left = simulator.control.wait_until_idle(30)
        after = [us.get(f"/artifactory/demo/{name}").status_code for name in ("late.txt", "hello.txt")]

    assert (before, left, after) == (404, [], [200, 404])


def test_binaries_that_were_not_fetched_survive_a_kill(folder, topology):
    with running("--topology", topology, "--data", folder) as simulator, simulator.client("eu") as eu:
        simulator.control.hold_importers("us")
        eu.put("/artifactory/demo/big.bin", content=b"x" * 1000).raise_for_status()
        assert simulator.control.wait_until_idle(10) == []
        simulator.kill()

    with running("--data", folder) as simulator, simulator.client("us") as us:
        assert simulator.control.wait_until_idle(30) == []
        simulator.control.cut_link("eu", "us")
        content = us.get("/artifactory/demo/big.bin").content

    assert content == b"x" * 1000


def test_addresses_credentials_and_settings_are_the_same_after_a_restart(folder, topology):
    with running("--topology", topology, "--data", folder) as simulator, simulator.client("eu") as eu:
        first = simulator.line
        simulator.control.freeze_clock()
        simulator.control.advance_clock(3600)
        now = simulator.control.clock()["nowMs"]
        number = simulator.control.add_fault(path="/none", status=418)
        certificate = eu.get("/access/api/v1/cert/root").text
        properties = eu.get("/artifactory/api/storage/demo/hello.txt", params={"properties": ""}).json()["properties"]
        simulator.kill()

    with running("--data", folder) as simulator, simulator.client("eu") as eu:
        assert simulator.line == first
        assert simulator.control.clock()["nowMs"] == now
        assert [fault["id"] for fault in simulator.control.faults()] == [number]
        assert eu.get("/artifactory/api/system/version").json()["version"] == "7.104.5"
        assert len(simulator.control.overview()["deployments"]["eu"]["nodes"]) == 2
        assert (
            eu.get("/artifactory/api/storage/demo/hello.txt", params={"properties": ""}).json()["properties"]
            == properties
            == {"colour": ["red", "blue"]}
        )
        assert eu.get("/access/api/v1/cert/root").text == certificate


def test_what_was_deleted_and_what_was_reset_stays_away(folder, topology):
    with running("--topology", topology, "--data", folder) as simulator, simulator.client("eu") as eu:
        eu.delete("/artifactory/api/repositories/demo").raise_for_status()
        eu.put("/artifactory/api/repositories/other", json={"rclass": "local"}).raise_for_status()
        simulator.kill()
    with running("--data", folder) as simulator, simulator.client("eu") as eu:
        keys = [each["key"] for each in eu.get("/artifactory/api/repositories").json()]
        simulator.control.reset()
        simulator.kill()

    with running("--data", folder) as simulator, simulator.client("eu") as eu:
        rest = eu.get("/artifactory/api/repositories").json()

    assert (keys, rest) == (["other"], [])


def test_a_restored_snapshot_is_what_survives(folder, topology):
    with running("--topology", topology, "--data", folder) as simulator, simulator.client("eu") as eu:
        simulator.control.take_snapshot("before")
        eu.delete("/artifactory/demo/hello.txt").raise_for_status()
        simulator.control.restore_snapshot("before")
        eu.put("/artifactory/demo/new.txt", content=b"new").raise_for_status()
        simulator.kill()

    with running("--data", folder) as simulator, simulator.client("eu") as eu:
        assert [eu.get(f"/artifactory/demo/{name}.txt").status_code for name in ("hello", "new")] == [200, 200]


def test_what_cannot_be_written_is_not_acknowledged_and_ends_the_process(folder, topology):
    with running("--topology", topology, "--data", folder) as simulator, simulator.client("eu") as eu:
        other = sqlite3.connect(folder / "jpd-sim.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # for longer than the simulator waits
        try:
            status = eu.put("/artifactory/demo/lost.txt", content=b"lost").status_code
        except httpx.TransportError:
            status = 0
        errors = simulator.process.communicate(timeout=30)[1]
        other.close()

    with running("--data", folder) as again, again.client("eu") as eu:
        after = eu.get("/artifactory/demo/lost.txt").status_code

    assert status in (0, 500)
    assert simulator.process.returncode == 1
    assert f"Error: cannot write to the data folder {folder}: database is locked" in errors
    assert after == 404


def test_a_second_process_on_the_same_folder_is_refused(folder):
    with running("--data", folder) as simulator:
        code, message = refused("--data", folder)

    assert (code, message) == (1, f"Error: the data folder {folder} is in use by process {simulator.process.pid}\n")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--deployments", "eu,ap"], "holds the JPDs eu, us: leave the names out"),
        (["--port", "1"], "leave the port out"),
        (["--tls"], "was made without TLS: start it the same way"),
    ],
    ids=["names", "port", "tls"],
)
def test_a_folder_that_holds_something_else_is_refused(folder, arguments, reason):
    with running("--data", folder):
        pass

    code, message = refused("--data", folder, *arguments)

    assert code == 1
    assert reason in message
    assert message.count("\n") == 1


def test_a_folder_of_another_format_is_refused(folder):
    folder.mkdir()
    with sqlite3.connect(folder / "jpd-sim.sqlite3") as database:
        database.execute("CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        database.execute("INSERT INTO about VALUES ('format', '99')")
    database.close()

    code, message = refused("--data", folder)

    assert (code, message) == (1, f"Error: the data folder {folder} has format 99, this version reads 1\n")


def test_a_file_that_is_no_database_is_refused(folder):
    folder.mkdir()
    (folder / "jpd-sim.sqlite3").write_bytes(b"not a database, but long enough to be looked at " * 10)

    code, message = refused("--data", folder)

    assert (code, message) == (1, f"Error: cannot use the data folder {folder}: file is not a database\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_an_unwritable_folder_is_one_clear_message(folder):
    folder.mkdir(mode=0o500)

    code, message = refused("--data", folder)

    assert (code, message) == (1, f"Error: cannot use the data folder {folder}: Permission denied\n")


def test_a_folder_below_a_file_is_one_clear_message(tmp_path):
    (tmp_path / "file").write_text("")

    code, message = refused("--data", tmp_path / "file" / "below")

    assert (code, message) == (1, f"Error: cannot use the data folder {tmp_path}/file/below: Not a directory\n")


def test_only_its_owner_can_read_the_folder(folder):
    with Simulator(data=folder):
        modes = [folder.stat().st_mode & 0o777, (folder / "jpd-sim.sqlite3").stat().st_mode & 0o777]

    assert modes == [0o700, 0o600]


def test_everything_that_a_deployment_holds_is_kept():
    """A new attribute must be a part or a record; what is neither must be listed here, with the reason."""
    from jpd_sim.nodes import Nodes
    from jpd_sim.world import World

    not_kept = {
        "Deployment._time_at",  # the clock is kept itself
        "Tokens._now_ms",  # likewise
        "Tokens._verified",  # a cache of checked signatures
        "ItemTree._children",  # an index, made again
        "Links._now_ms",  # the clock is kept itself
        "Links._names",  # addresses, made again
        "Links.tls",  # made again from the authority
        "Clock._wall",  # this machine's clock
        "Clock._changed",  # wakes who waits in this process
        "Faults._tally",  # counts of this process
        "Faults._chances",  # drawn anew from the seed
        "Nodes._turns",  # whose turn it is
    }
    world = World()
    state = Deployment("eu", "http://localhost", world.clock, world.profile)
    found: set[str] = set()

    def walk(part: Part) -> None:
        for name, value in vars(part).items() if isinstance(part, Kept) else ():
            if not isinstance(value, Part) and not codec.can_encode(value):
                found.add(f"{type(part).__name__}.{name}")
        for _, inner in part.kept_parts():
            walk(inner)

    for part in (state, Nodes("eu"), *(part for _, part in world.parts())):
        walk(part)

    assert found - not_kept == set()
