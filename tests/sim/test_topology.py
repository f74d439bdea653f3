"""Topology files: every mistake with its line, and worlds built from them."""

from __future__ import annotations

import json

import httpx
import pytest

from jpd_sim import Simulator
from jpd_sim.client import ControlError
from jpd_sim.topology import BadTopology
from jpd_sim.topology_file import parse

WORLD = """
deployments:
  eu:
    version: 7.104.5
    licence: Enterprise
    nodes: 2
    users:
      - {name: ci, password: s3cret-of-ci, admin: true}
      - {name: bob, password: s3cret-of-bob}
  us: {}
  ap:
trust:
  - [eu, us]
  - {source: ap, target: eu}
repositories:
  - {deployment: ap, key: plain, packageType: maven, description: Local to ap}
federations:
  - key: demo
    packageType: generic
    description: Shared
    members: [eu, {deployment: us, key: demo-us}]
artifacts:
  - {deployment: eu, path: demo/a/hello.txt, content: hello, properties: {colour: [red, blue]}}
  - {deployment: ap, path: plain/filler.bin, size: 1000}
"""


def mistakes(text, *known):
    with pytest.raises(BadTopology) as caught:
        parse(text, known)
    return [(mistake.line, mistake.message) for mistake in caught.value.mistakes]


def client(simulator, name, user="", password=""):
    jpd = simulator.deployments[name]
    auth = (user or jpd.username, password or jpd.password)
    return httpx.Client(base_url=jpd.url, auth=auth, trust_env=False, timeout=20)


@pytest.fixture(scope="module")
def built():
    with Simulator(topology=WORLD) as simulator:
        yield simulator


def test_all_mistakes_are_reported_each_with_its_line():
    text = """\
deployments:
  eu: {versoin: 7.1.1, nodes: two}
  US: {}
  us: {version: seven}
trust:
  - [eu, uss]
  - eu
repositories:
  - {deployment: eu, key: same}
  - {deployment: eu, key: Same}
  - {deployment: eu}
federations:
  - {key: a/b, members: [eu]}
  - {key: demo}
artifacts:
  - {deployment: eu, path: demo/a, size: -1}
  - text
extra: 1
"""

    assert mistakes(text) == [
        (2, "the JPD eu has no 'versoin'; did you mean 'version'?"),
        (2, "nodes must be a whole number, not 'two'"),
        (3, "'US' is no name of a JPD: use a-z, 0-9 and -, at most 32 characters"),
        (4, "version must look like 7.111.4, not 'seven'"),
        (6, "there is no JPD 'uss'; did you mean 'us'?"),
        (7, "trust is a list of names, [eu, us], or {source: eu, target: us} for one way"),
        (10, "eu has a repository Same already"),
        (11, "key is missing"),
        (13, "'a/b' is no key of a repository"),
        (14, "a federation needs members"),
        (16, "size must be between 0 and 67108864, not -1"),
        (17, "an entry of artifacts must be a mapping"),
        (18, "a topology has no 'extra'; known are deployments, trust, repositories, federations, artifacts"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: [", 1, "expected the node content"),
        ("deployments: {eu: {}, eu: {}}", 1, "found duplicate key"),
        ("- eu", 1, "a topology is a mapping"),
        ("\x00", 0, "neither YAML nor JSON"),
        ("a: !!python/object/apply:os.system [true]", 1, "a topology has no 'a'"),
    ],
    ids=["syntax", "duplicate", "list", "nul", "tag"],
)
def test_what_is_no_topology_is_refused(text, line, message):
    ((found, reason),) = mistakes(text)

    assert found == line
    assert reason.startswith(message)


def test_a_password_that_is_no_text_is_not_shown():
    ((_, message),) = mistakes("deployments: {eu: {users: [{name: ci, password: 12345}]}}")

    assert message == "password must be a text"


def test_json_with_tabs_is_read_and_keeps_its_lines():
    text = '{\n\t"deployments": {"eu": {}},\n\t"trust": [["eu", "mars"]]\n}'

    assert mistakes(text) == [(3, "there is no JPD 'mars'; known are eu")]


def test_jpds_that_are_there_already_may_be_named():
    topology = parse("trust: [[eu, us]]", ("eu", "us"))

    assert [(each.source, each.target) for each in topology.trust] == [("eu", "us"), ("us", "eu")]


def test_a_file_makes_jpds_with_version_licence_nodes_and_users(built):
    with client(built, "eu", "ci", "s3cret-of-ci") as ci, client(built, "eu", "bob", "s3cret-of-bob") as bob:
        assert ci.get("/artifactory/api/system/version").json()["version"] == "7.104.5"
        assert '"Enterprise"' in ci.get("/artifactory/api/system/license").text
        assert bob.get("/artifactory/api/system/license").status_code == 403
    assert list(built.deployments) == ["eu", "us", "ap"]
    assert len(built.control.overview()["deployments"]["eu"]["nodes"]) == 2


def test_a_file_makes_federations_with_their_artifacts_and_waits_for_them(built):
    with client(built, "us") as us:
        configuration = us.get("/artifactory/api/repositories/demo-us").json()
        content = us.get("/artifactory/demo-us/a/hello.txt").text
        properties = us.get("/artifactory/api/storage/demo-us/a/hello.txt?properties").json()["properties"]

    assert configuration["description"] == "Shared"
    assert (content, properties) == ("hello", {"colour": ["red", "blue"]})


def test_a_file_makes_local_repositories_and_files_of_a_size(built):
    with client(built, "ap") as ap:
        configuration = ap.get("/artifactory/api/repositories/plain").json()
        content = ap.get("/artifactory/plain/filler.bin").content

    assert (configuration["rclass"], configuration["packageType"]) == ("local", "maven")
    assert len(content) == 1000


def test_the_request_log_begins_after_the_topology_was_built(built):
    assert not [entry for entry in built.control.requests() if entry["method"] == "PUT"]


def test_a_seed_adds_to_what_is_there_and_can_add_jpds():
    with Simulator(["eu"]) as simulator:
        added = simulator.control.seed(
            json.dumps({"deployments": {"new": {}}, "trust": [["eu", "new"]], "federations": [
                {"key": "demo", "packageType": "generic", "members": ["eu", "new"]}]})
        )["new"]  # fmt: skip
        with httpx.Client(base_url=added["url"], auth=(added["username"], added["password"]), trust_env=False) as new:
            answer = new.get("/artifactory/api/repositories/demo")

    assert answer.status_code == 200


def test_a_seed_with_mistakes_changes_nothing(world):
    with pytest.raises(ControlError, match="line 3: there is no JPD 'mars'"):
        world.control.seed("repositories:\n  - {deployment: eu, key: demo}\n  - {deployment: mars, key: demo}\n")

    assert world["eu"].get("/artifactory/api/repositories").json() == []


def test_what_a_jpd_refuses_is_reported_with_its_line(world):
    with pytest.raises(ControlError, match=r"line 3: eu refuses PUT .*: 400 Docker Repository X"):
        world.control.seed(
            "repositories:\n  - {deployment: us, key: fine}\n  - {deployment: eu, key: X, packageType: docker}\n"
        )

    assert world.config("us", "fine")["key"] == "fine"


def test_a_snapshot_brings_back_content_members_queues_and_the_clock(world):
    world.federate("demo", "eu", "us")
    world.deploy("eu", "demo/a", b"one")
    world.settle()
    world.control.freeze_clock()
    world.control.cut_link("eu", "us")
    world.deploy("eu", "demo/queued")
    world.control.take_snapshot("before")
    now = world.control.clock()["nowMs"]
    world.control.advance_clock(60)
    world["eu"].delete("/artifactory/api/repositories/demo").raise_for_status()
    world["us"].delete("/artifactory/demo/a").raise_for_status()

    world.control.restore_snapshot("before")

    assert world.control.clock()["nowMs"] == now
    assert (world.status("eu", "demo/a"), world.status("us", "demo/a"), world.status("us", "demo/queued")) == (
        200,
        200,
        404,
    )
    world.control.heal_link("eu", "us")
    world.settle()
    assert world.status("us", "demo/queued") == 200


def test_a_snapshot_can_be_restored_again(world):
    world.create("eu", "demo")
    world.control.take_snapshot("again")
    for _ in range(2):
        world.deploy("eu", "demo/a")

        world.control.restore_snapshot("again")

        assert world.status("eu", "demo/a") == 404


def test_an_unknown_snapshot_is_named(world):
    with pytest.raises(ControlError, match="there is no snapshot 'yesterday'"):
        world.control.restore_snapshot("yesterday")
