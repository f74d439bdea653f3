import hashlib

import httpx
import pytest


def names(world, name, key="demo"):
    rows = world[name].get(f"/artifactory/api/storage/{key}?list&deep=1").raise_for_status().json()["files"]
    return sorted(row["uri"] for row in rows)


def pause(world, name):
    flags = [world.member(each, "demo", enabled=each != name) for each in ("eu", "us")]
    world.edit(name, "demo", members=flags).raise_for_status()


def resume(world, name):
    world.edit(name, "demo", members=[world.member("eu", "demo"), world.member("us", "demo")]).raise_for_status()


def test_a_file_put_on_one_jpd_can_be_fetched_from_another_with_the_same_sha256(world):
    world.federate("demo", "eu", "us")
    content = bytes(range(256)) * 100

    world.deploy("eu", "demo/a/b.bin", content)
    world.settle()

    answer = world["us"].get("/artifactory/demo/a/b.bin")
    digest = hashlib.sha256(content).hexdigest()
    assert hashlib.sha256(answer.content).hexdigest() == answer.headers["x-checksum-sha256"] == digest


def test_every_member_hears_of_a_change_on_any_member(world):
    world.federate("demo", "eu", "us", "ap")

    for name in ("eu", "us", "ap"):
        world.deploy(name, f"demo/{name}.txt")
    world.settle()

    assert [names(world, name) for name in ("eu", "us", "ap")] == [["/ap.txt", "/eu.txt", "/us.txt"]] * 3


def test_metadata_comes_first_and_a_download_fetches_the_binary_on_demand(world):
    world.federate("demo", "eu", "us")
    world.control.hold_importers("us")
    world.deploy("eu", "demo/a.txt", b"later")
    world.settle()
    before = world["us"].get("/artifactory/api/federation/status/repo/demo").json()["federatedArtifactStatus"]

    fetched = world["us"].get("/artifactory/demo/a.txt")

    after = world["us"].get("/artifactory/api/federation/status/repo/demo").json()["federatedArtifactStatus"]
    assert before == {"countFullyReplicateArtifacts": 0, "countArtificiallyReplicatedArtifacts": 1}
    assert fetched.content == b"later"
    assert after == {"countFullyReplicateArtifacts": 1, "countArtificiallyReplicatedArtifacts": 0}


def test_a_binary_that_did_not_come_cannot_be_fetched_while_its_source_is_down(world):
    world.federate("demo", "eu", "us")
    world.control.hold_importers("us")
    world.deploy("eu", "demo/a.txt")
    world.settle()

    world.control.stop("eu")

    assert world["us"].head("/artifactory/demo/a.txt").status_code == 200
    assert world.status("us", "demo/a.txt") == 404


def test_a_failed_import_is_tried_again_after_thirty_virtual_seconds(world):
    world.federate("demo", "eu", "us")
    world.control.hold_importers("us")
    world.deploy("eu", "demo/a.txt")
    world.settle()
    world.control.cut_link("us", "eu")
    world.control.hold_importers("us", held=False)
    world.control.wait_until_idle(0.2)
    world.control.heal_link("us", "eu")
    still_missing = world.control.wait_until_idle(0.2)

    world.control.advance_clock(31)

    assert len(still_missing) == 1
    world.settle()


def test_deletions_and_properties_replicate(world):
    world.federate("demo", "eu", "us")
    world.deploy("eu", "demo/a.txt;colour=blue")
    world.deploy("eu", "demo/b.txt")
    world.settle()

    world["us"].delete("/artifactory/demo/b.txt").raise_for_status()
    world["us"].put("/artifactory/api/storage/demo/a.txt?properties=size=small").raise_for_status()
    world.settle()

    properties = world["eu"].get("/artifactory/api/storage/demo/a.txt?properties").json()["properties"]
    assert names(world, "eu") == ["/a.txt"]
    assert properties == {"colour": ["blue"], "size": ["small"]}


@pytest.mark.parametrize("paused", ["eu", "us"])
def test_a_paused_member_exchanges_nothing_until_it_is_resumed(world, paused):
    world.federate("demo", "eu", "us")
    pause(world, paused)

    world.deploy("eu", "demo/eu.txt")
    world.deploy("us", "demo/us.txt")
    world.settle()
    meanwhile = names(world, "eu"), names(world, "us")
    resume(world, paused)
    world.settle()

    assert meanwhile == (["/eu.txt"], ["/us.txt"])
    assert names(world, "eu") == names(world, "us") == ["/eu.txt", "/us.txt"]


def test_events_wait_for_a_cut_link_and_arrive_when_it_heals(world):
    world.federate("demo", "eu", "us")
    world.control.cut_link("eu", "us")
    world.deploy("eu", "demo/a.txt")

    pending = world.control.wait_until_idle(0.2)
    world.control.heal_link("eu", "us")
    world.settle()

    assert len(pending) == 1
    assert names(world, "us") == ["/a.txt"]


def test_events_survive_that_the_sender_goes_down(world):
    world.federate("demo", "eu", "us")
    world.control.cut_link("eu", "us")
    world.deploy("eu", "demo/a.txt")

    world.control.stop("eu")
    world.control.heal_link("eu", "us")
    world.control.start("eu")
    world.settle()

    assert names(world, "us") == ["/a.txt"]


def test_of_simultaneous_edits_the_later_wins_on_both(world):
    world.federate("demo", "eu", "us")
    world.control.cut_link("eu", "us")
    world.control.freeze_clock()
    world.deploy("eu", "demo/a.txt", b"first")
    world.control.advance_clock(1)
    world.deploy("us", "demo/a.txt", b"second")
    world.control.resume_clock()

    world.control.heal_link("eu", "us")
    world.settle()

    assert [world[name].get("/artifactory/demo/a.txt").content for name in ("eu", "us")] == [b"second"] * 2


def test_a_jpd_whose_clock_is_behind_loses_its_edit_elsewhere(world):
    world.federate("demo", "eu", "us")
    world.deploy("us", "demo/a.txt", b"right clock")
    world.settle()
    world.control.offset_clock("eu", -3600)

    world.deploy("eu", "demo/a.txt", b"wrong clock")
    world.settle()

    assert world["us"].get("/artifactory/demo/a.txt").content == b"right clock"


def test_a_late_older_write_does_not_bring_a_deleted_file_back(world):
    world.federate("demo", "eu", "us")
    world.deploy("eu", "demo/a.txt", b"one")
    world.settle()
    world.control.cut_link("eu", "us", both=False)
    world.deploy("eu", "demo/a.txt", b"two")
    world["us"].delete("/artifactory/demo/a.txt").raise_for_status()
    world.control.wait_until_idle(0.1)

    world.control.heal_link("eu", "us")
    world.settle()

    assert names(world, "us") == []
    assert names(world, "eu") == []


def test_full_sync_copies_what_is_missing_and_deletes_nothing(world):
    world.trust("eu", "us")
    world.create("eu", "demo")
    world.deploy("eu", "demo/old.txt", b"old")
    world.edit("eu", "demo", members=[world.member("eu", "demo"), world.member("us", "demo")]).raise_for_status()
    world.control.cut_link("us", "eu", both=False)
    world.deploy("us", "demo/only-us.txt")
    before = names(world, "us")

    answer = world["eu"].post("/artifactory/api/federation/fullSync/demo")
    world.control.heal_link("us", "eu")
    world.control.advance_clock(31)  # in case that us tried to fetch the binary before the link was whole
    world.settle()

    assert (answer.status_code, answer.text) == (200, "Full sync triggered successfully")
    assert before == ["/only-us.txt"]
    assert names(world, "us") == ["/old.txt", "/only-us.txt"]
    assert world["us"].get("/artifactory/demo/old.txt").content == b"old"


def test_a_file_that_was_deleted_elsewhere_comes_back_with_a_full_sync(world):
    world.federate("demo", "eu", "us")
    world.deploy("eu", "demo/a.txt")
    world.settle()
    world.control.cut_link("eu", "us")
    world["us"].delete("/artifactory/demo/a.txt").raise_for_status()
    world.control.wait_until_idle(0.1)
    world.control.heal_link("eu", "us", both=False)

    world["eu"].post("/artifactory/api/federation/fullSync/demo").raise_for_status()
    world.control.wait_until_idle(1)

    assert names(world, "us") == ["/a.txt"]


def test_revoking_the_master_token_stops_replication(world):
    world.federate("demo", "eu", "us")
    tokens = world["us"].get("/access/api/v1/tokens").json()["tokens"]
    master = [token for token in tokens if "internal:federated-repo/*" in token["scope"]]
    world["us"].delete(f"/access/api/v1/tokens/{master[0]['token_id']}").raise_for_status()

    world.deploy("eu", "demo/a.txt")

    assert "does not accept the master token" in world.control.wait_until_idle(0.3)[0]


def test_peer_calls_are_closed_to_administrators(world):
    world.federate("demo", "eu", "us")

    answer: httpx.Response = world["eu"].get("/artifactory/api/federation/peer/demo/inventory")

    assert answer.status_code == 403
