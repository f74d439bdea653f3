"""Exhausted queues, auto-healing, retention and purging (contract 7.2)."""

import pytest

FEDERATION = "/artifactory/api/federation"


def exhaust(world):
    """Let the queue from eu to us give up over one file, then heal the link."""
    world.control.change_profile("eu", event_max_retry=3)
    world.federate("demo", "eu", "us")
    world.control.cut_link("eu", "us")
    world.deploy("eu", "demo/a.txt")
    while "exhausted" not in world.control.wait_until_idle(0.02)[0]:
        pass
    world.control.heal_link("eu", "us")


def l1(world):
    return world["eu"].get(f"{FEDERATION}/status/repo/demo").json()["mirrorEventsStatusInfo"][0]


def l3(world):
    return world["eu"].get(f"{FEDERATION}/state").json()[0]["status"]


def test_too_many_failures_in_a_row_put_the_federation_into_error(world):
    exhaust(world)

    left = world.control.wait_until_idle(0.2)

    assert "exhausted" in left[0]
    assert (l1(world)["status"], l1(world)["createEvents"], l1(world)["errorEvents"]) == ("ERROR", 1, 3)
    assert l3(world) == "OUT_OF_SYNC"
    assert world.status("us", "demo/a.txt") == 404


def test_a_new_event_does_not_wake_an_exhausted_queue(world):
    exhaust(world)

    world.deploy("eu", "demo/b.txt")

    assert "2 events of demo" in world.control.wait_until_idle(0.2)[0]


def test_new_events_do_not_use_up_the_tries_of_a_waiting_queue(world):
    world.control.change_profile("eu", event_max_retry=8)
    world.federate("demo", "eu", "us")
    world.control.cut_link("eu", "us")

    for number in range(20):
        world.deploy("eu", f"demo/{number}.txt")

    assert l1(world)["status"] == "NOT_AVAILABLE"
    assert l1(world)["errorEvents"] < 8


def test_auto_healing_takes_an_exhausted_queue_up_after_its_interval(world):
    exhaust(world)
    world.control.advance_clock(300)
    before = world.control.wait_until_idle(0.2)

    world.control.advance_clock(301)

    world.settle()
    assert len(before) == 1
    assert world.status("us", "demo/a.txt") == 200


@pytest.mark.parametrize(("version", "switched_on", "heals"), [("7.81.9", False, False), ("7.81.9", True, True)])
def test_before_7_82_auto_healing_has_to_be_switched_on(world, version, switched_on, heals):
    for name in ("eu", "us"):
        world.control.change_profile(name, version=version, auto_healing_enabled=switched_on)
    exhaust(world)

    world.control.advance_clock(601)

    assert (world.control.wait_until_idle(0.7) == []) is heals


def test_a_full_sync_takes_an_exhausted_queue_up(world):
    exhaust(world)

    world["eu"].post(f"{FEDERATION}/fullSync/demo").raise_for_status()

    world.settle()
    assert l3(world) == "SYNCING"


def test_events_that_outlive_the_retention_are_lost_and_only_a_full_sync_helps(world):
    world.federate("demo", "eu", "us")
    world.control.cut_link("eu", "us")
    world.deploy("eu", "demo/old.txt")
    world.control.advance_clock(3 * 24 * 3600 + 1)
    world.deploy("eu", "demo/new.txt")

    world.control.heal_link("eu", "us")
    world.settle()
    arrived = [world.status("us", f"demo/{name}.txt") for name in ("old", "new")]
    world["eu"].post(f"{FEDERATION}/recovery").raise_for_status()
    world.settle()
    state = l3(world), l1(world)["status"]

    world["eu"].post(f"{FEDERATION}/fullSync/demo").raise_for_status()
    world.settle()

    assert arrived == [404, 200]
    assert state == ("OUT_OF_SYNC", "PENDING_FS")
    assert world.status("us", "demo/old.txt") == 200
    assert l3(world) == "SYNCING"


def test_a_deletion_that_outlived_the_retention_is_not_repaired_by_a_full_sync(world):
    world.federate("demo", "eu", "us")
    world.deploy("eu", "demo/a.txt")
    world.settle()
    world.control.cut_link("eu", "us")
    world["eu"].delete("/artifactory/demo/a.txt").raise_for_status()
    world.control.advance_clock(3 * 24 * 3600 + 1)
    world.control.heal_link("eu", "us")
    world.settle()

    world["eu"].post(f"{FEDERATION}/fullSync/demo").raise_for_status()
    world.settle()

    assert (world.status("eu", "demo/a.txt"), world.status("us", "demo/a.txt")) == (404, 200)


def test_the_events_of_a_paused_member_are_purged_too(world):
    world.federate("demo", "eu", "us")
    paused = [world.member("eu", "demo"), world.member("us", "demo", enabled=False)]
    world.edit("us", "demo", members=paused).raise_for_status()
    world.deploy("eu", "demo/a.txt")

    world.control.advance_clock(3 * 24 * 3600 + 1)
    members = [world.member("eu", "demo"), world.member("us", "demo")]
    world.edit("us", "demo", members=members).raise_for_status()
    world.settle()

    assert (l3(world), world.status("us", "demo/a.txt")) == ("OUT_OF_SYNC", 404)


def test_the_time_of_the_retention_can_be_set(world):
    world.control.change_profile("eu", event_retention_ms=60_000)
    world.federate("demo", "eu", "us")
    world.control.cut_link("eu", "us")
    world.deploy("eu", "demo/a.txt")

    world.control.advance_clock(61)

    assert l1(world)["createEvents"] == 0
    assert l3(world) == "OUT_OF_SYNC"


def test_an_event_that_the_remote_cannot_apply_holds_up_nothing(world):
    world.federate("demo", "eu", "us")
    world.control.cut_link("eu", "us")
    world.deploy("us", "demo/a/file.txt")
    world.deploy("eu", "demo/a")
    world.deploy("eu", "demo/b.txt")
    world.control.heal_link("eu", "us", both=False)

    world.control.wait_until_idle(0.5)

    assert world.status("us", "demo/b.txt") == 200
    assert world.status("us", "demo/a/file.txt") == 200
    assert l1(world)["status"] == "SYNC"
