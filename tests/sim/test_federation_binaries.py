"""B1 to B3, and the retries of the importers on the virtual clock."""

import hashlib
import time

import pytest

FAILURES = "/artifactory/api/federation/binaries/failures"


def wait_for(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def sha1(content):
    return hashlib.sha1(content).hexdigest()


def failures(world, **query):
    return world["us"].get(f"{FAILURES}/list", params={"repoKey": "demo", **query}).raise_for_status().json()


def counts(world):
    return [row["failuresCount"] for row in failures(world)]


@pytest.fixture
def stuck(world):
    """The metadata of two files is on us, their contents cannot be had."""
    world.federate("demo", "eu", "us")
    world.control.hold_importers("us")
    world.deploy("eu", "demo/a.txt", b"a")
    world.deploy("eu", "demo/b.txt", b"b")
    world.settle()
    world.control.freeze_clock()
    world.control.cut_link("us", "eu", both=False)
    world.control.hold_importers("us", held=False)
    wait_for(lambda: counts(world) == [1, 1])
    return world


def give_up(world):
    for tries in range(2, 11):
        world.control.advance_clock(30)
        wait_for(lambda tries=tries: counts(world) == [tries, tries])


def test_b1_lists_failed_imports(stuck):
    rows = failures(stuck)

    assert sorted(row["sha1"] for row in rows) == sorted([sha1(b"a"), sha1(b"b")])
    assert {(row["repoKey"], row["failuresCount"]) for row in rows} == {("demo", 1)}
    assert all(row["creationTime"].endswith("Z") for row in rows)


def test_b1_is_divided_into_pages(stuck):
    pages = [failures(stuck, limit=1, page=page) for page in (1, 2, 3)]

    assert [len(page) for page in pages] == [1, 1, 0]
    assert pages[0] != pages[1]


@pytest.mark.parametrize(("method", "call"), [("GET", "list"), ("PUT", "replay"), ("DELETE", "delete")])
def test_b1_to_b3_need_the_repository(world, method, call):
    assert world["us"].request(method, f"{FAILURES}/{call}").status_code == 400


def test_a_try_comes_every_thirty_virtual_seconds_and_the_tenth_is_the_last(stuck):
    give_up(stuck)
    stuck.control.advance_clock(3600)
    stuck.control.heal_link("us", "eu", both=False)

    assert stuck.control.wait_until_idle(0.5) == []
    assert counts(stuck) == [10, 10]


def test_nothing_is_tried_before_the_thirty_seconds_are_over(stuck):
    stuck.control.heal_link("us", "eu", both=False)
    stuck.control.advance_clock(29)

    assert len(stuck.control.wait_until_idle(0.3)) == 1


def test_b2_gives_failed_imports_all_their_tries_again(stuck):
    give_up(stuck)
    stuck.control.heal_link("us", "eu", both=False)

    answer = stuck["us"].put(f"{FAILURES}/replay", params={"repoKey": "demo", "sha1": sha1(b"a")}).json()

    stuck.settle()
    assert answer == {"replayTasks": 1}
    assert [row["sha1"] for row in failures(stuck)] == [sha1(b"b")]


def test_b3_forgets_failed_imports_and_a_download_still_fetches(stuck):
    answer = stuck["us"].delete(f"{FAILURES}/delete", params={"repoKey": "demo"}).json()
    stuck.control.heal_link("us", "eu", both=False)
    stuck.control.advance_clock(3600)
    stuck.settle()
    status = stuck["us"].get("/artifactory/api/federation/status/repo/demo").json()["federatedArtifactStatus"]

    content = stuck["us"].get("/artifactory/demo/a.txt").content

    assert answer == {"deletedTasks": 2}
    assert status["countArtificiallyReplicatedArtifacts"] == 2
    assert content == b"a"


def test_b2_and_b3_are_missing_before_7_68_11(world):
    world.control.change_profile("us", version="7.68.10")

    assert world["us"].put(f"{FAILURES}/replay?repoKey=demo").status_code == 404
    assert world["us"].delete(f"{FAILURES}/delete?repoKey=demo").status_code == 404


def test_at_most_six_binaries_are_imported_at_the_same_time(world):
    world.federate("demo", "eu", "us")
    world.control.hold_importers("us")
    for number in range(9):
        world.deploy("eu", f"demo/{number}.txt", b"%d" % number)
    world.settle()
    world.control.add_fault(deployment="eu", path="/artifactory/api/federation/peer/demo/binaries/*", delay_ms=1500)
    world.control.forget_requests()

    world.control.hold_importers("us", held=False)
    world.control.wait_until_idle(0.7)

    assert len([row for row in world.control.requests(deployment="eu") if "/binaries/" in row["path"]]) == 6


def test_a_content_that_was_cut_on_its_way_is_not_taken(world):
    world.federate("demo", "eu", "us")
    world.control.hold_importers("us")
    world.deploy("eu", "demo/a.txt", b"whole")
    world.settle()
    path = "/artifactory/api/federation/peer/demo/binaries/*"
    world.control.add_fault(deployment="eu", path=path, status=200, body="half")

    answer = world["us"].get("/artifactory/demo/a.txt")

    assert answer.status_code == 404
